import Attention
import Foundation
import Identities
import Numerics
import Probes
import Synchronization
import Testing
import Units

@testable import Features
@testable import Training

@Suite("Analyses of heads, in the pass that trains them")
struct PassAnalysisTests {
    private let set: BoxedSet

    init() throws { set = try BoxedSet() }

    /// What waits for the heads of a pass, in the order in which it is made.
    private func outcomes(
        of work: PassWork, memory: Int = 1 << 30, reached: @escaping @Sendable (String) -> Void = { _ in },
        isCancelled: @escaping @Sendable (UnitKey) -> Bool = { _ in false }
    ) throws -> [TrainingOutcome] {
        let settings = PassSettings(
            threads: 1, kernel: .portable, memoryBudget: memory,
            provenance: Provenance(
                programVersion: "test", kernelPath: "portable", host: "", worker: "", threads: 1, blasThreads: 0,
                attempt: 1, seconds: 0))
        let outcomes = Mutex<[TrainingOutcome]>([])
        try work.pass(settings).run(
            PassObserver(finished: { outcome in
                let made = work.outcomes(of: outcome, settings, reached: reached, isCancelled: isCancelled)
                outcomes.withLock { $0 += made }
            }))
        return outcomes.withLock { $0 }
    }

    private func results(_ outcomes: [TrainingOutcome]) -> [UnitKey: UnitResult] {
        var results: [UnitKey: UnitResult] = [:]
        for case .trained(let trained) in outcomes { results[trained.result.key] = trained.result }
        return results
    }

    @Test("Boxes are read once, before anything is trained")
    func boxes() throws {
        let analyses = try (0..<2).map { try set.unit(fold: $0).analysed(on: "portable", regions: set.boxes) }
        let work = try set.work(analyses)
        try FileManager.default.removeItem(atPath: "\(set.path)/boxes.jsonl")
        let found = results(try outcomes(of: work))
        #expect(Set(found.keys) == Set(analyses.map(\.key)))
        #expect(found.values.allSatisfy { $0.attention?.location?.regions == set.boxes })
    }

    @Test("Boxes that cannot be read, or are other ones, fail the analyses that ask for them, and no other")
    func otherBoxes() throws {
        let units = try (0..<2).map { try set.unit(fold: $0) }
        let other = units[0].analysed(on: "portable", regions: String(repeating: "0", count: 64))
        let without = units[1].analysed(on: "portable", regions: nil)
        func reason(_ outcomes: [TrainingOutcome]) -> String {
            for case .failed(other.key, let error) in outcomes { return "\(error)" }
            return "none"
        }
        let changed = try outcomes(of: try set.work([other, without]))
        #expect(reason(changed).contains("has other boxes or masks"), "\(reason(changed))")
        #expect(Array(results(changed).keys) == [without.key])
        try Data("{".utf8).write(to: URL(fileURLWithPath: "\(set.path)/boxes.jsonl"))
        let unreadable = try outcomes(of: try set.work([other, without]))
        #expect(reason(unreadable).contains("boxes.jsonl"), "\(reason(unreadable))")
        #expect(Array(results(unreadable).keys) == [without.key])
    }

    @Test("A trained unit waits for itself, for its analyses, or for both, each by its own key")
    func waiting() throws {
        let unit = try set.unit(fold: 0)
        let analysis = unit.analysed(on: "portable", regions: nil)
        let waiting = WaitingUnits([analysis, unit, try set.unit(fold: 1).analysed(on: "portable", regions: nil)])
        #expect(waiting.trained.map(\.key) == [unit.key, try set.unit(fold: 1).key])
        #expect(Set(waiting.keys(waitingFor: unit.key)) == [analysis.key, unit.key])
        #expect(WaitingUnits([unit]).keys(waitingFor: unit.key) == [unit.key])
        let found = results(try outcomes(of: try set.work([analysis, unit])))
        #expect(found[unit.key]?.attention == nil && found[analysis.key]?.attention != nil && found.count == 2)
    }

    @Test("Each analysis is told of before it is made, and one that was cancelled meanwhile is not made")
    func cancelled() throws {
        let analyses = try (0..<2).map { try set.unit(fold: $0).analysed(on: "portable", regions: nil) }
        let places = Mutex<[String]>([])
        let made = try outcomes(
            of: try set.work(analyses), reached: { place in places.withLock { $0.append(place) } },
            isCancelled: { [key = analyses[0].key] in $0 == key })
        #expect(made.map(\.key) == [analyses[1].key])
        #expect(places.withLock { $0 } == ["the analysis of unit \(analyses[1].key)"])
    }

    @Test(
        "Heads leave room for their analyses: the budget that a refusal names has room for both, and little less has not"
    )
    func memory() throws {
        let unit = try set.unit(fold: 0)
        let analysis = unit.analysed(on: "portable", regions: nil)
        let (both, alone) = (try set.work([analysis]), try set.work([unit]))
        func smallest(_ work: PassWork) throws -> Int {
            guard case .failed(_, let error)? = try outcomes(of: work, memory: 1_000).first else { return 0 }
            return try #require(error.smallestBudget)
        }
        let (needed, neededAlone) = (try smallest(both), try smallest(alone))
        let footprint = both.analysisFootprint(threads: 1)
        #expect(footprint.fixed > 0 && footprint.logits > 0)
        #expect(needed >= neededAlone + footprint.fixed)
        #expect(results(try outcomes(of: both, memory: needed)).count == 1)
        #expect(results(try outcomes(of: both, memory: needed * 99 / 100)).isEmpty)
        #expect(results(try outcomes(of: alone, memory: neededAlone)).count == 1)
    }

    @Test("An analysis is predicted to take longer than the training that it needs")
    func predicted() throws {
        let unit = try set.unit(fold: 0)
        let analysis = unit.analysed(on: "portable", regions: nil)
        let training = try set.work([unit]).predictedSeconds(speed: 1)
        let analysing = try set.work([analysis]).predictedSeconds(speed: 1)
        #expect(try #require(analysing[analysis.key]) > (try #require(training[unit.key])))
    }
}

/// 60 samples on a grid of 2 × 3 tokens, with a box in each.
private final class BoxedSet {
    let path: String
    /// SHA-256.
    let boxes: String
    private let set: FeatureSet

    init() throws {
        path = FileManager.default.temporaryDirectory.appending(path: "analyses-\(UUID().uuidString)").path
        let writer = try FeatureSetWriter.create(
            path, name: "boxed", backbone: .init(name: "none", revision: "0"), samples: 60,
            layout: .init(classToken: true, grid: [2, 3]))
        let random = CounterGenerator(key: 3, stream: 0)
        try writer.writeLayer(
            .init(index: 1, name: "block 1", width: 8, dtype: .float32, finalNorm: false),
            lengths: .equal(tokens: 7, samples: 60)
        ) { (range, buffer) throws(FeatureError) in
            let values = buffer.assumingMemoryBound(to: Float.self)
            for place in 0..<range.count * 56 {
                values[place] = Float(random.normal(at: UInt64(range.lowerBound * 56 + place)))
            }
        }
        try writer.writeTask(
            FeatureTask(
                name: "class", kind: .classification, metric: "top1", classes: 3, samples: Array(0..<60),
                targets: .classes((0..<60).map { Int32($0 % 3) })))
        _ = try writer.finish()
        boxes = try Self.writeBoxes(in: path)
        set = try FeatureSet.open(path)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }

    private static func writeBoxes(in path: String) throws -> String {
        let file = "\(path)/boxes.jsonl"
        let lines = (0..<60).map { #"{"sample": "\#($0)", "boxes": [[0, 0, 0.5, \#($0 % 2 == 0 ? 0.5 : 1)]]}"# }
        try Data((lines.joined(separator: "\n") + "\n").utf8).write(to: URL(fileURLWithPath: file))
        let digest = FileDigest.sha256(of: try MappedFile.open(file))
        let manifest = URL(fileURLWithPath: "\(path)/featureset.json")
        var fields = try #require(JSONSerialization.jsonObject(with: Data(contentsOf: manifest)) as? [String: Any])
        fields["boxes"] = ["file": "boxes.jsonl", "sha256": digest]
        try JSONSerialization.data(withJSONObject: fields).write(to: manifest)
        return digest
    }

    func unit(fold: Int) throws -> ProbeUnit {
        ProbeUnit(
            features: LayerReference(
                set: "boxed", digest: try set.digest(ofLayer: 1), layer: 1, width: 8, tokens: 6),
            task: TaskReference(
                name: "class", digest: try set.task("class").digest, kind: "classification", classes: 3,
                metric: "top1"),
            fold: FoldReference(scheme: "stratified", count: 3, seed: 0, repetition: 0, heldOut: fold),
            probe: try ProbeCatalog.complete(ProbeConfiguration(type: "efficient", options: ["queries": .integer(4)])),
            solver: Solver(
                UnitsUnderTest.gradient(rates: [0.1], epochs: 2, batch: 16),
                selection: SelectionSettings(fraction: 0.2, refit: false)),
            seed: 0, kernel: "portable")
    }

    func work(_ units: [ProbeUnit]) throws -> PassWork {
        var locator = FeatureLocator(roots: [])
        let forms = Dictionary(uniqueKeysWithValues: units.map { ($0.key, $0.canonicalForm.bytes) })
        return try PassWork(forms, folders: [path], &locator)
    }
}
