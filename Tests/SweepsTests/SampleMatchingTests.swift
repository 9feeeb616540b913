import Features
import Foundation
import Sweeps
import Testing
import Training

@Suite("Feature sets that share samples")
final class SampleMatchingTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "matching-\(UUID().uuidString)").path

    deinit { try? FileManager.default.removeItem(atPath: folder) }

    /// A set of samples with the ids `picture N`, of class N mod 2, stored from the last to the first.
    private func write(
        _ name: String, _ numbers: [Int], ids: Bool = true, label: (Int) -> Int32 = { Int32($0 % 2) },
        group: ((Int) -> Int32)? = nil
    ) throws {
        let stored = Array(numbers.reversed())
        let writer = try FeatureSetWriter.create(
            "\(folder)/\(name)", name: name, backbone: .init(name: "none", revision: "0"), samples: stored.count,
            layout: .init(classToken: false))
        try writer.writeLayer(
            .init(index: 0, name: "layer", width: 1, dtype: .float32, finalNorm: false),
            lengths: .equal(tokens: 1, samples: stored.count)
        ) { range, buffer in
            for (place, sample) in range.enumerated() {
                buffer.storeBytes(of: Float(stored[sample]), toByteOffset: place * 4, as: Float.self)
            }
        }
        if ids { try writer.writeIDs(stored.map { "picture \($0)" }) }
        try writer.writeTask(
            FeatureTask(
                name: "task", kind: .classification, metric: "top1", classes: 2, classNames: ["even", "odd"],
                samples: Array(stored.indices), targets: .classes(stored.map(label)), groups: group.map(stored.map)))
        _ = try writer.finish()
    }

    private func gather(_ sets: [String], _ text: String = "") throws -> SweepFacts {
        let folders = sets.map { "\(folder)/\($0)" }.joined(separator: ", ")
        return try SweepFacts.gather(
            SweepSpecification.read(text: "features: [\(folders)]\nprobes: [knn]\n\(text)", file: "a.yaml"))
    }

    private func refusal(_ sets: [String], _ text: String = "") -> String {
        let error = #expect(throws: SpecificationError.self) { try gather(sets, text) }
        return error.map { "\($0)" } ?? ""
    }

    @Test("have one task, whatever the order they are stored in")
    func same() throws {
        try write("first", Array(0..<20))
        try write("second", [3, 1, 2] + Array(4..<20) + [0])
        let facts = try gather(["first", "second"])
        #expect(facts.sets[0].tasks[0].digest == facts.sets[1].tasks[0].digest)
        #expect(facts.sets[0].tasks[0].common == nil)
    }

    @Test("and lack some of them are refused with the counts")
    func lacking() throws {
        try write("first", Array(0..<20))
        try write("second", Array(5..<22))
        let text = refusal(["first", "second"])
        #expect(text.contains("second lacks 5 of the 20 samples that first has"))
        #expect(text.contains("first lacks 2 of the 17 samples that second has"))
        #expect(text.contains("samples: common"))
    }

    @Test("are cut to what they share, and the shares of classes that were dropped are known")
    func common() throws {
        try write("first", Array(0..<20))
        try write("second", Array(5..<22))
        try write("third", Array(5..<20))
        let tasks = try gather(["first", "second", "third"], "samples: common").sets.map { $0.tasks[0] }
        #expect(Set(tasks.map(\.digest)).count == 1)
        #expect(tasks.map(\.samples) == [15, 15, 15])
        #expect(tasks[0].dropped == DroppedSamples(samples: 5, classCounts: [3, 2]))
        #expect(tasks[1].dropped == DroppedSamples(samples: 2, classCounts: [1, 1]))
        #expect(tasks[2].dropped == nil && tasks[2].common == nil)
        #expect(tasks[0].common?.count == 3)
    }

    @Test("and give one of them another label or group are refused by its id", arguments: ["same", "common"])
    func conflicts(_ matching: String) throws {
        try write("first", Array(0..<20), group: { Int32($0 / 2) })
        try write("label", Array(0..<20), label: { $0 == 7 ? 0 : Int32($0 % 2) }, group: { Int32($0 / 2) })
        try write("group", Array(0..<20), group: { $0 == 7 ? 0 : Int32($0 / 2) })
        try write("ungrouped", Array(0..<20))
        #expect(refusal(["first", "label"], "samples: \(matching)").contains("\"picture 7\" for one: odd and even"))
        #expect(refusal(["first", "group"], "samples: \(matching)").contains("other groups"))
        #expect(refusal(["first", "ungrouped"], "samples: \(matching)").contains("differ in groups: 10 and none"))
        #expect(try gather(["first", "label"], "samples: own").sets.count == 2)
    }

    @Test("do not concern sets that share none, or have no ids")
    func unlike() throws {
        try write("first", Array(0..<20))
        try write("other", Array(100..<130))
        try write("nameless", Array(0..<25), ids: false)
        for matching in SampleMatching.allCases {
            let tasks = try gather(["first", "other", "nameless"], "samples: \(matching)").sets.map { $0.tasks[0] }
            #expect(tasks.map(\.samples) == [20, 30, 25])
        }
    }

    @Test("plan, rows and leakage see the cut task")
    func plan() throws {
        try write("first", Array(0..<20))
        try write("second", Array(5..<22))
        let folders = ["first", "second"].map { "\(folder)/\($0)" }.joined(separator: ", ")
        let specification = try SweepSpecification.read(
            text: "features: [\(folders)]\nsamples: common\nfolds: {count: 3}\nprobes: [linear]", file: "a.yaml")
        let plan = try Plan.make(specification, SweepFacts.gather(specification))
        for rows in try plan.rowsOfFolds() {
            #expect(rows.rows.training[0] + rows.rows.validation[0] + rows.rows.test == 15)
        }
        #expect(try LeakageCheck.findings(in: plan).isEmpty)
    }
}
