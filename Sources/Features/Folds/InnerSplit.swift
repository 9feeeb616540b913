/// Splits a training fold once more, to choose hyperparameters (learning rate, k, …) without the test fold.
///
/// Without groups the split is stratified: a random part of each class is held back, such that after any number of
/// classes the held-back rows are `fraction` of them to within one row; every class keeps a row to train on. With
/// groups, whole groups are held back, as many as have about `fraction` of the rows: ``GroupedAssignment``.
///
/// - Parameters:
///   - trainingRows: the rows to split.
///   - fraction: share that is held back for validation, in 0 ..< 1.
///   - labels: the class of each row of the task, or empty.
///   - groups: the group of each row of the task; nil where groups need not stay together.
/// - Returns: both sides, ascending. At least one row validates if there are two rows (or groups) to split.
package func innerSplit(
    of trainingRows: [Int], fraction: Double, seed: UInt64, labels: [Int32], groups: [Int32]?
) -> (training: [Int], validation: [Int]) {
    precondition(fraction >= 0 && fraction < 1, "The validation share is \(fraction), not in 0 ..< 1.")
    let validation =
        if let groups {
            GroupedAssignment(rows: trainingRows, labels: labels, groups: groups)
                .share(fraction, purpose: .innerSplit, seed: seed)
        } else {
            stratifiedValidation(of: trainingRows, fraction: fraction, seed: seed, labels: labels)
        }
    return (trainingRows.filter { !validation.contains($0) }.sorted(), validation.sorted())
}

private func stratifiedValidation(of rows: [Int], fraction: Double, seed: UInt64, labels: [Int32]) -> Set<Int> {
    var validation: Set<Int> = []
    var seen = 0
    let strata = Strata.rows(of: rows, by: labels)
    for (label, rows) in strata {
        seen += rows.count
        let due = Int((fraction * Double(seen)).rounded()) - validation.count
        let taken = min(max(due, 0), rows.count - 1)
        validation.formUnion(Strata.shuffled(rows, label: label, purpose: .innerSplit, seed: seed).prefix(taken))
    }
    // With so few rows that every class rounds to none, the largest class gives one.
    if validation.isEmpty, fraction > 0, let (label, rows) = strata.max(by: { $0.rows.count < $1.rows.count }) {
        guard rows.count > 1 else { return [] }
        validation.formUnion(Strata.shuffled(rows, label: label, purpose: .innerSplit, seed: seed).prefix(1))
    }
    return validation
}
