/// Assigns whole groups to folds, balancing the folds' sizes and classes.
///
/// Groups are taken in descending order of size, equals in random order. Each goes to the fold with the least `Σ_c
/// n_fc·g_c / N_c + n_f·|g| / N`, where n_fc counts class c in fold f so far, g_c in the group, N_c in all: the growth
/// of the χ²-like distance Σ_f Σ_c (n_fc − N_c/k)² / N_c, plus the same for sizes. Only folds are considered that, with
/// the group, are at most as large as the smallest fold plus the largest group. Therefore:
///
/// - no two folds differ by more than the largest group; with groups of one row, by at most one;
/// - no fold is empty, as long as there are as many groups as folds: an empty fold costs 0, any other more.
package struct GroupedAssignment {
    struct Group {
        var rows: [Int] = []
        var countOfClass: [Int32: Int] = [:]
    }

    private let groups: [Group]
    /// Of all groups.
    let rows: Int
    let totalOfClass: [Int32: Int]
    private let largest: Int

    /// - Parameters:
    ///   - rows: the rows to assign.
    ///   - labels: the class of each row of the task, or empty.
    ///   - groups: the group of each row of the task.
    init(rows: [Int], labels: [Int32], groups: [Int32]) {
        var collected: [Int32: Group] = [:]
        var totalOfClass: [Int32: Int] = [:]
        for row in rows {
            collected[groups[row], default: Group()].rows.append(row)
            guard !labels.isEmpty else { continue }
            collected[groups[row], default: Group()].countOfClass[labels[row], default: 0] += 1
            totalOfClass[labels[row], default: 0] += 1
        }
        self.groups = collected.sorted { $0.key < $1.key }.map(\.value)
        self.rows = rows.count
        self.totalOfClass = totalOfClass
        self.largest = self.groups.map(\.rows.count).max() ?? 0
    }

    var groupCount: Int { groups.count }

    /// The fold of each row, in an array as long as the task; −1 for rows that are not assigned.
    func assign(to folds: Int, purpose: Strata.Purpose, seed: UInt64) -> [Int32] {
        var sizes = [Int](repeating: 0, count: folds)
        var counts = [[Int32: Int]](repeating: [:], count: folds)
        let last = groups.lazy.flatMap(\.rows).max() ?? -1
        var assignment = [Int32](repeating: -1, count: last + 1)
        for group in order(purpose: purpose, seed: seed) {
            let fold = cheapestFold(for: group, sizes: sizes, counts: counts)
            sizes[fold] += group.rows.count
            counts[fold].merge(group.countOfClass, uniquingKeysWith: +)
            for row in group.rows { assignment[row] = Int32(fold) }
        }
        return assignment
    }

    /// In descending order of size, equals in random order.
    func order(purpose: Strata.Purpose, seed: UInt64) -> [Group] {
        let shuffled = Strata.shuffled(Array(groups.indices), label: 0, purpose: purpose, seed: seed)
        let rank = shuffled.enumerated().sorted {
            (groups[$1.element].rows.count, $0.offset) < (groups[$0.element].rows.count, $1.offset)
        }
        return rank.map { groups[$0.element] }
    }

    private func cheapestFold(for group: Group, sizes: [Int], counts: [[Int32: Int]]) -> Int {
        let limit = (sizes.min() ?? 0) + largest
        var best = (cost: Double.infinity, fold: 0)
        // Summed in the order of the classes: a dictionary's order changes from run to run, and the last bit with it.
        let classes = group.countOfClass.sorted { $0.key < $1.key }
        for fold in sizes.indices where sizes[fold] + group.rows.count <= limit {
            var cost = Double(sizes[fold]) * Double(group.rows.count) / Double(rows)
            for (label, count) in classes {
                cost += Double(counts[fold][label] ?? 0) * Double(count) / Double(totalOfClass[label] ?? 1)
            }
            if cost < best.cost { best = (cost, fold) }
        }
        return best.fold
    }
}
