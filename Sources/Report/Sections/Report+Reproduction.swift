import Identities
import Results

extension Report {
    /// Specifications, commands, versions and digests.
    var reproduction: [Markup] {
        [.listing(commands.joined(separator: "\n"), label: "Commands")] + sweeps.map(specification)
            + table.origins.filter { !$0.rows.isEmpty }.map { .details($0.title, [.table($0)]) }
    }

    private var commands: [String] {
        let names = sweeps.map { ShellWord.quoted($0.name) }
        let runs = names.map { "probesweep run \($0).yaml --state FOLDER" }
        let all = names.joined(separator: " ")
        let exports = zip(findings, table.blocks).prefix(ReportLimits.tasks).compactMap { finding, block -> String? in
            guard let fold = finding.best?.folds.first else { return nil }
            let key = "\(fold.draws.first?.key ?? fold.key)".prefix(12)
            return "probesweep export \(names[0]) --unit \(key) --output head.safetensors --state FOLDER"
                + "  # a head of the best row of \(block.task.printable)"
        }
        return runs
            + [
                "probesweep table \(all) --state FOLDER",
                "probesweep report \(all) --state FOLDER --output report.html",
            ] + (sweeps.count == 1 ? exports : [])
    }

    private func specification(_ sweep: ReportedSweep) -> Markup {
        .details(
            "Specification of \(sweep.name)", [.listing(sweep.specification, label: "Specification of \(sweep.name)")])
    }
}

/// Words of a shell's command.
enum ShellWord {
    /// A word that a shell takes as it is, in quotation marks where it has to be.
    static func quoted(_ word: String) -> String {
        let isPlain =
            !word.isEmpty
            && word.utf8.allSatisfy {
                UInt8(ascii: "a")...UInt8(ascii: "z") ~= $0 || UInt8(ascii: "A")...UInt8(ascii: "Z") ~= $0
                    || UInt8(ascii: "0")...UInt8(ascii: "9") ~= $0 || "-_.".utf8.contains($0)
            }
        return isPlain ? word : "'" + word.replacing("'", with: "'\\''") + "'"
    }
}
