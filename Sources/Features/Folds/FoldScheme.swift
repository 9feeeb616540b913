import Digests

/// The schemes of ``FoldAssignment``, one method each.
struct FoldScheme {
    let labels: [Int32]
    let classNames: [String]?

    func stratified(count: Int, seed: Int) throws(FoldError) -> FoldAssignment {
        try check("stratified", count: count)
        var folds = [Int32](repeating: 0, count: labels.count)
        // Every class continues at the fold where the class before stopped. If each began at fold 0, the first folds
        // would collect the remainders of all classes.
        var next = 0
        for (label, rows) in Strata.rows(of: labels.indices, by: labels) {
            guard rows.count >= count else {
                throw .classSmallerThanFolds(className: name(of: label), samples: rows.count, folds: count)
            }
            for row in Strata.shuffled(rows, label: label, purpose: .folds, seed: Self.key(seed)) {
                folds[row] = Int32(next)
                next = (next + 1) % count
            }
        }
        return FoldAssignment(foldOfSample: folds)
    }

    /// Of a multi-label task.
    static func stratified(_ table: LabelSets, count: Int, seed: Int) throws(FoldError) -> FoldAssignment {
        try check("stratified", count: count, rows: table.rows)
        let stratification = IterativeStratification(labels: table, purpose: .folds, seed: key(seed))
        return FoldAssignment(foldOfSample: stratification.parts(count, of: Array(0..<table.rows)))
    }

    func plain(count: Int, seed: Int) throws(FoldError) -> FoldAssignment {
        try check("plain", count: count)
        var folds = [Int32](repeating: 0, count: labels.count)
        let order = Strata.shuffled(Array(labels.indices), label: 0, purpose: .folds, seed: Self.key(seed))
        for (position, row) in order.enumerated() { folds[row] = Int32(position % count) }
        return FoldAssignment(foldOfSample: folds)
    }

    func grouped(count: Int, seed: Int, groups: [Int32]) throws(FoldError) -> FoldAssignment {
        precondition(groups.count == labels.count, "\(groups.count) groups for \(labels.count) rows")
        try check("grouped", count: count)
        let grouped = GroupedAssignment(rows: Array(groups.indices), labels: labels, groups: groups)
        guard grouped.groupCount >= count else { throw .fewerGroupsThanFolds(groups: grouped.groupCount, folds: count) }
        return FoldAssignment(foldOfSample: grouped.assign(to: count, purpose: .folds, seed: Self.key(seed)))
    }

    /// Each group, or each sample where there are no groups, in the fold that its name alone gives: adding samples, taking
    /// some out or storing them in another order moves no other to another fold. Sizes and classes of folds are those of
    /// a draw at random; `stratified` and `grouped` balance them, but not without looking at all rows.
    ///
    /// Fold ⌊k · h / 2⁶⁴⌋, where h is the first eight bytes, big-endian, of SHA-256 of `probesweep fold 1`, the seed, and
    /// `group` or `sample` with the name, a line each, without a line break at the end.
    static func hashed(count: Int, seed: Int, of task: FeatureTask) throws(FoldError) -> FoldAssignment {
        try check("hashed", count: count, rows: task.samples.count)
        let foldOfSample: [Int32]
        if let groups = task.groups {
            guard let names = task.groupNames else { throw .missing(scheme: "hashed", column: "names of groups") }
            let folds = names.map { fold(of: "group\n\($0)", count: count, seed: seed) }
            foldOfSample = groups.map { folds[Int($0)] }
        } else {
            guard let ids = task.ids else { throw .missing(scheme: "hashed", column: "ids") }
            foldOfSample = ids.map { fold(of: "sample\n\($0)", count: count, seed: seed) }
        }
        if let empty = (0..<count).first(where: { !foldOfSample.contains(Int32($0)) }) {
            throw .emptyFold(fold: empty, folds: count)
        }
        return FoldAssignment(foldOfSample: foldOfSample)
    }

    private static func fold(of name: String, count: Int, seed: Int) -> Int32 {
        let digest = SHA256.hash("probesweep fold 1\n\(seed)\n\(name)".utf8)
        let hash = digest.bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        return Int32(hash.multipliedFullWidth(by: UInt64(count)).high)
    }

    func predefined(count: Int, split: [UInt8]) throws(FoldError) -> FoldAssignment {
        precondition(split.count == labels.count, "\(split.count) marks for \(labels.count) rows")
        guard count == 1 else { throw .badCount(scheme: "predefined", count: count) }
        let test = split.count { $0 == 1 }
        guard test > 0, test < split.count else { throw .emptySide(training: split.count - test, test: test) }
        return FoldAssignment(foldOfSample: split.map { $0 == 1 ? 0 : -1 })
    }

    private func check(_ scheme: String, count: Int) throws(FoldError) {
        try Self.check(scheme, count: count, rows: labels.count)
    }

    private static func check(_ scheme: String, count: Int, rows: Int) throws(FoldError) {
        guard count >= 2 else { throw .badCount(scheme: scheme, count: count) }
        guard rows >= count else { throw .fewerSamplesThanFolds(samples: rows, folds: count) }
    }

    /// Rejects a class with all rows in one fold, which would be tested without having been trained on.
    func checkEveryClassTrains(in assignment: FoldAssignment) throws(FoldError) {
        guard !labels.isEmpty else { return }
        let foldOfSample = assignment.foldOfSample
        for (label, rows) in Strata.rows(of: labels.indices, by: labels) {
            let fold = foldOfSample[rows[0]]
            if fold >= 0 && rows.allSatisfy({ foldOfSample[$0] == fold }) {
                throw .classOnlyInTest(className: name(of: label), samples: rows.count, fold: Int(fold))
            }
        }
    }

    private func name(of label: Int32) -> String {
        guard let classNames, classNames.indices.contains(Int(label)) else { return "\(label)" }
        return classNames[Int(label)]
    }

    private static func key(_ seed: Int) -> UInt64 { UInt64(bitPattern: Int64(seed)) }
}
