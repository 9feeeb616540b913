import Features
import Foundation
import Testing

@Suite("A task over samples with ids")
struct SampleOrderTests {
    private static let ids = ["b", "é", "a", "Z", "aa", "c"]

    private func set(
        _ folder: TemporaryFolder, _ name: String, order: [Int], groupNumbers: [Int32] = [7, 7, 2, 2, 5, 5]
    ) throws -> FeatureSet {
        let path = folder.file(name)
        let writer = try FeatureSetWriter.create(
            path, name: name, backbone: .init(name: "none", revision: "0"), samples: 6, layout: .init(classToken: false)
        )
        try writer.writeLayer(
            .init(index: 0, name: "layer", width: 1, dtype: .float32, finalNorm: false),
            lengths: .equal(tokens: 1, samples: 6)
        ) { range, buffer in
            for (place, sample) in range.enumerated() {
                buffer.storeBytes(of: Float(order[sample]), toByteOffset: place * 4, as: Float.self)
            }
        }
        try writer.writeIDs(order.map { Self.ids[$0] })
        try writer.writeTask(
            FeatureTask(
                name: "task", kind: .classification, metric: "top1", classes: 2, samples: Array(0..<6),
                targets: .classes(order.map { Int32($0 % 2) }), groups: order.map { groupNumbers[$0] }))
        return try writer.finish()
    }

    @Test("has its rows in the order of the ids' bytes, however the samples are stored and the groups numbered")
    func order() throws {
        let folder = try TemporaryFolder()
        let first = try set(folder, "first", order: [0, 1, 2, 3, 4, 5]).task("task")
        let second = try set(folder, "second", order: [5, 3, 1, 4, 0, 2], groupNumbers: [0, 0, 1, 1, 9, 9]).task("task")
        #expect(first.ids == ["Z", "a", "aa", "b", "c", "é"])
        #expect(first.samples == [3, 2, 4, 0, 5, 1])
        #expect(first.labels == [1, 0, 0, 0, 1, 1])
        #expect(first.groups == [0, 0, 1, 2, 1, 2])
        #expect(first.digest == second.digest)
        #expect(first.labels == second.labels && first.groups == second.groups)
        for scheme in ["stratified", "plain", "grouped"] {
            let folds = try [first, second].map { try FoldAssignment.make(scheme: scheme, count: 2, seed: 1, for: $0) }
            #expect(folds[0] == folds[1])
        }
    }

    @Test("has another digest under other ids, and none of them without ids")
    func digests() throws {
        let folder = try TemporaryFolder()
        var task = try set(folder, "set", order: [0, 1, 2, 3, 4, 5]).task("task")
        let digest = task.digest
        task.ids?[0] = "Y"
        #expect(task.digest != digest)
        task.ids = nil
        #expect(task.digest != digest)
    }
}
