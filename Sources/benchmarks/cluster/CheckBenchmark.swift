import ArgumentParser
import Cluster
import Foundation
import Identities
import Results
import Scheduling
import Sweeps
import Units

/// Measures the check of a result before its commit.
struct CheckBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "check", abstract: "Measure the check of a reported result, in nanoseconds of processor time.")

    @Option(help: "Results in a run.")
    var results = 200_000

    func run() {
        tell("no-op result", SyntheticResult.payload(Self.key))
        tell("trained result, 16 candidates", trained(candidates: 16))
        tell("the same, to be decoded", trained(candidates: 16, host: "a/b"))
    }

    private static let key = UnitKey(words: 0x5C5C, 0x5C5C, 0x5C5C, 0x5C5C)

    private func tell(_ name: String, _ payload: [UInt8]) {
        let unit = Self.key
        let check = ResultCheck()
        if let problem = check.problem(in: payload, of: unit, samples: 100) {
            return print("\(name): refused, \(problem)")
        }
        let time = measure(runs: 5) {
            for _ in 0..<results { _ = check.problem(in: payload, of: unit, samples: 100) }
        }
        print("\(name), \(payload.count) bytes: \(Int(1e9 * time.processor / Double(results))) ns")
    }

    /// With as many digits as training gives.
    private func trained(candidates: Int, host: String = "machine") -> [UInt8] {
        let values = (1...candidates).map { 1 / (Double($0) + 0.123_456_789) }
        let names = ["top1", "top5", "balanced-accuracy", "macro-f1", "weighted-f1", "log-loss", "ece"]
        let result = UnitResult(
            key: Self.key, metrics: Dictionary(uniqueKeysWithValues: zip(names, values)),
            choice: ["learningRate": 0.003, "weightDecay": 0.05, "epoch": 17], candidateScores: values,
            trainingSamples: 81, testSamples: 10, parameters: 384_000, trainingMACs: 5.022e13,
            provenance: Provenance(
                programVersion: "0.1.0", kernelPath: "avx512", host: host, worker: "worker-1", threads: 1,
                blasThreads: 1, attempt: 1 << 32 | 7, seconds: 0.123_456_789))
        return (try? JSONEncoder().encode(result)).map(Array.init) ?? []
    }
}
