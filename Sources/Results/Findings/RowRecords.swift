import Foundation
import Identities
import Units

/// All rows of a table in JSON for a page that sorts and filters them: texts once, rows as arrays.
///
/// ```
/// {"tasks": [[name, metric, factor, decimals, greaterIsBetter]…], "texts": [text…],
///  "rows": [[task, backbone, layer, probe, D_o, mean, halfWidth, done, planned, parameters, GFLOPs, flags, signs, marks, folds]…]}
/// ```
/// `backbone`, `layer`, `probe`, `signs` and `marks` are places in `texts`. Flags are the sum of 1 for best, 2 for the Pareto
/// front, 4 for choices on test folds, 8 for controls and 16 for marks that ask for caution. A fold is `[repetition, held out, score, key, choice, draws]`, a draw
/// `[draw, seed, score, key, choice]`: the key is its first 12 digits, which commands take for it. Scores have six decimals.
package struct RowRecords {
    private var text: [UInt8] = []
    private var texts: [String: Int] = [:]
    private var ordered: [String] = []
    private var choices: [NamedNumbers: Int] = [:]

    /// - Parameter table: With details.
    package static func json(_ table: ResultTable) -> [UInt8] {
        var records = RowRecords()
        records.append("{\"rows\":[")
        var isFirst = true
        for (task, block) in table.blocks.enumerated() {
            for row in block.rows {
                records.append(isFirst ? "\n" : ",\n")
                isFirst = false
                records.add(row, task)
            }
        }
        records.append("],\n\"tasks\":")
        records.append(table.blocks.map(TaskRecord.init))
        records.append(",\n\"texts\":")
        records.append(records.ordered)
        records.append("}\n")
        return records.text
    }

    private mutating func add(_ row: ResultRow, _ task: Int) {
        let isMarked = row.marks.contains { $0.kind.isCaution }
        let holding = [row.isBest, row.isOnFront, row.isOptimistic, row.isControl, isMarked]
        let flags = holding.enumerated().reduce(0) { $0 + ($1.element ? 1 << $1.offset : 0) }
        append(
            "[\(task),\(place(of: row.features)),\(place(of: row.layerSummary)),\(place(of: row.displayName)),"
                + "\(row.outputWidth),")
        append(score: row.estimate?.mean)
        append(",")
        append(score: row.estimate?.halfWidth)
        append(",\(row.foldsDone),\(row.folds.count),\(row.parameters),")
        append(row.knownReferenceMACs == nil ? "null" : RoundTripFormat.number(row.referenceGFLOPs))
        append(",\(flags),\(place(of: row.signs)),\(place(of: row.marksInWords)),[")
        for (index, fold) in row.folds.enumerated() {
            append(index == 0 ? "[" : ",[")
            append("\(fold.reference.repetition),\(fold.reference.heldOut),")
            append(fold.result, fold.key)
            append(",[")
            for (index, draw) in fold.draws.enumerated() {
                append(index == 0 ? "[" : ",[")
                append("\(draw.draw),\(draw.seed),")
                append(draw.result, draw.key)
                append("]")
            }
            append("]]")
        }
        append("]]")
    }

    private mutating func append(_ result: FoldResult?, _ key: UnitKey) {
        append(score: result?.score)
        append(",\"\(key.description.prefix(Self.keyDigits))\",")
        append(result?.details.map { "\(place(of: $0.choice))" } ?? "-1")
    }

    /// Enough to tell millions of units apart.
    private static let keyDigits = 12

    // MARK: Texts

    private mutating func place(of text: String) -> Int {
        if let known = texts[text] { return known }
        ordered.append(text.printable)
        texts[text] = ordered.count - 1
        return ordered.count - 1
    }

    private mutating func place(of choice: NamedNumbers) -> Int {
        if let known = choices[choice] { return known }
        let parts = zip(choice.names, choice.values).map { "\($0) \(RoundTripFormat.number($1))" }
        let place = place(of: parts.joined(separator: ", "))
        choices[choice] = place
        return place
    }

    // MARK: JSON

    private struct TaskRecord: Encodable {
        let block: ResultTable.Block

        init(_ block: ResultTable.Block) { self.block = block }

        func encode(to encoder: any Encoder) throws {
            var list = encoder.unkeyedContainer()
            try list.encode(block.task.printable)
            try list.encode(DisplayName.metricWithUnit(block.metric))
            try list.encode(DisplayName.factor(of: block.metric))
            try list.encode(DisplayName.decimals(of: block.metric))
            try list.encode(block.greaterIsBetter)
        }
    }

    private mutating func append(score: Double?) {
        guard let score, score.isFinite else { return append("null") }
        // Rounded sums of powers of ten have short descriptions.
        append(RoundTripFormat.number((score * 1e6).rounded() / 1e6))
    }

    private mutating func append(_ value: some Encodable) {
        let encoder = JSONEncoder()
        encoder.outputFormatting = .withoutEscapingSlashes
        text += (try? encoder.encode(value)).map(Array.init) ?? Array("[]".utf8)
    }

    private mutating func append(_ string: String) { text += string.utf8 }
}
