import Identities
import Units

/// The notes under a table that explain the signs in its column of marks, and say what controls and gaps tell.
extension ResultTable {
    /// One line for every sign that occurs, with its meaning and extent.
    package var markLegend: [String] {
        let rows = blocks.flatMap(\.rows)
        let first = [
            rows.contains(where: \.isBest) ? "* best" : nil,
            rows.contains(where: \.isOnFront) ? "^ on the Pareto front" : nil,
            rows.contains(where: \.isOptimistic) ? "! chosen on the test fold" : nil,
        ].compactMap { $0 }
        return (first.isEmpty ? [] : ["mark: " + first.joined(separator: ", ")]) + signs(rows) + clean(rows)
    }

    private func signs(_ rows: [ResultRow]) -> [String] {
        let marks = Dictionary(grouping: rows.flatMap(\.marks), by: \.kind)
        let haveDraws = rows.contains { $0.folds.contains { !$0.draws.isEmpty } }
        return RowMark.Kind.allCases.compactMap { kind in
            let unit = haveDraws && kind.isOfTraining ? "heads" : "folds"
            return marks[kind].map { "\(kind.sign): \(kind.meaning) (\(Self.extent(of: $0, unit)))".printable }
        }
    }

    /// In how many rows, of how many folds (or heads, of which a fold with draws or seeds has several), and a detail.
    private static func extent(of marks: [RowMark], _ unit: String) -> String {
        let rows = marks.count == 1 ? "1 row" : "\(marks.count) rows"
        guard let widest = marks.max(by: { $0.folds * $1.of < $1.folds * $0.of }) else { return rows }
        let share = ", in \(marks.count == 1 ? "" : "up to ")\(widest.folds) of \(widest.of) \(unit)"
        let details = marks.map(\.detail).filter { !$0.isEmpty }
        guard let detail = details.first else { return rows + share }
        return rows + share + (Set(details).count > 1 ? "; first: " : "; ") + detail
    }

    /// A table without cautions says so; one whose results do not say how heads were found says that.
    private func clean(_ rows: [ResultRow]) -> [String] {
        let findings = rows.flatMap { $0.folds.flatMap(\.results) }.map(\.finding)
        let unknown = findings.count { !$0.flags.contains(.isDiagnosed) }
        if findings.isEmpty { return [] }
        if unknown > 0 {
            return [
                "\(unknown) of \(findings.count) results are of an earlier version and do not say how heads were found."
            ]
        }
        if rows.contains(where: { $0.marks.contains(where: \.kind.isCaution) }) { return [] }
        return ["No marks: every choice lies within its grid, every fit ended by itself, and no figure is in doubt."]
    }

    /// For each task what predictions score that know nothing of the rows, and the fewest positives of a class: the same
    /// for all rows of a task on the same samples.
    package var chanceNotes: [String] {
        blocks.compactMap { block in
            let chances = block.rows.compactMap(\.chance)
            guard let least = chances.min(), let most = chances.max() else { return nil }
            let ends = [least, most].map { NumberFormat.fixed($0) }
            let chance = ends[0] == ends[1] ? ends[0] : ends.joined(separator: "–")
            let positives = block.rows.compactMap(\.leastPositives).min()
            return "\(block.task): chance has \(block.metric) \(chance)".printable
                + (positives.map { ", at least \($0) positives of each class in a test fold" } ?? "")
        }
    }

    /// What controls tell, leakage alarms among it, and what perceptrons read that linear probes do not.
    package var controlNotes: [String] {
        blocks.flatMap { block in
            block.rows.flatMap { row in
                [alarm(row), split(row), gap(row), selectivity(row)].compactMap { $0 }.map {
                    "\(block.task), \($0)".printable
                }
            }
        }
    }

    private func alarm(_ row: ResultRow) -> String? {
        if let leakage = row.marks.first(where: { $0.kind == .leakage }) {
            return "\(row.name): LEAKAGE ALARM: labels were permuted, yet the figure is \(leakage.detail)"
        }
        guard row.unit.control == .null, let estimate = row.estimate, estimate.halfWidth == nil || row.chance == nil
        else {
            return nil
        }
        let lacking = estimate.halfWidth == nil ? "one fold has no interval" : "this metric has no chance"
        return "\(row.name): no leakage alarm is possible: \(lacking)"
    }

    private func split(_ row: ResultRow) -> String? {
        guard let split = row.attentionSplit, let mean = row.estimate?.mean else { return nil }
        return "\(row.name): \(NumberFormat.fixed(split.linearMean)) \(split.linear)"
            + " → \(NumberFormat.fixed(split.uniformMean)) with uniform attention (\(split.projection.summary))"
            + " → \(NumberFormat.fixed(mean)) with learned attention (\(split.attention.summary))"
    }

    private func selectivity(_ row: ResultRow) -> String? {
        row.selectivity.map {
            "\(row.name): selectivity \($0.advantage.summary) over random labels of types"
                + " (\(NumberFormat.fixed($0.controlMean)))"
        }
    }

    private func gap(_ row: ResultRow) -> String? {
        row.linearityGap.map {
            "\(row.name): linearity gap over \($0.linear) (\(NumberFormat.fixed($0.linearMean))) \($0.advantage.summary)"
        }
    }
}

extension CorrectedResampledTest {
    /// `+0.0120 ± 0.0100`.
    fileprivate var summary: String {
        (difference < 0 ? "" : "+") + NumberFormat.fixed(difference) + " ± " + NumberFormat.fixed(halfWidth)
    }
}

extension ResultRow {
    /// The row's signs in one column: best, front and protocol, then the marks.
    var signs: String {
        let flags = (isBest ? "*" : "") + (isOnFront ? "^" : "") + (isOptimistic ? "!" : "")
        return flags + marks.map(\.kind.sign).joined()
    }

    /// The marks in words, for CSV.
    var marksInWords: String { marks.map(\.description).joined(separator: "; ") }
}
