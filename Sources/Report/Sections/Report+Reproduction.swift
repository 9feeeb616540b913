import Identities
import Results

extension Report {
    /// Specifications, commands, versions and digests.
    var reproduction: [Markup] {
        [.listing(commands.joined(separator: "\n"), label: "Commands")] + sweeps.map(specification)
            + table.origins.filter { !$0.rows.isEmpty }.map { .details($0.title, [.table($0)]) }
    }

    private var commands: [String] {
        let all = sweeps.map { ShellQuoting.quoted($0.name.printable) }.joined(separator: " ")
        let runs = sweeps.map { sweep in
            "probesweep run FILE.yaml --state FOLDER  # the specification of \(sweep.name.printable), saved as a file"
        }
        // A head is of one sweep, and of several it is not known which has it.
        guard sweeps.count == 1 else { return runs + reading(all) }
        let exports = zip(findings, table.blocks).prefix(ReportLimits.tasks).compactMap { finding, block -> String? in
            guard let fold = finding.best?.folds.first else { return nil }
            let key = "\(fold.draws.first?.key ?? fold.key)".prefix(12)
            return "probesweep export \(all) --unit \(key) --output head.safetensors --state FOLDER"
                + "  # a head of the best row of \(block.task.printable)"
        }
        return runs + reading(all) + exports
    }

    private func reading(_ names: String) -> [String] {
        [
            "probesweep table \(names) --state FOLDER",
            "probesweep report \(names) --state FOLDER --output report.html",
        ]
    }

    private func specification(_ sweep: ReportedSweep) -> Markup {
        .details(
            "Specification of \(sweep.name)", [.listing(sweep.specification, label: "Specification of \(sweep.name)")])
    }
}
