/// Splits a training fold into J parts; candidates are compared on each part after training on the others.
///
/// Groups are assigned whole, by ``GroupedAssignment``. Without groups the rows of each class go to the parts in turn,
/// in random order, so that no two parts differ by more than one row in any class or in all. A class may have fewer
/// rows than there are parts. The rows of a multi-label task are dealt by ``IterativeStratification``.
///
/// - Parameters:
///   - count: J; fewer parts where there are fewer rows or groups.
///   - labels: the class of each row of the task, or empty.
///   - groups: the group of each row of the task; nil where groups need not stay together.
///   - table: the labels of a multi-label task.
/// - Returns: the parts, each ascending, none empty.
package func innerFolds(
    of rows: [Int], count: Int, seed: UInt64, labels: [Int32], groups: [Int32]?, table: LabelSets? = nil
) -> [[Int]] {
    var parts = [[Int]](repeating: [], count: count)
    if let groups {
        let grouped = GroupedAssignment(rows: rows, labels: labels, groups: groups)
        let assignment = grouped.assign(to: min(count, grouped.groupCount), purpose: .innerSplit, seed: seed)
        for row in rows { parts[Int(assignment[row])].append(row) }
    } else if let table {
        let assignment = IterativeStratification(labels: table, purpose: .innerSplit, seed: seed).parts(count, of: rows)
        for row in rows { parts[Int(assignment[row])].append(row) }
    } else {
        var next = 0
        for (label, rows) in Strata.rows(of: rows, by: labels) {
            for row in Strata.shuffled(rows, label: label, purpose: .innerSplit, seed: seed) {
                parts[next].append(row)
                next = (next + 1) % count
            }
        }
    }
    return parts.filter { !$0.isEmpty }.map { $0.sorted() }
}
