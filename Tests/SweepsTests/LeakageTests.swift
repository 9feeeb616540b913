import Features
import Foundation
import Sweeps
import Testing

@Suite("Leakage between folds")
struct LeakageTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "leakage-\(UUID().uuidString)").path
    /// Of the untrained set beside it.
    private var untrained: String { "\(folder)-untrained" }

    /// Forty samples on two layers, half of them of each class, in groups of four, the last ten a split to test on.
    ///
    /// - Parameters:
    ///   - copies: samples with the bytes of another.
    ///   - groups: the group of each sample.
    ///   - randomWeights: the seed of an untrained backbone, whose set stands beside the trained one.
    private func write(
        copies: [Int: Int] = [:], ids: [String]? = nil, groups: [Int32] = (0..<40).map { $0 / 4 },
        randomWeights: Int? = nil
    ) throws {
        let folder = randomWeights == nil ? self.folder : untrained
        let shift = randomWeights ?? 0
        let writer = try FeatureSetWriter.create(
            folder, name: randomWeights == nil ? "set" : "random",
            backbone: .init(name: "none", revision: "0", randomWeights: randomWeights), samples: 40,
            layout: .init(classToken: false))
        for index in [3, 5] {
            try writer.writeLayer(
                .init(index: index, name: "layer \(index)", width: 4, dtype: .float32, finalNorm: false),
                lengths: .equal(tokens: 2, samples: 40)
            ) { range, buffer in
                for (place, sample) in range.enumerated() {
                    let source = copies[sample] ?? sample
                    for element in 0..<8 {
                        buffer.storeBytes(
                            of: Float(index * 1000 + source * 8 + element + shift),
                            toByteOffset: (place * 8 + element) * 4, as: Float.self)
                    }
                }
            }
        }
        if ids != nil { try writer.writeIDs((0..<40).map { "id \($0)" }) }
        try writer.writeTask(
            FeatureTask(
                name: "task", kind: .classification, metric: "top1", classes: 2, samples: Array(0..<40),
                targets: .classes((0..<40).map { Int32($0 % 2) }), groups: groups,
                split: (0..<40).map { $0 >= 30 ? 1 : 0 }))
        _ = try writer.finish()
        // The writer refuses what others' tools do write.
        if let ids { try Data((ids.joined(separator: "\n") + "\n").utf8).write(to: URL(filePath: "\(folder)/ids.txt")) }
    }

    private func findings(_ folds: String, isControlled: Bool = false) throws -> [LeakageFinding] {
        defer { for path in [folder, untrained] { try? FileManager.default.removeItem(atPath: path) } }
        let features = isControlled ? "{path: \(folder), untrained: [\(untrained)]}" : folder
        let controls = isControlled ? "random-weights" : "none"
        let specification = try SweepSpecification.read(
            text: """
                features: [\(features)]
                layers: [5, 3]
                folds: \(folds)
                probes: [knn]
                controls: \(controls)
                """, file: "a.yaml")
        return try LeakageCheck.findings(in: Plan.make(specification, SweepFacts.gather(specification)))
    }

    @Test("is not found if there is none")
    func none() throws {
        try write(ids: (0..<40).map { "\($0)" })
        #expect(try findings("{scheme: grouped, count: 5}").isEmpty)
    }

    @Test("of groups is found if the folds separate them", arguments: ["stratified", "plain"])
    func groups(_ scheme: String) throws {
        try write()
        let found = try findings("{scheme: \(scheme), count: 5}")
        #expect(found.map(\.kind) == [.spanningGroups])
        #expect(found.first.map { $0.count == 10 && $0.tested == 40 && $0.samples == 40 } == true)
    }

    @Test("in an untrained set is told by its seed from that in the trained one, whose name it bears")
    func untrainedSet() throws {
        try write()
        try write(randomWeights: 5)
        let found = try findings("{scheme: plain, count: 5}", isControlled: true)
        #expect(found.map(\.set) == ["set", "set"] && found.map(\.randomWeights) == [nil, 5])
        #expect(found.last?.description.hasPrefix("set [random weights 5], task task: 40 of 40 samples") == true)
    }

    @Test("of groups is counted on a predefined split")
    func predefined() throws {
        // Samples 28 to 31 are one group: two train, two are tested.
        try write()
        let found = try #require(findings("{scheme: predefined}").first)
        #expect(found.kind == .spanningGroups && found.count == 1 && found.tested == 2)
        #expect(found.example.contains { $0 < 30 } && found.example.contains { $0 >= 30 })
    }

    @Test("of identical samples is found on the first layer that is read, and only if the folds separate them")
    func copies() throws {
        // 35 copies 2 over the split; 6 copies 5 on one side of it.
        try write(copies: [35: 2, 6: 5], groups: Array(repeating: 0, count: 30) + Array(repeating: 1, count: 10))
        let found = try #require(findings("{scheme: predefined}").first)
        #expect(found.kind == .identicalSamples && found.count == 1 && found.tested == 1)
        #expect(found.example == [35, 2] && found.note == "compared on layer 3")
        #expect(found.description.contains("1 of 40 samples (2.5 %) are tested while a sample with the same bytes"))
    }

    @Test("of identical samples within a group that folds keep together is not reported")
    func copiesWithinGroup() throws {
        try write(copies: [6: 5, 21: 20])
        #expect(try findings("{scheme: grouped, count: 5}").isEmpty)
    }

    @Test("of ids is found although the reader of ids would reject them")
    func ids() throws {
        var ids = (0..<40).map { "\($0)" }
        ids[39] = ids[0]
        try write(ids: ids, groups: Array(repeating: 0, count: 30) + Array(repeating: 1, count: 10))
        let found = try findings("{scheme: predefined}")
        #expect(found.map(\.kind) == [.duplicateIDs])
        #expect(found.first.map { $0.count == 1 && $0.tested == 1 && $0.example == [39, 0] } == true)
    }
}
