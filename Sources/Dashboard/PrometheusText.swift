import Cluster
import Identities
import KernelFiles
import Scheduling

/// The metrics in Prometheus' text format.
enum PrometheusText {
    static func text(_ snapshot: Snapshot) -> String {
        var text = family(
            "probesweep_up", "gauge", "1 while the coordinator responds.", [([], snapshot.overview == nil ? 0 : 1)])
        text += family(
            "probesweep_build_info", "gauge", "1, with the program's version.", [([("version", snapshot.version)], 1)])
        text += process(snapshot.process)
        guard let overview = snapshot.overview else { return text }
        text += family("probesweep_units", "gauge", "Units of a sweep by state.", overview.sweeps.flatMap(units))
        text += family(
            "probesweep_units_per_second", "gauge", "Units that a sweep finished each second over the last 20 s.",
            overview.sweeps.map { ([("sweep", $0.name), ("number", "\($0.number)")], $0.progress.rate ?? 0) })
        text += family(
            "probesweep_seconds_to_go", "gauge", "Predicted seconds until all units of a sweep are done.",
            overview.sweeps.compactMap { sweep in
                sweep.progress.secondsToGo.map { ([("sweep", sweep.name), ("number", "\(sweep.number)")], $0) }
            })
        text += family(
            "probesweep_paused", "gauge", "1 while dispatch is paused.",
            [([], overview.sweeps.contains { $0.progress.paused != nil } ? 1 : 0)])
        text += family("probesweep_workers", "gauge", "Workers by state.", workers(overview))
        let wanted = overview.workersWanted
        text += family(
            "probesweep_workers_wanted", "gauge", "Workers that would end all work within the target time.",
            [([], Double(wanted.count(target: snapshot.targetSeconds)))])
        text += family(
            "probesweep_worker_seconds_to_go", "gauge", "Predicted seconds that one worker of mean speed would need.",
            [([], wanted.workerSecondsToGo)])
        text += family(
            "probesweep_worker_units_total", "counter", "Units that a worker finished or failed.",
            overview.workers.flatMap { worker in
                [("finished", worker.finished), ("failed", worker.failed)].map {
                    ([("worker", worker.name), ("outcome", $0.0)], Double($0.1))
                }
            })
        text += loads(overview.workers)
        text += family(
            "probesweep_duplicates_dropped_total", "counter", "Duplicate reports of units that were already done.",
            [([], Double(overview.duplicatesDropped))])
        text += family("probesweep_connections", "gauge", "Open connections.", [([], Double(overview.connections))])
        text += family(
            "probesweep_handshakes_refused_total", "counter", "Handshakes with keys that are not allowed.",
            [([], Double(overview.handshakesRefused))])
        text += family(
            "probesweep_messages_dropped_total", "counter", "Messages that violate the protocol.",
            [([], Double(overview.messagesDropped))])
        text += family(
            "probesweep_pass_units_waiting", "gauge", "Units that wait for a worker, by what they read.",
            overview.passes.map { ([("pass", $0.name)], Double($0.pending)) })
        return text + histogram(overview.unitSeconds)
    }

    /// Under the names that every exporter has for them.
    private static func process(_ figures: ProcessFigures?) -> String {
        guard let figures else { return "" }
        let families = [
            ("process_cpu_seconds_total", "counter", "Processor seconds of the coordinator.", figures.processorSeconds),
            ("process_resident_memory_bytes", "gauge", "Resident memory of the coordinator.", figures.residentBytes),
            ("process_open_fds", "gauge", "Open file descriptors.", Double(figures.openDescriptors)),
            ("process_start_time_seconds", "gauge", "Start of the process, in seconds since 1970.", figures.startTime),
        ]
        return families.map { family($0.0, $0.1, $0.2, [([], $0.3)]) }.joined()
    }

    /// What workers told of themselves; nothing of those that did not.
    private static func loads(_ workers: [WorkerStatus]) -> String {
        func samples(_ value: (WorkerLoad) -> Double?) -> [Sample] {
            workers.compactMap { worker in
                worker.load.flatMap(value).map { ([("worker", worker.name)], $0) }
            }
        }
        return family(
            "probesweep_worker_resident_memory_bytes", "gauge", "Resident memory of a worker.",
            samples { $0.residentBytes.map(Double.init) })
            + family(
                "probesweep_worker_busy_processors", "gauge", "Processor seconds of a worker in each second.",
                samples(\.processors))
            + family(
                "probesweep_worker_load_average", "gauge", "Load average of a worker's machine over a minute.",
                samples(\.loadAverage))
    }

    private static func histogram(_ kinds: [UnitSeconds]) -> String {
        let name = "probesweep_unit_seconds"
        let help = "Seconds of finished units, each its share of its pass, by probe and method."
        let lines = kinds.map { kind in
            let words = kind.kind.text.split(separator: " ", maxSplits: 1).map(String.init)
            let labels = [("probe", words.first ?? ""), ("method", words.count > 1 ? words[1] : "")]
            var (total, text) = (0, "")
            for (bound, count) in zip(UnitSeconds.bounds.map { "\($0)" } + ["+Inf"], kind.counts) {
                total += count
                text += line(name + "_bucket", labels + [("le", bound)], Double(total))
            }
            return text + line(name + "_sum", labels, kind.sum) + line(name + "_count", labels, Double(total))
        }
        return "# HELP \(name) \(help)\n# TYPE \(name) histogram\n" + lines.joined()
    }

    private typealias Sample = (labels: [(String, String)], value: Double)

    private static func units(of sweep: SweepStatus) -> [Sample] {
        let progress = sweep.progress
        let waiting = progress.total - progress.done - progress.quarantined - sweep.leased
        let states = [
            ("done", progress.done), ("leased", sweep.leased),
            (sweep.isCancelled ? "cancelled" : "waiting", max(0, waiting)),
            ("quarantined", progress.quarantined),
        ]
        return states.map {
            ([("sweep", sweep.name), ("number", "\(sweep.number)"), ("state", $0.0)], Double($0.1))
        }
    }

    private static func workers(_ overview: Overview) -> [Sample] {
        ["active", "draining", "suspended"].map { state in
            ([("state", state)], Double(overview.workers.filter { $0.state == state }.count))
        }
    }

    private static func family(_ name: String, _ type: String, _ help: String, _ samples: [Sample]) -> String {
        "# HELP \(name) \(help)\n# TYPE \(name) \(type)\n"
            + samples.map { line(name, $0.labels, $0.value) }.joined()
    }

    private static func line(_ name: String, _ labels: [(String, String)], _ value: Double) -> String {
        let list = labels.map { "\($0.0)=\"\(escaped($0.1))\"" }.joined(separator: ",")
        return "\(name)\(list.isEmpty ? "" : "{\(list)}") \(value)\n"
    }

    private static func escaped(_ text: String) -> String {
        text.replacing("\\", with: "\\\\").replacing("\"", with: "\\\"").replacing("\n", with: "\\n")
    }
}
