import Numerics

/// Splits the rows of a multi-label task into parts with nearly the same share of every label: iterative stratification
/// (Sechidis, Tsoumakas and Vlahavas, "On the stratification of multi-label data", ECML PKDD 2011, algorithm 1) with k
/// equal parts.
///
/// Labels are taken in turn, always the one with the fewest rows that are not yet in a part. Each of its rows goes to
/// the part that lacks most positives of the label, of those to the part that lacks most rows, of those to one at
/// random. Rows without labels come last, and go to the part that lacks most rows. With equal parts "lacks most" is "has
/// fewest", so that all comparisons are of whole numbers.
///
/// While a part is empty it lacks as much of everything as can be, so that rows go to empty parts alone: with k rows or
/// more none stays empty. Labels with at least k positives are in every part, as far as rows with several labels allow.
struct IterativeStratification {
    let labels: LabelSets
    let purpose: Strata.Purpose
    let seed: UInt64

    /// The part of each row, −1 for rows that are not assigned.
    ///
    /// The work grows with the rows times k and the positives, and with the square of C only by comparisons of C
    /// counts.
    ///
    /// - Parameter rows: The rows to assign, ascending.
    func parts(_ count: Int, of rows: [Int]) -> [Int32] {
        var dealt = Dealt(parts: count, table: labels)
        var positives = [[Int]](repeating: [], count: labels.classes)
        for row in rows { labels.forEachLabel(of: row) { positives[$0].append(row) } }
        var left = positives.map(\.count)
        let ties = CounterGenerator(key: seed, stream: purpose.rawValue << 32 | UInt64(UInt32.max))
        // Labels in random order, so that none of several as rare as each other is first for its number.
        let order = ties.permutation(labels.classes)
        while let label = order.filter({ left[$0] > 0 }).min(by: { left[$0] < left[$1] }) {
            let waiting = positives[label].filter { dealt.partOfRow[$0] < 0 }
            for row in Strata.shuffled(waiting, label: Int32(label), purpose: purpose, seed: seed) {
                dealt.add(row, toPartLacking: label, ties.bits(at: UInt64(labels.classes + row)))
                labels.forEachLabel(of: row) { left[$0] -= 1 }
            }
        }
        let unlabelled = rows.filter { dealt.partOfRow[$0] < 0 }
        for row in Strata.shuffled(unlabelled, label: .min, purpose: purpose, seed: seed) {
            dealt.add(row, toPartLacking: nil, ties.bits(at: UInt64(labels.classes + row)))
        }
        return dealt.partOfRow
    }
}

/// The labels of a multi-label task's rows.
package struct LabelSets: Sendable {
    /// C.
    let classes: Int
    /// The labels of all rows, and where each row's begin, with the end.
    private let labels: [Int32]
    private let starts: [Int]

    /// - Parameter indicators: `[n, C]`, 0 or 1.
    init(_ indicators: [UInt8], classes: Int) {
        self.classes = classes
        var (labels, starts) = ([Int32](), [0])
        indicators.withUnsafeBufferPointer { indicators in
            for row in 0..<indicators.count / max(1, classes) {
                for label in 0..<classes where indicators[row * classes + label] == 1 { labels.append(Int32(label)) }
                starts.append(labels.count)
            }
        }
        (self.labels, self.starts) = (labels, starts)
    }

    var rows: Int { starts.count - 1 }

    func forEachLabel(of row: Int, _ body: (Int) -> Void) {
        for place in starts[row]..<starts[row + 1] { body(Int(labels[place])) }
    }
}

extension FeatureTask {
    /// The labels of its rows; nil for a task that is not multi-label.
    package var labelSets: LabelSets? {
        if case .indicators(let indicators) = targets { LabelSets(indicators, classes: classes) } else { nil }
    }
}

/// Rows that have a part, and what the parts have.
private struct Dealt {
    private(set) var partOfRow: [Int32]
    private let table: LabelSets
    private var rows: [Int]
    /// `[C][parts]`.
    private var positives: [Int]

    init(parts: Int, table: LabelSets) {
        partOfRow = [Int32](repeating: -1, count: table.rows)
        self.table = table
        rows = [Int](repeating: 0, count: parts)
        positives = [Int](repeating: 0, count: table.classes * parts)
    }

    /// - Parameters:
    ///   - label: The label that counts before the number of rows, if any.
    ///   - bits: Random bits, by which equal parts are told apart.
    mutating func add(_ row: Int, toPartLacking label: Int?, _ bits: UInt64) {
        let parts = rows.count
        var (best, ties): (Int, UInt64) = (0, 1)
        for part in 1..<max(1, parts) {
            let lead = lead(of: best, over: part, label)
            if lead > 0 { (best, ties) = (part, 1) }
            if lead == 0 { ties += 1 }
        }
        if ties > 1 {
            let equal = (0..<parts).filter { lead(of: best, over: $0, label) == 0 }
            best = equal[Int(bits % ties)]
        }
        partOfRow[row] = Int32(best)
        rows[best] += 1
        table.forEachLabel(of: row) { positives[$0 * parts + best] += 1 }
    }

    /// How much more the first part has, of the label's positives or, where they are equal, of rows.
    private func lead(of first: Int, over second: Int, _ label: Int?) -> Int {
        if let label {
            let lead = positives[label * rows.count + first] - positives[label * rows.count + second]
            if lead != 0 { return lead }
        }
        return rows[first] - rows[second]
    }
}
