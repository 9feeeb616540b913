import Features
import Testing

@Suite("Permuted targets")
struct PermutationTests {
    private static func task(_ labels: [Int32], groups: [Int32]?) -> FeatureTask {
        FeatureTask(
            name: "t", kind: .classification, metric: "top1", classes: 4, samples: Array(labels.indices),
            targets: .classes(labels), groups: groups)
    }

    @Test("are the same targets in another order, another for each seed, and the same for the same seed")
    func all() {
        let labels = (0..<100).map { Int32($0 % 4) }
        let task = Self.task(labels, groups: nil)
        let permuted = task.permuted(seed: 1)
        #expect(permuted.labels.sorted() == labels.sorted())
        #expect(permuted.labels != labels && permuted.labels != task.permuted(seed: 2).labels)
        #expect(permuted.labels == task.permuted(seed: 1).labels)
        #expect(permuted.samples == task.samples)
    }

    @Test("drawn for each type are the same for all its rows, as frequent as the task's, and another for each seed")
    func types() throws {
        var task = Self.task((0..<4000).map { Int32($0 % 4 == 0 ? 1 : 0) }, groups: nil)
        #expect(task.labelledByType(seed: 1) == nil)
        task.types = (0..<4000).map { Int32($0 % 1000) }
        let labelled = try #require(task.labelledByType(seed: 1))
        #expect((1000..<4000).allSatisfy { labelled.labels[$0] == labelled.labels[$0 - 1000] })
        // A thousand draws of one in four: 250 expected, standard deviation 13.7.
        #expect((180...320).contains(labelled.labels.prefix(1000).count { $0 == 1 }))
        #expect(labelled.labels == task.labelledByType(seed: 1)?.labels)
        #expect(labelled.labels != task.labelledByType(seed: 2)?.labels)
    }

    @Test("of groups that agree are exchanged whole, and of the others within each, beside one another")
    func groups() {
        // Forty groups of three rows that agree, and one of ten that does not.
        let groups = (0..<130).map { (row: Int) -> Int32 in row < 120 ? Int32(row / 3) : 40 }
        let labels = (0..<130).map { (row: Int) -> Int32 in row < 120 ? Int32(row / 3 % 4) : Int32(row % 4) }
        let permuted = Self.task(labels, groups: groups).permuted(seed: 3).labels
        for group in 0..<40 { #expect(Set(permuted[3 * group..<3 * group + 3]).count == 1) }
        #expect((0..<120).count { permuted[$0] != labels[$0] } > 40)
        #expect(permuted[120...].sorted() == labels[120...].sorted())
        #expect(Array(permuted[120...]) != Array(labels[120...]))
    }
}
