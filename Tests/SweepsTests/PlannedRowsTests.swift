import Features
import Foundation
import Sweeps
import Testing
import Training
import Units

@Suite("Rows of a plan's folds")
struct PlannedRowsTests {
    private let folder = FileManager.default.temporaryDirectory.appending(path: "rows-\(UUID().uuidString)").path

    /// The rows of a plan over one layer of pooled features with two classes in turn.
    private func rows(_ groups: [Int32], _ fields: String) throws -> [PlannedRows] {
        defer { try? FileManager.default.removeItem(atPath: folder) }
        try write("set", in: folder, groups)
        return try rows(features: folder, fields)
    }

    private func rows(features: String, _ fields: String) throws -> [PlannedRows] {
        let specification = try SweepSpecification.read(
            text: "features: \(features)\nprobes: [{type: knn, input: mean}]\n" + fields, file: "a.yaml")
        return try Plan.make(specification, SweepFacts.gather(specification)).rowsOfFolds()
    }

    private func write(_ name: String, in folder: String, _ groups: [Int32], randomWeights: Int? = nil) throws {
        let samples = groups.count
        let writer = try FeatureSetWriter.create(
            folder, name: name, backbone: .init(name: "none", revision: "0", randomWeights: randomWeights),
            samples: samples, layout: .init(classToken: false))
        try writer.writeLayer(
            .init(index: 0, name: "layer", width: 2, dtype: .float32, finalNorm: false),
            lengths: .equal(tokens: 1, samples: samples)
        ) { range, buffer in
            for element in 0..<2 * range.count {
                let value = Float(element + (randomWeights ?? 0))
                buffer.storeBytes(of: value, toByteOffset: 4 * element, as: Float.self)
            }
        }
        try writer.writeTask(
            FeatureTask(
                name: "task", kind: .classification, metric: "top1", classes: 2, samples: Array(0..<samples),
                targets: .classes((0..<samples).map { Int32($0 % 2) }), groups: groups))
        _ = try writer.finish()
    }

    private let even = (0..<200).map { Int32($0 / 4) }

    @Test("are those of every fold, and add up to the task's")
    func counts() throws {
        let rows = try rows(even, "folds: {scheme: stratified, count: 4}\nselection: {method: split, fraction: 0.2}")
        #expect(rows.map(\.fold.heldOut) == [0, 1, 2, 3])
        #expect(rows.allSatisfy { $0.rows.test == 50 && $0.rows.validation == [30] && $0.rows.training == [120] })
        #expect(rows.allSatisfy { $0.warning == nil })
    }

    @Test("are given once for a set and the untrained ones beside it")
    func untrained() throws {
        let folders = (0..<3).map { "\(folder)-\($0)" }
        defer { for folder in folders { try? FileManager.default.removeItem(atPath: folder) } }
        for (number, folder) in folders.enumerated() {
            try write("set \(number)", in: folder, even, randomWeights: number == 0 ? nil : number)
        }
        let features = "[{path: \(folders[0]), untrained: [\(folders[1]), \(folders[2])]}]"
        let rows = try rows(features: features, "controls: random-weights\nfolds: {count: 4}")
        #expect(rows.map(\.fold.heldOut) == [0, 1, 2, 3] && rows.allSatisfy { $0.set == "set 0" })
    }

    @Test("are given for every inner fold, and for either protocol")
    func innerFolds() throws {
        let rows = try rows(
            even, "folds: {scheme: grouped, count: 4}\nselection: {method: folds, folds: 3}\nprotocol: both")
        #expect(rows.count == 8)
        #expect(rows[0].rows.validation.count == 3)
        let published = rows.filter { $0.selection.isOptimistic }
        #expect(published.allSatisfy { $0.rows.validation == [$0.rows.test] })
    }

    @Test("keep the share where groups are of unlike size, and are warned of where no groups have it")
    func unlikeGroups() throws {
        let folds = "folds: {scheme: grouped, count: 3}\nselection: {method: split, fraction: 0.1}"
        let divisible = try rows((0..<500).map { Int32($0 < 200 ? 0 : $0 / 5) }, folds)
        #expect(divisible.allSatisfy { $0.warning == nil })
        let coarse = try rows((0..<400).map { Int32($0 / 100) }, folds)
        let warnings = coarse.compactMap(\.warning)
        #expect(!warnings.isEmpty)
        #expect(warnings.allSatisfy { $0.contains("100 of 300 rows are held back") || $0.contains("100 of 200 rows") })
    }
}
