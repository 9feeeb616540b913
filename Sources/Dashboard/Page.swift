import Cluster
import Foundation
import Identities
import Report
import Scheduling
import Sweeps
import Units

/// The page, rendered on the server, so that it needs no script. It reloads every two seconds.
enum Page {
    static func html(_ snapshot: Snapshot) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
        <meta name="viewport" content="width=device-width, initial-scale=1"><title>\(title(snapshot.overview))</title>
        <style>\(PageStyle.css)</style></head><body><h1>ProbeSweep</h1>
        <main>\(snapshot.overview.map { body($0, snapshot) }
            ?? "<p class=bad>The coordinator does not respond.</p>")</main>
        </body></html>

        """
    }

    /// What is done of all that is under way, so that a tab among others tells it.
    private static func title(_ overview: Overview?) -> String {
        let open = overview?.sweeps.map(\.progress).filter { !$0.isFinished && !$0.isCancelled } ?? []
        let (done, total) = open.reduce((0, 0)) { ($0.0 + $1.done, $0.1 + $1.total) }
        return total > 0 ? "\(100 * done / total) % – ProbeSweep" : "ProbeSweep"
    }

    private static func body(_ overview: Overview, _ snapshot: Snapshot) -> String {
        [
            overview.sweeps.compactMap(\.progress.paused).first.map {
                "<p class=bad>Paused: \(Markup.escaped($0))</p>"
            } ?? "",
            overview.notes.map { "<p class=bad>\(Markup.escaped($0))</p>" }.joined(separator: "\n"),
            section("Sweeps", overview.sweeps.reversed().map(card), empty: "No sweeps."),
            section("Failures", snapshot.failures.map(failure), empty: "None."),
            section(
                "Throughput", HistoryCharts.throughput(snapshot.history).map { [$0] } ?? [],
                empty: "Measured from the second sample on."),
            section("Workers", workers(overview.workers, snapshot.history), empty: "No workers are connected."),
            section("Waiting", passes(overview.passes), empty: "No units are waiting."),
        ].joined(separator: "\n")
    }

    /// A sweep: its name, its progress bar, its numbers.
    private static func card(_ sweep: SweepStatus) -> String {
        let progress = sweep.progress
        let total = Double(max(1, progress.total))
        let (done, leased) = (100 * Double(progress.done) / total, 100 * Double(sweep.leased) / total)
        let bad = 100 * Double(progress.quarantined) / total
        return """
            <div class=sweep><a href="/sweeps/\(sweep.number)"><b>\(Markup.escaped(sweep.name))</b></a> \
            <small>\(sweep.number)\(sweep.owner.map { " of \(Markup.escaped($0))" } ?? "")\
            \(sweep.priority == 0 ? "" : ", priority \(sweep.priority)")</small>
            <svg class=bar viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label="\(Int(done)) % done">
            <rect class=done width="\(done)" height="1"/><rect class=leased x="\(done)" width="\(leased)" height="1"/>
            <rect class=lost x="\(100 - bad)" width="\(bad)" height="1"/></svg>
            <small>\(Markup.escaped(sweep.line))</small></div>
            """
    }

    private static func failure(_ group: FailureGroup) -> String {
        let others = group.count - group.units.count
        let more = others > 0 ? ["and \(others) more"] : []
        let items = (group.units + more).map { "<li>\(Markup.escaped($0))</li>" }.joined()
        let unit = group.count == 1 ? "1 unit" : "\(group.count) units"
        return "<details class=failure open><summary><b>\(unit)</b> \(Markup.escaped(group.reason))</summary>"
            + "<ul>\(items)</ul></details>"
    }

    /// Those that are connected with their numbers, and below them those that left, each with its last minutes.
    private static func workers(_ workers: [WorkerStatus], _ history: History) -> [String] {
        let gone = history.lanes.keys.filter { name in !workers.contains { $0.name == name } }.sorted()
        let rows = workers.map { worker in
            row(
                worker.name, lane(worker.name, history), state(worker),
                "\(worker.threads) \(worker.threads == 1 ? "thread" : "threads"), \(worker.finished) finished"
                    + (worker.failed > 0 ? ", \(worker.failed) failed" : "") + ", \(worker.held) held, "
                    + "\(Int(100 * worker.progress)) % of the pass, heard \(String(format: "%.1f", worker.silence)) s ago"
            )
        }
        return rows + gone.map { row($0, lane($0, history), history.lanes[$0]?.last?.text ?? "", "") }
    }

    private static func lane(_ name: String, _ history: History) -> String {
        guard let now = history.now, let lane = history.lanes[name] else { return "" }
        return HistoryCharts.lane(lane, now)
    }

    private static func row(_ name: String, _ lane: String, _ state: String, _ numbers: String) -> String {
        "<div class=worker><b>\(Markup.escaped(name))</b> <span>\(Markup.escaped(state))</span>\(lane)"
            + "<small>\(Markup.escaped(numbers))</small></div>"
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

    private static func section(_ title: String, _ parts: [String], empty: String) -> String {
        "<h2>\(title)</h2>\n" + (parts.isEmpty ? "<p class=none>\(empty)</p>" : parts.joined(separator: "\n"))
    }
}

extension PassStatus {
    /// What units wait for, without digest and kernel path.
    fileprivate var layer: String {
        let layer = PassName.layer(of: PassID(name))
        return layer.isEmpty ? name : layer
    }
}

private enum PageStyle {
    static let css = """
        :root{color-scheme:light dark;--line:#8884;--done:#2a7f62;--leased:#7fc4ab;--lost:#b3452c;--gone:#8886}
        *{box-sizing:border-box}
        body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem;overflow-wrap:anywhere}
        h1{font-size:1.4rem;margin:0 0 1rem}h2{font-size:1rem;margin:1.6rem 0 .4rem}p{margin:.3rem 0}
        .sweep,.worker,.failure{margin:.6rem 0}
        svg{display:block;width:100%;margin:.2rem 0}.bar{height:.8rem;background:var(--line)}
        .chart{height:4rem;border-bottom:1px solid var(--line)}.area{fill:var(--leased);stroke:var(--done)}
        .lane{height:1rem;background:var(--line)}.training{fill:var(--done)}.idle{fill:var(--line)}
        .stopped{fill:var(--lost)}.gone{fill:var(--gone)}
        .done{fill:var(--done)}.leased{fill:var(--leased)}.lost{fill:var(--lost)}
        table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.2rem .6rem .2rem 0;
        border-bottom:1px solid var(--line);vertical-align:top}.number{font-variant-numeric:tabular-nums}
        a{color:inherit}ul{margin:.2rem 0;padding-left:1.2rem}summary{cursor:pointer}
        .none{opacity:.6}.bad{color:var(--lost);font-weight:600}small{opacity:.8}
        """
}
