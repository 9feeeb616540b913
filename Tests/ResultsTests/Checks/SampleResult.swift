import Foundation
import Identities
import Probes
import Sweeps
import Units

@testable import Results

/// A sound result and what can be done to it.
enum SampleResult {
    static let key = UnitKey(
        words: 0x0007_0E15_1C23_2A31, 0x383F_464D_545B_6269, 0x7077_7E85_8C93_9AA1, 0xA8AF_B6BD_C4CB_D2D9)
    static let digest = key
    static let samples = 100

    static func make(_ key: UnitKey = key, _ change: (inout UnitResult) -> Void = { _ in }) -> UnitResult {
        var result = UnitResult(
            key: key,
            metrics: ["top1": 0.1 + 0.2, "macro-f1": 1, "log-loss": 1.5e-7, "ece": 0, "kendall-tau": -1, "r2": -1e6],
            choice: ["learningRate": 3e-4, "epoch": 7], candidateScores: [0.5, -.greatestFiniteMagnitude, 1e-300],
            trainingSamples: 81, testSamples: 10, parameters: 35, trainingMACs: 5.022e13,
            diagnostics: TrainingDiagnostics(
                candidates: ["rate": [0.1 + 0.2, 1, 3], "weightDecay": [0, 0, 0]],
                losses: [0.5, .greatestFiniteMagnitude, -1e-9], diverged: [1], chosenBy: .loss,
                undefined: "no positives", innerRows: 12, innerScore: 1.0 / 3, edges: ["rate": .highest], extensions: 1,
                steps: 40, isLastEpoch: true, isCutOff: false, trainingScore: 0.1 + 0.7),
            observations: TestObservations(
                chance: 0.3 - 0.1, leastPositives: 2, undefined: ["spearman": "constant predictions"]),
            provenance: Provenance(
                programVersion: "0.1.0", kernelPath: "avx512", host: "machine", worker: "worker-1", threads: 2,
                blasThreads: 1, attempt: 1 << 32 | 7, seconds: 0.25))
        change(&result)
        return result
    }

    static func json(_ result: UnitResult = make()) throws -> String {
        String(decoding: try JSONEncoder().encode(result), as: UTF8.self)
    }

    /// The JSON with one member's value written otherwise.
    static func json(_ member: String, as value: String) throws -> String {
        let json = try json()
        guard let name = json.range(of: "\"\(member)\":") else { return json }
        let rest = json[name.upperBound...]
        let closing: [Character: Character] = ["[": "]", "{": "}"]
        let end =
            rest.first.flatMap { closing[$0] }.flatMap { last in rest.firstIndex(of: last).map(rest.index(after:)) }
            ?? rest.firstIndex { ",}".contains($0) } ?? rest.endIndex
        return json[..<name.upperBound] + value + rest[end...]
    }
}
