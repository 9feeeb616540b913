import Features
import Testing

@Suite struct InnerSplitTests {
    @Test("Both sides together are the training rows", arguments: UInt64(0)..<5, [0.1, 0.25, 0.5])
    func partitions(seed: UInt64, fraction: Double) {
        let rows = Array(stride(from: 0, to: 120, by: 2))
        let labels = (0..<120).map { Int32($0 / 2 % 4) }
        let split = innerSplit(of: rows, fraction: fraction, seed: seed, labels: labels, groups: nil)
        #expect((split.training + split.validation).sorted() == rows)
        #expect(split.training == split.training.sorted())
        #expect(split.validation.count == Int((fraction * 60).rounded()))
        for label in Int32(0)..<4 {
            let held = Double(split.validation.count { labels[$0] == label })
            #expect(abs(held - fraction * 15) <= 1)
        }
    }

    @Test("The split is a function of the seed")
    func isDeterministic() {
        let labels = (0..<100).map { Int32($0 % 2) }
        let splits = (UInt64(0)..<6).map {
            innerSplit(of: Array(0..<100), fraction: 0.2, seed: $0, labels: labels, groups: nil).validation
        }
        #expect(Set(splits).count == 6)
        #expect(
            splits[3] == innerSplit(of: Array(0..<100), fraction: 0.2, seed: 3, labels: labels, groups: nil).validation)
    }

    @Test("Every class keeps a row to train on, for any share")
    func keepsTrainingRows() {
        let labels: [Int32] = [0, 1, 1, 2, 2, 2]
        let split = innerSplit(of: Array(0..<6), fraction: 0.9, seed: 1, labels: labels, groups: nil)
        #expect(Set(split.training.map { labels[$0] }) == [0, 1, 2])
    }

    @Test("For any share at least one row validates if the rows can be split")
    func keepsValidationRows() {
        #expect(
            innerSplit(of: [0, 1, 2], fraction: 0.01, seed: 1, labels: [0, 0, 1], groups: nil).validation.count == 1)
        #expect(innerSplit(of: [0, 1], fraction: 0.5, seed: 1, labels: [0, 1], groups: nil).validation.isEmpty)
        #expect(innerSplit(of: [0, 1, 2], fraction: 0, seed: 1, labels: [0, 0, 1], groups: nil).validation.isEmpty)
    }

    /// The group of each row, for groups of these sizes.
    private func groups(_ sizes: [Int]) -> [Int32] {
        sizes.enumerated().flatMap { Array(repeating: Int32($0), count: $1) }
    }

    @Test(
        "Whole groups hold the share of rows, whatever their sizes",
        arguments: [
            [700] + Array(repeating: 15, count: 40), [300, 300, 300] + Array(repeating: 7, count: 90),
            (0..<11).map { 1 << $0 }, (1...60).map { $0 }, Array(repeating: 1, count: 150),
        ], [0.05, 0.1, 0.3, 0.5])
    func keepsShareOfRows(_ sizes: [Int], _ fraction: Double) {
        let groups = groups(sizes)
        let labels = groups.indices.map { Int32($0 % 3) }
        for seed in UInt64(0)..<5 {
            let split = innerSplit(
                of: Array(groups.indices), fraction: fraction, seed: seed, labels: labels, groups: groups)
            let due = fraction * Double(groups.count)
            #expect(abs(Double(split.validation.count) - due) <= GroupedAssignment.shareTolerance * due + 1)
            #expect(Set(split.training.map { groups[$0] }).isDisjoint(with: split.validation.map { groups[$0] }))
            #expect((split.training + split.validation).sorted() == Array(groups.indices))
        }
    }

    @Test("Classes keep their share where each group has one class, and none else")
    func keepsShareOfClasses() {
        let groups = groups(Array(repeating: 6, count: 100))
        let labels = groups.map { $0 % 4 }
        let split = innerSplit(of: Array(groups.indices), fraction: 0.2, seed: 3, labels: labels, groups: groups)
        for label in Int32(0)..<4 {
            #expect(abs(split.validation.count { labels[$0] == label } - 30) <= 6)
        }
    }

    @Test("Where no groups have the share, the smallest is held back and the others train")
    func twoGroups() {
        let groups = groups([450, 900])
        let split = innerSplit(of: Array(0..<1350), fraction: 0.1, seed: 1, labels: [], groups: groups)
        #expect(split.validation == Array(0..<450))
        let one = innerSplit(of: Array(0..<450), fraction: 0.1, seed: 1, labels: [], groups: groups)
        #expect(one.validation.isEmpty && one.training.count == 450)
    }

    @Test("A group never lies on both sides", arguments: UInt64(0)..<10)
    func keepsGroups(seed: UInt64) {
        let labels = (0..<200).map { Int32($0 % 3) }
        let groups = (0..<200).map { Int32($0 / 4) }
        let split = innerSplit(of: Array(0..<200), fraction: 0.2, seed: seed, labels: labels, groups: groups)
        #expect(Set(split.training.map { groups[$0] }).isDisjoint(with: split.validation.map { groups[$0] }))
        #expect((split.training + split.validation).sorted() == Array(0..<200))
        #expect((30...50).contains(split.validation.count))
    }
}
