import Numerics

/// Rows of a task by class, in random order.
enum Strata {
    /// The purpose of a random order: part of the generator's stream, so that no two purposes share random numbers.
    enum Purpose: UInt64 {
        case folds = 1
        case innerSplit = 2
        case shots = 4
    }

    /// The rows of each class, classes and rows ascending; one stratum with label 0 if there are no labels.
    static func rows(of rows: some Sequence<Int>, by labels: [Int32]) -> [(label: Int32, rows: [Int])] {
        if labels.isEmpty { return [(0, Array(rows))] }
        var strata: [Int32: [Int]] = [:]
        for row in rows { strata[labels[row], default: []].append(row) }
        return strata.sorted { $0.key < $1.key }.map { ($0.key, $0.value) }
    }

    /// The rows in an order that depends on seed, purpose, label and their number.
    static func shuffled(_ rows: [Int], label: Int32, purpose: Purpose, seed: UInt64) -> [Int] {
        let stream = purpose.rawValue << 32 | UInt64(UInt32(bitPattern: label))
        return CounterGenerator(key: seed, stream: stream).permutation(rows.count).map { rows[$0] }
    }
}
