import Foundation
import Sweeps
import Testing
import Units

@Suite("Facts gathered from real features")
struct GatheringTests {
    static let folder = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
        .appending(path: "Fixtures/wordnet").path

    private func specification(_ text: String = "") throws -> SweepSpecification {
        try SweepSpecification.read(text: "features: \(Self.folder)\n\(text)", file: "a.yaml")
    }

    @Test("match manifest, shards and tasks")
    func facts() throws {
        let facts = try SweepFacts.gather(specification())
        let set = try #require(facts.sets.first)
        #expect(set.samples == 64)
        #expect(set.layers.map(\.index) == [0, 4])
        #expect(set.layers.allSatisfy { $0.width == 384 && $0.tokens.upperBound == 8 && $0.digest.utf8.count == 64 })
        // BF16 takes two bytes a channel, and every sample has at least one stored token.
        #expect(set.layers.allSatisfy { $0.bytes.isMultiple(of: 2 * 384) && $0.bytes >= 64 * 2 * 384 })
        let task = try #require(set.tasks.first { $0.name == "lexname" })
        #expect(task.kind == "classification")
        #expect(task.classCounts.count == task.classes)
        #expect(task.classCounts.reduce(0, +) == task.samples)
    }

    @Test("make a plan with one pass for each requested layer")
    func plan() throws {
        let specification = try specification("layers: [4]\ntasks: lexname\nfolds: {count: 2}\nprobes: [linear, knn]")
        let plan = try Plan.make(specification, SweepFacts.gather(specification))
        #expect(plan.passes.map(\.layer.layer) == [4])
        #expect(plan.unitCount == 4)
        #expect(plan.passes[0].folder == Self.folder)
    }

    @Test("have the lowest level's tokens and its role where only the control raw reads it")
    func raw() throws {
        let swept = try SweepFacts.gather(specification()).sets[0].layers[0]
        let raw = try SweepFacts.gather(specification("layers: [4]\ncontrols: raw")).sets[0].layers
        #expect(raw.map(\.isRaw) == [true, nil])
        #expect(raw[0].tokens == swept.tokens && raw[0].meanTokens == swept.meanTokens && raw[0].bytes == swept.bytes)
        #expect(swept.isRaw == nil)
    }

    @Test("leave out a task that cannot be read, unless the sweep names it or all")
    func brokenTask() throws {
        let folder = URL.temporaryDirectory.appending(path: "gathering-tests-\(UUID().uuidString)")
        defer { try? FileManager.default.removeItem(at: folder) }
        try FileManager.default.copyItem(atPath: Self.folder, toPath: folder.path)
        try Data("{}".utf8).write(to: folder.appending(path: "tasks/lexname-grouped.json"))
        func gather(_ text: String) throws -> SweepFacts {
            try SweepFacts.gather(SweepSpecification.read(text: "features: \(folder.path)\n\(text)", file: "a.yaml"))
        }
        #expect(try gather("tasks: lexname").sets[0].tasks.map(\.name) == ["lexname"])
        for text in ["", "tasks: [lexname, lexname-grouped]"] {
            let error = #expect(throws: SpecificationError.self) { try gather(text) }
            #expect(error.map { "\($0)" }?.contains("lexname-grouped.json") == true)
        }
    }
}
