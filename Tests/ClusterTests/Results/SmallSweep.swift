import Features
import Foundation
import Identities
import Ledger
import Numerics
import Sweeps
import TestKit
import Units

@testable import Cluster

/// A sweep over real, small features: two layers, three folds, two probes, twelve units that keep predictions.
struct SmallSweep {
    let folder: TemporaryFolder
    let source: SweepSource
    var state: String { folder.file("state").path }

    init() throws {
        folder = try TemporaryFolder()
        var features = SyntheticFeatures(samples: 60, tokens: 3, width: 8, classes: 2)
        features.layers = 2
        _ = try features.write(to: folder.file("features").path, threads: ThreadPool(threads: 1))
        let specification = folder.file("small.yaml")
        try """
        name: small
        features: \(folder.file("features").path)
        tasks: [class]
        folds: {count: 3}
        probes: [{type: linear, input: mean}, {type: linear, input: class}]
        training: {learning-rates: [0.1], epochs: 2, warmup: 0, batch: 16}
        keep: predictions
        """.write(to: specification, atomically: true, encoding: .utf8)
        source = try SweepSource.read(specification.path)
    }

    /// Writes the sweep down and returns the keys of its units.
    func enter(into ledger: Ledger) async throws -> [UnitKey] {
        let accepted = try await withCheckedThrowingContinuation { continuation in
            SweepRegistrar(ledger).take(SweepRequest(source: source, requester: .local)) {
                continuation.resume(with: $0)
            }
        }
        return try ledger.reader.rows(of: accepted.receipt.number).map(\.key)
    }

    /// What a worker might report of a unit: a sound result with predictions of twenty rows.
    static func payload(_ key: UnitKey, _ change: (inout UnitResult) -> Void = { _ in }) throws -> Data {
        var result = UnitResult(
            key: key, metrics: ["top1": 0.5 + Double(key.bytes[0]) / 1_000], choice: ["epoch": 7],
            candidateScores: [0.5], trainingSamples: 36, testSamples: 20, parameters: 18, trainingMACs: 5.022e13,
            provenance: Provenance(
                programVersion: "0.1.0", kernelPath: "portable", host: "machine", worker: "worker-1", threads: 2,
                blasThreads: 1, attempt: 1 << 32 | 7, seconds: 0.25))
        change(&result)
        let predictions = Predictions(rows: Array(0..<20), outputs: 2, scores: (0..<40).map { Float($0 % 3) })
        return Data(
            ResultPayload(
                result: Array(try JSONEncoder().encode(result)), predictions: Array(predictions.encoded)
            ).bytes)
    }
}
