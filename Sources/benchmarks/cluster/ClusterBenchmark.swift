import ArgumentParser
import Cluster
import Foundation
import Scheduling

/// Measures units that train nothing, with the real coordinator, ledger, sockets and worker processes.
struct ClusterBenchmark: AsyncParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "cluster", abstract: "Measure the cluster and its peers with units that train nothing.",
        discussion: """
            Each run has a fresh ledger on disk, a coordinator and worker processes on loopback; a unit counts when \
            its result is committed. The time includes planning and inserting the sweep. Peers run beside it on the \
            same machine, with as many worker processes; one that cannot be imported is skipped, with the reason.
            """)

    @Option(help: "Units of a run.")
    var units = 20_000

    @Option(help: "Worker processes.")
    var workers = 2

    @Option(help: "Counted repetitions of each measurement; the median is printed.")
    var runs = 5

    @Option(help: "A Python with the peers installed; without it none are measured.")
    var python: String?

    @Option(help: "Peers to measure.")
    var peers = ClusterPeer.names

    @Option(help: "Tasks of a peer's run.")
    var peerUnits = 5_000

    @Option(help: "Units of one second on 16 workers, for measuring how busy workers are.")
    var busyUnits = 640

    @Option(help: "Measurements to make: rate, journal, curve, strangers, round-trip, busy, peers. All by default.")
    var parts = ["rate", "journal", "curve", "strangers", "round-trip", "busy", "peers"]

    func run() async throws {
        if parts.contains("rate") { try await measureRate() }
        if parts.contains("journal") { try await measureJournal() }
        if parts.contains("curve") { try await measureCurve() }
        if parts.contains("strangers") { try await measureUnauthenticatedPeers() }
        if parts.contains("round-trip") { try await measureRoundTrip() }
        if parts.contains("peers"), let python { try measurePeers(python) }
        if parts.contains("busy") { try await measureBusyness() }
    }

    private func measureRate() async throws {
        let (rate, processor) = try await rate(over: .tcpWithKeys)
        print("ProbeSweep, \(units) units, \(workers) workers, TCP and CURVE, committed before acknowledged:")
        let microseconds = (processor * 1e6).rounded(to: 1)
        print("  \(rate.rounded(to: 0)) units/s, \(microseconds) µs of the coordinator's processor time a unit")
    }

    /// The same Unix socket with and without keys, one after the other, so that only CURVE differs.
    private func measureCurve() async throws {
        var ratios: [Double] = []
        for _ in 0..<runs {
            let plain = try await rate(over: .unixWithoutKeys, runs: 1).rate
            let curve = try await rate(over: .unixWithKeys, runs: 1).rate
            ratios.append(curve / plain)
        }
        let ratio = ratios.sorted()[runs / 2]
        print("CURVE costs \((100 * (1 - ratio)).rounded(to: 1)) % of the rate (pairs of runs on a Unix socket)")
    }

    /// Runs without and with the journal, one after the other on fresh clusters. On a machine that others use as well,
    /// processor time of threads says more than the rate.
    private func measureJournal() async throws {
        var rates: [Double] = [], whole: [Double] = [], writing: [Double] = [], queueing: [Double] = []
        for run in 0..<runs {
            var rate: [Bool: Double] = [:], processor: [Bool: Double] = [:], coordinator: [Bool: Double] = [:]
            // They alternate, in case the order matters.
            for journals in run % 2 == 0 ? [false, true] : [true, false] {
                let cluster = try await BenchmarkCluster.start(workers: workers, journals: journals)
                try await cluster.waitForWorkers()
                let before = (processorSeconds(), threadSeconds(of: "coordinator"), threadSeconds(of: "journal"))
                rate[journals] = Double(units) / (try await cluster.run(grid(1)))
                processor[journals] = processorSeconds() - before.0
                coordinator[journals] = threadSeconds(of: "coordinator") - before.1
                if journals { writing.append(threadSeconds(of: "journal") - before.2) }
                _ = try await cluster.stop()
            }
            rates.append((rate[true] ?? 0) / (rate[false] ?? 1))
            whole.append(processor[false] ?? 0)
            queueing.append((coordinator[true] ?? 0) - (coordinator[false] ?? 0))
        }
        let percent = (100 * (1 - rates.sorted()[runs / 2])).rounded(to: 1)
        print("The journal costs \(percent) % of the rate (median of \(runs) pairs; 3 %). Processor time a unit:")
        print(
            "  coordinator without it \(microseconds(whole)) µs; the journal's thread \(microseconds(writing)) µs, "
                + "the coordinator's thread \(microseconds(queueing)) µs more than without")
    }

    /// The median of runs in microseconds a unit.
    private func microseconds(_ seconds: [Double]) -> String {
        (seconds.sorted()[seconds.count / 2] / Double(units) * 1e6).rounded(to: 2)
    }

    /// Pairs of runs on one cluster, without and with connection attempts of peers without valid keys.
    private func measureUnauthenticatedPeers() async throws {
        let cluster = try await BenchmarkCluster.start(workers: workers)
        try await cluster.waitForWorkers()
        var ratios: [Double] = []
        for run in 1...runs {
            let calm = try await cluster.run(grid(2 * run))
            let strangers = try cluster.startUnauthenticatedPeers()
            let disturbed = try await cluster.run(grid(2 * run + 1))
            strangers.terminate()
            strangers.waitUntilExit()
            ratios.append(calm / disturbed)
        }
        let refused = await cluster.service.overview().handshakesRefused
        _ = try await cluster.stop()
        let all = ratios.map { "\((100 * $0).rounded(to: 0))" }.joined(separator: ", ")
        print(
            "With strangers at the door: \((100 * ratios.sorted()[runs / 2]).rounded(to: 1)) % of the undisturbed rate "
                + "(median of pairs: \(all); 90 %); \(refused) keys refused")
    }

    private func grid(_ seed: Int) -> SyntheticGrid {
        var grid = SyntheticGrid(units: units)
        grid.name = "run-\(seed)"
        grid.seed = seed
        return grid
    }

    private func rate(
        over wire: BenchmarkCluster.Wire, runs: Int? = nil
    ) async throws -> (rate: Double, processor: Double) {
        let cluster = try await BenchmarkCluster.start(workers: workers, over: wire)
        try await cluster.waitForWorkers()
        var rates: [Double] = [], processor: [Double] = []
        for run in 1...(runs ?? self.runs) {
            let grid = grid(run)
            let before = processorSeconds()
            rates.append(Double(units) / (try await cluster.run(grid)))
            processor.append((processorSeconds() - before) / Double(units))
        }
        _ = try await cluster.stop()
        return (rates.sorted()[rates.count / 2], processor.sorted()[processor.count / 2])
    }

    private func measureRoundTrip() async throws {
        var settings = CoordinatorSettings()
        settings.maximumLeaseUnits = 1
        settings.leasesPerWorker = 1
        let cluster = try await BenchmarkCluster.start(workers: 1, settings: settings)
        try await cluster.waitForWorkers()
        var grid = SyntheticGrid(units: 5_000)
        grid.name = "round trip"
        let seconds = try await cluster.run(grid)
        for cycle in try await cluster.stop() {
            print("Round trip, 1 worker, one unit a lease, one lease at a time (\(cycle.count) leases):")
            print(
                "  p50 \((cycle.median * 1e3).rounded(to: 3)) ms, p99 \((cycle.percentile99 * 1e3).rounded(to: 3)) ms, "
                    + "\((5_000 / seconds).rounded(to: 0)) units/s")
        }
    }

    private func measureBusyness() async throws {
        let slots = 16
        let cluster = try await BenchmarkCluster.start(workers: slots, secondsPerUnit: 1)
        while await cluster.service.workers < slots { try await Task.sleep(for: .milliseconds(10)) }
        let grid = try SyntheticGrid(units: busyUnits, seconds: 1)
        let seconds = try await cluster.run(grid)
        _ = try await cluster.stop()
        let busy = Double(busyUnits) / Double(slots) / seconds
        print(
            "\(busyUnits) units that sleep for one second, \(slots) workers: \(seconds.rounded(to: 2)) s, "
                + "\((100 * busy).rounded(to: 1)) % busy")
    }

    private func measurePeers(_ python: String) throws {
        for name in peers {
            let peer = try ClusterPeer.measure(name, python: python, units: peerUnits, workers: workers, runs: runs)
            print(peer.line)
        }
    }
}
