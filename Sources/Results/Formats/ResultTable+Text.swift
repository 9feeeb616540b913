import Identities
import Sweeps
import Units

extension ResultTable {
    /// At most this many missing cells are listed.
    private static let listedCells = 10

    func text(_ options: TableOptions) -> String {
        if blocks.isEmpty { return "no results\n" }
        let parts = blocks.map { title(of: $0) + "\n" + aligned($0, options) }
        let notes = notes + bestRows(over: .row).map(\.summary) + missingCells
        return parts.joined(separator: "\n") + "\n" + notes.joined(separator: "\n") + "\n"
    }

    /// Explains marks and columns, and says what the table as a whole tells.
    var notes: [String] { markLegend + legend + droppedSamples + lackingMetrics + chanceNotes + controlNotes }

    private func aligned(_ block: Block, _ options: TableOptions) -> String {
        let columns = columns(of: block, options, isNarrow: true)
        return TextTable(
            columns: columns.map { TextTable.Column(title: $0.title, isLeft: $0.alignment == .left) },
            rows: block.rows.map { row in columns.map { $0.cell(row) } }
        ).text()
    }

    /// The cells without a result, the first few by name.
    var missingCells: [String] {
        let missing = blocks.flatMap { block in
            block.rows.flatMap { row in
                row.folds.filter { $0.result == nil }.map { "\(block.task), \(row.name), \($0.name)\($0.reason)" }
                    + row.optimisticFolds.filter { $0.result == nil }.map {
                        "\(block.task), \(row.name), \($0.name), optimistic\($0.reason)"
                    }
            }
        }
        guard !missing.isEmpty else { return [] }
        let planned = blocks.flatMap(\.rows).reduce(0) { $0 + $1.folds.count + $1.optimisticFolds.count }
        let rest = missing.count - Self.listedCells
        return ["missing: \(missing.count) of \(planned) units"]
            + missing.prefix(Self.listedCells).map { "  " + $0.printable } + (rest > 0 ? ["  and \(rest) more"] : [])
    }
}

extension ResultRow {
    /// The folds of the same row under the protocols that choose on the test fold.
    fileprivate var optimisticFolds: [Fold] { (paired?.folds ?? []) + (published?.folds ?? []) }
}

extension ResultRow.Fold {
    /// Why it is missing, on one line.
    var reason: String {
        reasonMissing.map { ": " + $0.split(separator: "\n").joined(separator: " | ") } ?? ""
    }

    /// The fold's name within its row.
    package var name: String {
        reference.repetition == 0
            ? "fold \(reference.heldOut)" : "repeat \(reference.repetition) fold \(reference.heldOut)"
    }
}
