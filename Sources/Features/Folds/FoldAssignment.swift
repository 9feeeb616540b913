/// The fold that each row of a task is held out in: the same for every probe, so that comparisons are paired.
///
/// Rows are positions in the task's arrays. An assignment is a function of its arguments alone.
package struct FoldAssignment: Sendable, Equatable {
    /// The fold that tests each row; −1 for rows of a predefined split that only train.
    package let foldOfSample: [Int32]

    /// Splits a task's rows.
    ///
    /// - `stratified`: the rows of each class go to the folds in turn, in random order, so that no two folds differ by
    ///   more than one row in any class or in all.
    /// - `plain`: all rows go to the folds in turn, in random order, whatever their class.
    /// - `grouped`: whole groups, large ones first, go to the fold where their classes are rarest; see
    ///   ``GroupedAssignment``.
    /// - `hashed`: each group, or each sample of a task without groups, goes to the fold that a hash of its name gives:
    ///   ``FoldScheme/hashed(count:seed:of:)``. For tasks only.
    /// - `predefined`: one fold, tested on the rows that the task's split marks 1.
    ///
    /// - Parameters:
    ///   - count: k, the number of folds; 1 for `predefined`.
    ///   - labels: the class of each row; all 0 for tasks without classes.
    ///   - classNames: names of the classes for errors; numbers by default.
    /// - Throws: `FoldError` if the rows cannot be split like this, or a class would be tested but not trained on.
    package static func make(
        scheme: String, count: Int, seed: Int, labels: [Int32], groups: [Int32]?, split: [UInt8]?,
        classNames: [String]? = nil
    ) throws(FoldError) -> FoldAssignment {
        let rows = FoldScheme(labels: labels, classNames: classNames)
        let assignment: FoldAssignment
        switch scheme {
        case "stratified": assignment = try rows.stratified(count: count, seed: seed)
        case "plain": assignment = try rows.plain(count: count, seed: seed)
        case "grouped":
            guard let groups else { throw .missing(scheme: scheme, column: "groups") }
            assignment = try rows.grouped(count: count, seed: seed, groups: groups)
        case "predefined":
            guard let split else { throw .missing(scheme: scheme, column: "split") }
            assignment = try rows.predefined(count: count, split: split)
        default: throw .unknownScheme(scheme)
        }
        try rows.checkEveryClassTrains(in: assignment)
        return assignment
    }

    /// Splits the rows of a task; rows without a class form one stratum. `stratified` folds of a multi-label task have
    /// nearly the same share of every label: ``IterativeStratification``. A label may have fewer positives than folds.
    package static func make(
        scheme: String, count: Int, seed: Int, for task: FeatureTask
    ) throws(FoldError) -> FoldAssignment {
        if scheme == "stratified", let table = task.labelSets {
            return try FoldScheme.stratified(table, count: count, seed: seed)
        }
        if scheme == "hashed" {
            let assignment = try FoldScheme.hashed(count: count, seed: seed, of: task)
            try FoldScheme(labels: task.labels, classNames: task.classNames).checkEveryClassTrains(in: assignment)
            return assignment
        }
        let labels = task.labels.isEmpty ? [Int32](repeating: 0, count: task.samples.count) : task.labels
        return try make(
            scheme: scheme, count: count, seed: seed, labels: labels, groups: task.groups, split: task.split,
            classNames: task.classNames)
    }

    /// Rows to train on when a fold is held out, ascending.
    package func trainingRows(heldOut: Int) -> [Int] { foldOfSample.indices.filter { foldOfSample[$0] != heldOut } }

    /// Rows to test on when a fold is held out, ascending.
    package func testRows(heldOut: Int) -> [Int] { foldOfSample.indices.filter { foldOfSample[$0] == heldOut } }
}
