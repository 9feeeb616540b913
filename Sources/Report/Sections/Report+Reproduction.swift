import Identities
import Results

extension Report {
    /// Specifications, commands, versions and digests.
    var reproduction: [Markup] {
        [.listing(commands.joined(separator: "\n"), label: "Commands")] + headsLeftOut + specifications
            + table.origins.filter { !$0.rows.isEmpty }.map { .details($0.title, [.table($0)]) }
    }

    private var commands: [String] {
        let all = sweeps.map { ShellQuoting.quoted($0.name.printable) }.joined(separator: " ")
        let runs = sweeps.map { sweep in
            "probesweep run FILE.yaml --state FOLDER  # the specification of \(sweep.name.printable), saved as a file"
        }
        // A head is of one sweep, and of several it is not known which has it.
        guard sweeps.count == 1 else { return runs + reading(all) }
        let exports = heads.prefix(ReportLimits.tasks).map { task, key in
            "probesweep export \(all) --unit \("\(key)".prefix(12)) --output head.safetensors --state FOLDER"
                + "  # a head of the best row of \(task.printable)"
        }
        return runs + reading(all) + exports
    }

    /// A unit of each task's best row.
    private var heads: [(task: String, key: UnitKey)] {
        zip(findings, table.blocks).compactMap { finding, block in
            finding.best?.folds.first.map { (block.task, $0.draws.first?.key ?? $0.key) }
        }
    }

    private var headsLeftOut: [Markup] {
        guard sweeps.count == 1 else { return [] }
        return Markup.leftOut(
            heads.count - ReportLimits.tasks, "task", "“All rows” has the keys of units that export takes.")
    }

    private func reading(_ names: String) -> [String] {
        [
            "probesweep table \(names) --state FOLDER",
            "probesweep report \(names) --state FOLDER --output report.html",
        ]
    }

    private var specifications: [Markup] {
        let shown = sweeps.compactMap { sweep in
            sweep.specification.map { text -> Markup in
                .details("Specification of \(sweep.name)", [.listing(text, label: "Specification of \(sweep.name)")])
            }
        }
        guard shown.count < sweeps.count else { return shown }
        return shown + [.paragraph("Specifications are left out here; a file that probesweep report writes has them.")]
    }
}
