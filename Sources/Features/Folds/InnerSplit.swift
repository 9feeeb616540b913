/// Splits a training fold once more, to choose hyperparameters (learning rate, k, …) without the test fold.
///
/// Without groups the split is stratified: a random part of each class is held back, such that after any number of
/// classes the held-back rows are `fraction` of them to within one row; every class keeps a row to train on. Of a
/// multi-label task q parts are made by ``IterativeStratification`` and p held back, p/q being the fraction as nearly as
/// at most 40 parts allow. With groups, whole groups are held back, as many as have about `fraction` of the rows: ``GroupedAssignment``.
///
/// - Parameters:
///   - trainingRows: the rows to split.
///   - fraction: share that is held back for validation, in 0 ..< 1.
///   - labels: the class of each row of the task, or empty.
///   - groups: the group of each row of the task; nil where groups need not stay together.
///   - table: the labels of a multi-label task.
/// - Returns: both sides, ascending. At least one row validates if there are two rows (or groups) to split.
package func innerSplit(
    of trainingRows: [Int], fraction: Double, seed: UInt64, labels: [Int32], groups: [Int32]?, table: LabelSets? = nil
) -> (training: [Int], validation: [Int]) {
    precondition(fraction >= 0 && fraction < 1, "The validation share is \(fraction), not in 0 ..< 1.")
    let validation =
        if let groups {
            GroupedAssignment(rows: trainingRows, labels: labels, groups: groups)
                .share(fraction, purpose: .innerSplit, seed: seed)
        } else if let table {
            multilabelValidation(of: trainingRows, fraction: fraction, seed: seed, table)
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

private func multilabelValidation(of rows: [Int], fraction: Double, seed: UInt64, _ table: LabelSets) -> Set<Int> {
    guard fraction > 0, rows.count > 1 else { return [] }
    let (heldBack, parts) = ratio(nearest: fraction, parts: min(40, rows.count))
    let assignment = IterativeStratification(labels: table, purpose: .innerSplit, seed: seed).parts(parts, of: rows)
    return Set(rows.filter { assignment[$0] < heldBack })
}

/// p and q with p/q nearest to a fraction, 0 < p < q, of the least q.
///
/// - Parameter parts: The largest q, 2 or more.
private func ratio(nearest fraction: Double, parts: Int) -> (held: Int, parts: Int) {
    var best = (held: 1, parts: 2)
    for count in 2...parts {
        let held = max(1, min(count - 1, Int((fraction * Double(count)).rounded())))
        let (distance, least) = (
            abs(Double(held) / Double(count) - fraction), abs(Double(best.held) / Double(best.parts) - fraction)
        )
        if distance < least - 1e-12 { best = (held, count) }
    }
    return best
}
