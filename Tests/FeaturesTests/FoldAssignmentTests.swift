import Features
import Testing

@Suite struct FoldAssignmentTests {
    /// Every labelling of up to 6 rows with up to 3 classes, and every number of folds.
    static let smallLabellings: [[Int32]] = (2...6).flatMap { rows in
        (0..<power(3, rows)).map { code in (0..<rows).map { Int32(code / power(3, $0) % 3) } }
    }

    static func power(_ base: Int, _ exponent: Int) -> Int { (0..<exponent).reduce(1) { product, _ in product * base } }

    @Test(
        "Stratified folds of every small labelling are balanced to one row, in each class and in all", arguments: 2...4)
    func stratifiedIsBalanced(folds: Int) throws {
        for labels in Self.smallLabellings {
            let smallest = Set(labels).map { label in labels.count { $0 == label } }.min() ?? 0
            guard smallest >= folds else {
                #expect(throws: FoldError.self) { try make("stratified", folds, labels) }
                continue
            }
            let assignment = try make("stratified", folds, labels)
            #expect(spread(assignment, folds: folds, among: labels.indices) <= 1)
            for label in Set(labels) {
                #expect(spread(assignment, folds: folds, among: labels.indices.filter { labels[$0] == label }) <= 1)
            }
        }
    }

    @Test("Plain folds are balanced to one row", arguments: 2...5, [5, 6, 7, 100])
    func plainIsBalanced(folds: Int, rows: Int) throws {
        let assignment = try make("plain", folds, [Int32](repeating: 0, count: rows))
        #expect(spread(assignment, folds: folds, among: 0..<rows) <= 1)
    }

    @Test(
        "Every row is tested in exactly one fold and trained on in all others",
        arguments: ["stratified", "plain", "grouped"])
    func partitions(scheme: String) throws {
        let labels = (0..<60).map { Int32($0 % 3) }
        let assignment = try make(scheme, 5, labels, groups: (0..<60).map { Int32($0 / 2) })
        let tested = (0..<5).map { assignment.testRows(heldOut: $0) }
        #expect(tested.joined().sorted() == Array(0..<60))
        for fold in 0..<5 {
            #expect((tested[fold] + assignment.trainingRows(heldOut: fold)).sorted() == Array(0..<60))
        }
    }

    @Test("Folds are a function of the seed", arguments: ["stratified", "plain", "grouped"])
    func isDeterministic(scheme: String) throws {
        let labels = (0..<90).map { Int32($0 % 3) }
        let groups = (0..<90).map { Int32($0 / 2) }
        let assignments = try (0..<8).map { try make(scheme, 3, labels, seed: $0, groups: groups) }
        #expect(try assignments == (0..<8).map { try make(scheme, 3, labels, seed: $0, groups: groups) })
        for first in 0..<8 { for second in 0..<first { #expect(assignments[first] != assignments[second]) } }
    }

    private static func task(ids: Range<Int>, grouped: Bool = false) -> FeatureTask {
        FeatureTask(
            name: "task", kind: .classification, metric: "top1", classes: 3, samples: Array(0..<ids.count),
            ids: ids.map { "picture \($0)" }, targets: .classes(ids.map { Int32($0 % 3) }),
            groups: grouped ? ids.map { Int32($0 / 4 - ids.lowerBound / 4) } : nil,
            groupNames: grouped ? (ids.lowerBound / 4...(ids.upperBound - 1) / 4).map { "scene \($0)" } : nil)
    }

    @Test("Hashed folds stay where they are when samples are added or taken out", arguments: [false, true])
    func hashedIsStable(grouped: Bool) throws {
        let (some, more) = (Self.task(ids: 40..<340, grouped: grouped), Self.task(ids: 0..<1000, grouped: grouped))
        let before = try FoldAssignment.make(scheme: "hashed", count: 5, seed: 3, for: some).foldOfSample
        let after = try FoldAssignment.make(scheme: "hashed", count: 5, seed: 3, for: more).foldOfSample
        #expect(Array(after[40..<340]) == before)
        #expect(try FoldAssignment.make(scheme: "hashed", count: 5, seed: 4, for: some).foldOfSample != before)
        // 200 expected, standard deviation 12.6; in groups of four 25.3.
        for fold in 0..<5 { #expect((120...280).contains(after.count { $0 == fold })) }
        if grouped {
            for row in more.ids!.indices where row % 4 != 0 { #expect(after[row] == after[row - 1]) }
        }
    }

    @Test("A hashed fold can be computed elsewhere: the first eight bytes of SHA-256, times the number of folds")
    func hashedIsDocumented() throws {
        // Computed by Python's hashlib.
        let folds = try FoldAssignment.make(scheme: "hashed", count: 5, seed: 0, for: Self.task(ids: 0..<60))
        #expect(folds.foldOfSample.prefix(12) == [2, 3, 2, 0, 2, 0, 2, 3, 4, 3, 0, 0])
    }

    @Test("Hashed folds need ids, or names of groups")
    func hashedNeedsNames() {
        var task = Self.task(ids: 0..<20)
        task.ids = nil
        #expect(throws: FoldError.missing(scheme: "hashed", column: "ids")) {
            try FoldAssignment.make(scheme: "hashed", count: 2, seed: 0, for: task)
        }
        task.groups = (0..<20).map { Int32($0 / 2) }
        #expect(throws: FoldError.missing(scheme: "hashed", column: "names of groups")) {
            try FoldAssignment.make(scheme: "hashed", count: 2, seed: 0, for: task)
        }
    }

    @Test("Grouped folds of every small grouping keep groups whole, sizes close and no fold empty", arguments: 2...3)
    func groupedKeepsGroups(folds: Int) throws {
        for groups in Self.smallLabellings {
            let sizes = Set(groups).map { group in groups.count { $0 == group } }
            let labels = [Int32](repeating: 0, count: groups.count)
            guard sizes.count >= folds else {
                #expect(throws: FoldError.self) { try make("grouped", folds, labels, groups: groups) }
                continue
            }
            let assignment = try make("grouped", folds, labels, groups: groups)
            for group in Set(groups) {
                #expect(
                    Set(groups.indices.filter { groups[$0] == group }.map { assignment.foldOfSample[$0] }).count == 1)
            }
            #expect(spread(assignment, folds: folds, among: groups.indices) <= sizes.max() ?? 0)
            #expect(Set(assignment.foldOfSample).count == folds)
        }
    }

    @Test("Grouped folds spread each class as evenly as whole groups allow", arguments: 0..<10)
    func groupedStratifies(seed: Int) throws {
        // 200 groups of 1 to 4 rows of one class each, four classes in unequal shares.
        var generator = SplitMix(state: UInt64(seed))
        var labels: [Int32] = []
        var groups: [Int32] = []
        for group in 0..<200 {
            let label: Int32 = [0, 0, 0, 0, 0, 1, 1, 1, 2, 3][group % 10]
            for _ in 0..<Int.random(in: 1...4, using: &generator) {
                labels.append(label)
                groups.append(Int32(group))
            }
        }
        let assignment = try make("grouped", 5, labels, seed: seed, groups: groups)
        #expect(spread(assignment, folds: 5, among: labels.indices) <= 4)
        for label in Int32(0)..<4 {
            #expect(spread(assignment, folds: 5, among: labels.indices.filter { labels[$0] == label }) <= 4)
        }
    }

    @Test("Groups of one row give folds as balanced as plain ones")
    func groupsOfOne() throws {
        let assignment = try make("grouped", 3, (0..<50).map { Int32($0 % 7 / 3) }, groups: (0..<50).map { Int32($0) })
        #expect(spread(assignment, folds: 3, among: 0..<50) <= 1)
    }

    @Test("A predefined split is one fold with the rows marked 1 as test rows")
    func predefined() throws {
        let labels: [Int32] = [0, 1, 0, 1]
        let assignment = try make("predefined", 1, labels, split: [0, 0, 1, 1])
        #expect(assignment.testRows(heldOut: 0) == [2, 3])
        #expect(assignment.trainingRows(heldOut: 0) == [0, 1])
    }

    struct Impossible: Sendable, CustomTestStringConvertible {
        var scheme: String
        var folds: Int
        var labels: [Int32]
        var groups: [Int32]?
        var split: [UInt8]?
        var error: FoldError
        var testDescription: String { "\(error)" }
    }

    static let impossible: [Impossible] = [
        Impossible(
            scheme: "stratified", folds: 3, labels: [0, 0, 0, 1, 1],
            error: .classSmallerThanFolds(className: "cat", samples: 2, folds: 3)),
        Impossible(scheme: "stratified", folds: 1, labels: [0, 0], error: .badCount(scheme: "stratified", count: 1)),
        Impossible(scheme: "plain", folds: 3, labels: [0, 0], error: .fewerSamplesThanFolds(samples: 2, folds: 3)),
        Impossible(
            scheme: "plain", folds: 2, labels: [0, 0, 1], error: .classOnlyInTest(className: "cat", samples: 1, fold: 1)
        ),
        Impossible(
            scheme: "grouped", folds: 3, labels: [0, 0, 0], groups: [5, 5, 9],
            error: .fewerGroupsThanFolds(groups: 2, folds: 3)),
        Impossible(scheme: "grouped", folds: 2, labels: [0, 0], error: .missing(scheme: "grouped", column: "groups")),
        Impossible(
            scheme: "grouped", folds: 2, labels: [0, 0, 0, 1, 1], groups: [0, 1, 2, 3, 3],
            error: .classOnlyInTest(className: "cat", samples: 2, fold: 0)),
        Impossible(
            scheme: "predefined", folds: 1, labels: [0, 0], error: .missing(scheme: "predefined", column: "split")),
        Impossible(
            scheme: "predefined", folds: 2, labels: [0, 0], split: [0, 1],
            error: .badCount(scheme: "predefined", count: 2)),
        Impossible(
            scheme: "predefined", folds: 1, labels: [0, 0], split: [0, 0], error: .emptySide(training: 2, test: 0)),
        Impossible(
            scheme: "predefined", folds: 1, labels: [0, 0], split: [1, 1], error: .emptySide(training: 0, test: 2)),
        Impossible(
            scheme: "predefined", folds: 1, labels: [0, 1], split: [0, 1],
            error: .classOnlyInTest(className: "cat", samples: 1, fold: 0)),
        Impossible(scheme: "loo", folds: 2, labels: [0, 0], error: .unknownScheme("loo")),
    ]

    @Test("An impossible split is rejected with the reason", arguments: impossible)
    func refuses(_ impossible: Impossible) throws {
        let error = #expect(throws: FoldError.self) {
            try FoldAssignment.make(
                scheme: impossible.scheme, count: impossible.folds, seed: 0, labels: impossible.labels,
                groups: impossible.groups, split: impossible.split, classNames: ["dog", "cat"])
        }
        if case .classOnlyInTest(let name, let samples, _) = error,
            case .classOnlyInTest(let expectedName, let expectedSamples, _) = impossible.error
        {
            // In which fold a lone class lies is up to chance.
            #expect(name == expectedName && samples == expectedSamples)
        } else {
            #expect(error == impossible.error)
        }
    }

    @Test("Real groups stay together, and every class is in every fold")
    func fixtureGroups() throws {
        let task = try FeatureSet.open(Fixture.wordnet).task("lexname-grouped")
        let assignment = try FoldAssignment.make(scheme: "grouped", count: 4, seed: 1, for: task)
        let groups = try #require(task.groups)
        for group in Set(groups) {
            #expect(Set(groups.indices.filter { groups[$0] == group }.map { assignment.foldOfSample[$0] }).count == 1)
        }
        for fold in 0..<4 { #expect(Set(assignment.testRows(heldOut: fold).map { task.labels[$0] }).count == 4) }
    }

    private func make(
        _ scheme: String, _ folds: Int, _ labels: [Int32], seed: Int = 1, groups: [Int32]? = nil, split: [UInt8]? = nil
    ) throws(FoldError) -> FoldAssignment {
        try FoldAssignment.make(scheme: scheme, count: folds, seed: seed, labels: labels, groups: groups, split: split)
    }

    /// Largest less smallest number of the given rows in a fold.
    private func spread(_ assignment: FoldAssignment, folds: Int, among rows: some Sequence<Int>) -> Int {
        var counts = [Int](repeating: 0, count: folds)
        for row in rows { counts[Int(assignment.foldOfSample[row])] += 1 }
        return (counts.max() ?? 0) - (counts.min() ?? 0)
    }
}
