import Cluster
import Foundation
import Identities
import Report
import Scheduling
import Sweeps
import Units

/// What the page shows, in parts that are replaced one by one as they change.
struct PageParts: Sendable, Equatable {
    struct Part: Sendable, Equatable {
        /// Of its element on the page.
        let id: String
        let html: String
    }

    /// What is done of all that is under way, so that a tab among others tells it.
    let title: String
    let parts: [Part]

    init(_ snapshot: Snapshot) {
        title = Self.title(snapshot.overview)
        guard let overview = snapshot.overview else {
            parts = [Part(id: "notes", html: "<p class=bad>The coordinator does not respond.</p>")]
            return
        }
        parts = [
            Part(id: "notes", html: Self.notes(overview)),
            Self.section("Sweeps", overview.sweeps.reversed().map(Self.card), empty: "No sweeps."),
            Self.section("Failures", snapshot.failures.map(Self.failure), empty: "None."),
            Self.section(
                "Throughput", HistoryCharts.throughput(snapshot.history).map { [$0] } ?? [],
                empty: "Measured from the second sample on."),
            Self.section(
                "Workers", Self.workers(overview.workers, snapshot.history), empty: "No workers are connected."),
            Self.section("Waiting", Self.passes(overview.passes), empty: "No units are waiting."),
        ]
    }

    /// What is new, as a line of JSON: `title`, and in `parts` the markup by id.
    ///
    /// - Parameter last: what the reader knows; nil for nothing.
    func changes(since last: PageParts?) -> String {
        let known = Dictionary((last?.parts ?? []).map { ($0.id, $0.html) }, uniquingKeysWith: { $1 })
        let changed = parts.filter { known[$0.id] != $0.html }.map { ($0.id, $0.html) }
        let update = Update(
            title: title == last?.title ? nil : title,
            parts: changed.isEmpty ? nil : Dictionary(changed, uniquingKeysWith: { $1 }))
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        return (try? encoder.encode(update)).map { String(decoding: $0, as: UTF8.self) } ?? "{}"
    }

    private struct Update: Encodable {
        let title: String?
        let parts: [String: String]?
    }

    private static func title(_ overview: Overview?) -> String {
        let open = overview?.sweeps.map(\.progress).filter { !$0.isFinished && !$0.isCancelled } ?? []
        let (done, total) = open.reduce((0, 0)) { ($0.0 + $1.done, $0.1 + $1.total) }
        return total > 0 ? "\(100 * done / total) % – ProbeSweep" : "ProbeSweep"
    }

    private static func notes(_ overview: Overview) -> String {
        let paused = overview.sweeps.compactMap(\.progress.paused).first.map { ["Paused: \($0)"] } ?? []
        return (paused + overview.notes).map { "<p class=bad>\(Markup.escaped($0))</p>" }.joined(separator: "\n")
    }

    /// A sweep: its name, its progress bar, its numbers.
    private static func card(_ sweep: SweepStatus) -> String {
        let progress = sweep.progress
        let total = Double(max(1, progress.total))
        let (done, leased) = (100 * Double(progress.done) / total, 100 * Double(sweep.leased) / total)
        let bad = 100 * Double(progress.quarantined) / total
        return """
            <div class=sweep data-key="\(sweep.number)"><a href="/sweeps/\(sweep.number)"><b>\(Markup.escaped(sweep.name))</b></a> \
            <small>\(sweep.number)\(sweep.owner.map { " of \(Markup.escaped($0))" } ?? "")\
            \(sweep.priority == 0 ? "" : ", priority \(sweep.priority)")</small>
            <svg class=bar viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label="\(Int(done)) % done">
            <rect class=done width="\(done)" height="1"/><rect class=leased x="\(done)" width="\(leased)" height="1"/>
            <rect class=lost x="\(100 - bad)" width="\(bad)" height="1"/></svg>
            <small>\(Markup.escaped(sweep.line))</small>\(PageActions.buttons(sweep))</div>
            """
    }

    private static func failure(_ group: FailureGroup) -> String {
        let others = group.count - group.units.count
        let more = others > 0 ? ["and \(others) more"] : []
        let items = (group.units + more).map { "<li>\(Markup.escaped($0))</li>" }.joined()
        let unit = group.count == 1 ? "1 unit" : "\(group.count) units"
        return
            "<details class=failure open data-key=\"\(Markup.escaped(group.reason))\"><summary><b>\(unit)</b> \(Markup.escaped(group.reason))</summary>"
            + "<ul>\(items)</ul></details>"
    }

    /// Those that are connected with their numbers, and below them those that left, each with its last minutes.
    private static func workers(_ workers: [WorkerStatus], _ history: History) -> [String] {
        let gone = Set(history.lanes.keys).subtracting(workers.map(\.name)).sorted()
        let rows = workers.map { worker in
            row(
                worker.name, lane(worker.name, history), state(worker),
                "\(worker.threads) \(worker.threads == 1 ? "thread" : "threads"), \(worker.finished) finished"
                    + (worker.failed > 0 ? ", \(worker.failed) failed" : "") + ", \(worker.held) held, "
                    + "\(Int(100 * worker.progress)) % of the pass, "
                    + (worker.load.map { $0.words + ", " } ?? "")
                    + "heard \(String(format: "%.1f", worker.silence)) s ago", PageActions.buttons(worker))
        }
        return rows + gone.map { row($0, lane($0, history), left(history.lanes[$0]?.last), "") }
    }

    /// Why a worker is not connected, before the history has it.
    private static func left(_ last: History.Activity?) -> String {
        last.flatMap { [.gone, .stopped].contains($0.kind) ? $0.text : nil } ?? "not connected"
    }

    private static func lane(_ name: String, _ history: History) -> String {
        guard let now = history.now, let lane = history.lanes[name] else { return "" }
        return HistoryCharts.lane(lane, now)
    }

    private static func row(
        _ name: String, _ lane: String, _ state: String, _ numbers: String, _ buttons: String = ""
    ) -> String {
        "<div class=worker data-key=\"\(Markup.escaped(name))\"><b>\(Markup.escaped(name))</b> "
            + "<span>\(Markup.escaped(state))</span>\(lane)<small>\(Markup.escaped(numbers))</small>\(buttons)</div>"
    }

    private static func state(_ worker: WorkerStatus) -> String {
        (worker.pass.map { "\(worker.state), \($0)" } ?? worker.state) + (worker.reason.map { ": \($0)" } ?? "")
            + (worker.stuck.map { ", stuck: \($0)" } ?? "")
    }

    /// No table where there are no rows.
    private static func passes(_ passes: [PassStatus]) -> [String] {
        guard !passes.isEmpty else { return [] }
        let rows = passes.map {
            "<tr><td>\(Markup.escaped($0.layer))</td><td class=number>\($0.pending)</td>"
                + "<td class=number>\($0.leases)</td></tr>"
        }
        return ["<table><tr><th>layer</th><th>units waiting</th><th>leases out</th></tr>\(rows.joined())</table>"]
    }

    private static func section(_ title: String, _ parts: [String], empty: String) -> Part {
        Part(
            id: title.lowercased(),
            html: "<h2>\(title)</h2>\n"
                + (parts.isEmpty ? "<p class=none>\(empty)</p>" : parts.joined(separator: "\n")))
    }
}

extension PassStatus {
    /// What units wait for, without digest and kernel path.
    fileprivate var layer: String {
        let layer = PassName.layer(of: PassID(name))
        return layer.isEmpty ? name : layer
    }
}
