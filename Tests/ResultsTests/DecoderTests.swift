import Foundation
import Probes
import Sweeps
import Testing
import Training
import Units

@testable import Results

@Suite("Reading many rows quickly")
struct DecoderTests {
    private static let unit = ProbeUnit(
        features: LayerReference(set: #"a,"fold":{set}"#, digest: "d", layer: 3, width: 8, tokens: 4),
        task: TaskReference(name: "t", digest: "e", kind: "classification", classes: 2, metric: "top1"),
        fold: FoldReference(scheme: "plain", count: 3, seed: 1, repetition: 0, heldOut: 2),
        probe: ProbeConfiguration(type: "linear"),
        solver: Solver(
            NeighbourSettings(neighbours: [5], temperatures: [0.07], similarity: "cosine"),
            selection: SelectionSettings(fraction: 0.1, refit: false)), seed: 5)

    @Test("Units equal those decoded one by one, whatever differs between consecutive ones")
    func units() throws {
        var decoder = UnitDecoder()
        var expected: [ProbeUnit] = []
        for number in 0..<40 {
            var unit = Self.unit
            unit.fold.heldOut = number % 3
            unit.features.layer = number / 7
            unit.seed = number / 11
            if number % 5 == 0 { unit.kernel = "portable" }
            expected.append(unit)
        }
        #expect(try expected.map { try decoder.decode($0.canonicalForm) } == expected)
    }

    private static func result(_ change: (inout UnitResult) -> Void = { _ in }) -> UnitResult {
        var result = UnitResult(
            key: unit.key, metrics: ["top1": 0.1 + 0.2, "nll": 1e-300, "f": -0.0], choice: ["learningRate": 3e-4],
            candidateScores: [0.5, 1, .greatestFiniteMagnitude], trainingSamples: 81, testSamples: 10, parameters: 35,
            trainingMACs: 5.022e13,
            provenance: Provenance(
                programVersion: "1.0", kernelPath: "avx512", host: "machine", worker: "worker-ü", threads: 2,
                blasThreads: 1, attempt: .max, seconds: 0.25))
        change(&result)
        return result
    }

    @Test(
        "Results equal those of JSONDecoder bit for bit",
        arguments: [
            result(), result { $0.metrics = [:] }, result { $0.candidateScores = [] },
            result { $0.diagnostics = SampleResult.make().diagnostics },
            result { $0.observations = SampleResult.make().observations },
            result { ($0.diagnostics, $0.observations) = (TrainingDiagnostics(), TestObservations()) },
            result { $0.provenance.host = #"quoted " and \ and \u{1}"# }, result { $0.trainingMACs = 0 },
        ])
    func results(result: UnitResult) throws {
        for format: JSONEncoder.OutputFormatting in [[], [.prettyPrinted], [.sortedKeys], [.withoutEscapingSlashes]] {
            let encoder = JSONEncoder()
            encoder.outputFormatting = format
            let payload = try encoder.encode(result)
            #expect(try ResultDecoder().decode(payload) == JSONDecoder().decode(UnitResult.self, from: payload))
        }
    }

    @Test(
        "Invalid results are rejected as by JSONDecoder",
        arguments: [
            "", "{}", "[]", #"{"key":"00"}"#, #"{"key":1,"metrics":{}"#,
        ])
    func refuses(payload: String) {
        #expect(throws: DecodingError.self) { try ResultDecoder().decode(Data(payload.utf8)) }
    }

    @Test("A truncated, duplicate or unknown member is left to JSONDecoder")
    func surprises() throws {
        let payload = try JSONEncoder().encode(Self.result())
        for length in stride(from: 0, to: payload.count, by: 17) {
            #expect(throws: DecodingError.self) { try ResultDecoder().decode(payload.prefix(length)) }
        }
        let unknown = Data(String(decoding: payload, as: UTF8.self).dropLast().utf8) + Data(#","later":[1]}"#.utf8)
        #expect(try ResultDecoder().decode(unknown) == Self.result())
    }
}
