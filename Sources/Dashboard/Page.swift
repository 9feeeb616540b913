import Cluster
import Foundation
import Identities
import Ledger
import Sweeps

/// The page, rendered on the server, so that it needs no script. It reloads every two seconds.
enum Page {
    static func html(_ snapshot: Snapshot) -> String {
        """
        <!DOCTYPE html>
        <html lang="en"><head><meta charset="utf-8"><meta http-equiv="refresh" content="2">
        <meta name="viewport" content="width=device-width, initial-scale=1"><title>ProbeSweep</title>
        <style>\(style)</style></head><body><h1>ProbeSweep</h1>
        \(snapshot.overview.map { body($0, snapshot.quarantine) }
            ?? "<p class=bad>The coordinator does not respond.</p>")
        </body></html>

        """
    }

    private static func body(_ overview: Overview, _ quarantine: [QuarantinedUnit]) -> String {
        [
            overview.sweeps.compactMap(\.progress.paused).first.map { "<p class=bad>Paused: \(escaped($0))</p>" } ?? "",
            overview.notes.map { "<p class=bad>\(escaped($0))</p>" }.joined(separator: "\n"),
            section("Sweeps", overview.sweeps.reversed().map(card), empty: "No sweeps."),
            section(
                "Workers",
                table(
                    ["worker", "state", "threads", "finished", "failed", "held", "of the pass", "last heard"],
                    overview.workers.map(row)), empty: "No workers are connected."),
            section(
                "Passes",
                table(
                    ["pass", "units waiting", "leases out"],
                    overview.passes.map {
                        [cell(String($0.name.prefix { $0 != ":" })), cell($0.pending), cell($0.leases)]
                    }),
                empty: "No units are waiting."),
            section(
                "In quarantine",
                table(
                    ["unit", "reason"],
                    quarantine.map { [cell(String($0.key.description.prefix(12))), cell($0.reason)] }),
                empty: "No units."),
        ].joined(separator: "\n")
    }

    /// A sweep: its name, its progress bar, its numbers.
    private static func card(_ sweep: SweepStatus) -> String {
        let progress = sweep.progress
        let total = Double(max(1, progress.total))
        let (done, leased) = (100 * Double(progress.done) / total, 100 * Double(sweep.leased) / total)
        let bad = 100 * Double(progress.quarantined) / total
        return """
            <div class=sweep><b>\(escaped(sweep.name))</b> \
            <small>\(sweep.number)\(sweep.owner.map { " of \(escaped($0))" } ?? "")\
            \(sweep.priority == 0 ? "" : ", priority \(sweep.priority)")</small>
            <svg class=bar viewBox="0 0 100 1" preserveAspectRatio="none" role="img" aria-label="\(Int(done)) % done">
            <rect class=done width="\(done)" height="1"/><rect class=leased x="\(done)" width="\(leased)" height="1"/>
            <rect class=lost x="\(100 - bad)" width="\(bad)" height="1"/></svg>
            <small>\(escaped(sweep.line))</small></div>
            """
    }

    private static func state(_ worker: WorkerStatus) -> String {
        worker.state + (worker.reason.map { ": \($0)" } ?? "") + (worker.stuck.map { ", stuck: \($0)" } ?? "")
    }

    private static func row(_ worker: WorkerStatus) -> [String] {
        [
            cell(worker.name), cell(state(worker)),
            cell(worker.threads),
            cell(worker.finished), cell(worker.failed), cell(worker.held), cell("\(Int(100 * worker.progress)) %"),
            cell(String(format: "%.1f s ago", worker.silence)),
        ]
    }

    private static func section(_ title: String, _ parts: [String], empty: String) -> String {
        "<h2>\(title)</h2>\n" + (parts.isEmpty ? "<p class=none>\(empty)</p>" : parts.joined(separator: "\n"))
    }

    /// No table where there are no rows.
    private static func table(_ columns: [String], _ rows: [[String]]) -> [String] {
        guard !rows.isEmpty else { return [] }
        let head = columns.map { "<th>\($0)</th>" }.joined()
        return ["<table><tr>\(head)</tr>"] + rows.map { "<tr>\($0.joined())</tr>" } + ["</table>"]
    }

    private static func cell(_ text: String) -> String { "<td>\(escaped(text))</td>" }

    private static func cell(_ number: Int) -> String { "<td class=number>\(number)</td>" }

    private static func escaped(_ text: String) -> String {
        text.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }

    private static let style = """
        :root{color-scheme:light dark;--line:#8884;--done:#2a7f62;--leased:#7fc4ab;--lost:#b3452c}
        body{font:15px/1.45 system-ui,sans-serif;max-width:60rem;margin:2rem auto;padding:0 1rem}
        h1{font-size:1.4rem;margin:0 0 1rem}h2{font-size:1rem;margin:1.6rem 0 .4rem}
        .sweep{margin:.6rem 0}.bar{display:block;width:100%;height:.8rem;background:var(--line);margin:.2rem 0}
        .done{fill:var(--done)}.leased{fill:var(--leased)}.lost{fill:var(--lost)}
        table{border-collapse:collapse;width:100%}th,td{text-align:left;padding:.2rem .6rem .2rem 0;
        border-bottom:1px solid var(--line);vertical-align:top}.number{font-variant-numeric:tabular-nums}
        .none{opacity:.6}.bad{color:var(--lost);font-weight:600}small{opacity:.8}
        """
}
