/// Which fold each row of a task is held out in: the same for every probe, so that comparisons are paired.
///
/// Rows are positions in the task's arrays. An assignment is a function of its arguments alone.
public struct FoldAssignment: Sendable, Equatable {
    /// The fold that tests each row; −1 for rows of a predefined split that only train.
    public let foldOfSample: [Int32]

    /// Splits a task's rows.
    ///
    /// - `stratified`: each class is dealt to the folds in a random order, so that no two folds differ by more than one
    ///   row in any class or in all.
    /// - `plain`: all rows are dealt in a random order, whatever their class.
    /// - `grouped`: groups go whole, large ones first, to the fold where their classes are rarest; see ``GroupedDeal``.
    /// - `predefined`: one fold, tested on the rows that the task's split marks 1.
    ///
    /// - Parameters:
    ///   - count: k, the number of folds; 1 for `predefined`.
    ///   - labels: the class of each row, or empty for tasks without classes (then one stratum).
    /// - Throws: `FoldError` if the rows cannot be split so, or a class would be tested without having been trained on.
    public static func make(
        scheme: String, count: Int, seed: Int, labels: [Int32], groups: [Int32]?, split: [UInt8]?
    ) throws(FoldError) -> FoldAssignment {
        let assignment: FoldAssignment
        switch scheme {
        case "stratified": assignment = try stratified(count: count, seed: seed, labels: labels)
        case "plain": assignment = try plain(count: count, seed: seed, rows: labels.count)
        case "grouped":
            guard let groups else { throw .missing(scheme: scheme, column: "groups") }
            assignment = try grouped(count: count, seed: seed, labels: labels, groups: groups)
        case "predefined":
            guard let split else { throw .missing(scheme: scheme, column: "split") }
            assignment = try predefined(count: count, split: split)
        default: throw .unknownScheme(scheme)
        }
        try assignment.checkEveryClassTrains(labels)
        return assignment
    }

    /// Rows to train on when a fold is held out, rising.
    public func trainingRows(heldOut: Int) -> [Int] { foldOfSample.indices.filter { foldOfSample[$0] != heldOut } }

    /// Rows to test on when a fold is held out, rising.
    public func testRows(heldOut: Int) -> [Int] { foldOfSample.indices.filter { foldOfSample[$0] == heldOut } }

    // MARK: Schemes

    private static func stratified(count: Int, seed: Int, labels: [Int32]) throws(FoldError) -> FoldAssignment {
        try check("stratified", count: count, rows: labels.count)
        var folds = [Int32](repeating: 0, count: labels.count)
        // Every class goes on dealing where the class before stopped; if each began at fold 0, the first folds would
        // collect the remainders of all classes.
        var next = 0
        for (label, rows) in Strata.rows(of: labels.indices, by: labels) {
            guard rows.count >= count else {
                throw .classSmallerThanFolds(label: label, samples: rows.count, folds: count)
            }
            for row in Strata.shuffled(rows, label: label, purpose: .folds, seed: UInt64(bitPattern: Int64(seed))) {
                folds[row] = Int32(next)
                next = (next + 1) % count
            }
        }
        return FoldAssignment(foldOfSample: folds)
    }

    private static func plain(count: Int, seed: Int, rows: Int) throws(FoldError) -> FoldAssignment {
        try check("plain", count: count, rows: rows)
        var folds = [Int32](repeating: 0, count: rows)
        let order = Strata.shuffled(Array(0..<rows), label: 0, purpose: .folds, seed: UInt64(bitPattern: Int64(seed)))
        for (position, row) in order.enumerated() { folds[row] = Int32(position % count) }
        return FoldAssignment(foldOfSample: folds)
    }

    private static func grouped(
        count: Int, seed: Int, labels: [Int32], groups: [Int32]
    ) throws(FoldError) -> FoldAssignment {
        try check("grouped", count: count, rows: groups.count)
        let deal = GroupedDeal(rows: Array(groups.indices), labels: labels, groups: groups)
        guard deal.groupCount >= count else { throw .fewerGroupsThanFolds(groups: deal.groupCount, folds: count) }
        return FoldAssignment(
            foldOfSample: deal.assign(to: count, purpose: .folds, seed: UInt64(bitPattern: Int64(seed))))
    }

    private static func predefined(count: Int, split: [UInt8]) throws(FoldError) -> FoldAssignment {
        guard count == 1 else { throw .badCount(scheme: "predefined", count: count) }
        let test = split.count { $0 == 1 }
        guard test > 0, test < split.count else { throw .emptySide(training: split.count - test, test: test) }
        return FoldAssignment(foldOfSample: split.map { $0 == 1 ? 0 : -1 })
    }

    private static func check(_ scheme: String, count: Int, rows: Int) throws(FoldError) {
        guard count >= 2 else { throw .badCount(scheme: scheme, count: count) }
        guard rows >= count else { throw .fewerSamplesThanFolds(samples: rows, folds: count) }
    }

    /// A class all of whose rows lie in one fold would be tested without ever having been seen.
    private func checkEveryClassTrains(_ labels: [Int32]) throws(FoldError) {
        for (label, rows) in Strata.rows(of: labels.indices, by: labels) {
            let fold = foldOfSample[rows[0]]
            if fold >= 0 && rows.allSatisfy({ foldOfSample[$0] == fold }) {
                throw .classOnlyInTest(label: label, samples: rows.count, fold: Int(fold))
            }
        }
    }
}
