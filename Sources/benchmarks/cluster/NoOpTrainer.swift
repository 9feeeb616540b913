import Cluster
import Foundation
import Scheduling
import Sweeps
import Synchronization

/// Trains nothing: every unit has a result of the usual size at once, or after a sleep.
final class NoOpTrainer: PassTrainer {
    private struct State {
        var unwanted: Set<Attempt> = []
        var starts: [ContinuousClock.Instant] = []
    }

    private let seconds: Double
    private let name: String
    private let tell: @Sendable (Worker.Event) -> Void
    private let queue = DispatchQueue(label: "no-op")
    private let state = Mutex(State())

    init(seconds: Double, name: String, tell: @escaping @Sendable (Worker.Event) -> Void) {
        self.seconds = seconds
        self.name = name
        self.tell = tell
    }

    /// Seconds from the start of each lease to the start of the next.
    var cycles: [Double] {
        let starts = state.withLock { $0.starts }
        return zip(starts.dropFirst(), starts).map { ($0 - $1) / .seconds(1) }
    }

    func start(_ lease: Lease, forms: [UnitDigest: Data], folder: String) {
        state.withLock { $0.starts.append(.now) }
        queue.async { [self] in
            for unit in lease.units {
                if state.withLock({ $0.unwanted.contains(lease.attempt) }) { break }
                if seconds > 0 { Thread.sleep(forTimeInterval: seconds) }
                tell(.unitsEnded([report(of: unit, lease.attempt)]))
            }
            tell(.passEnded(lease.attempt, reason: nil))
        }
    }

    func cancel(_ units: [UnitDigest], of attempt: Attempt) {}

    func abandon(_ attempt: Attempt) { state.withLock { _ = $0.unwanted.insert(attempt) } }

    private func report(of unit: UnitDigest, _ attempt: Attempt) -> UnitReport {
        let result = SyntheticResult.make(UnitKey(digest: unit.bytes), worker: name, attempt: attempt.number)
        guard let payload = try? JSONEncoder().encode(result) else {
            preconditionFailure("A synthetic result is finite.")
        }
        return UnitReport(unit: unit, attempt: attempt, outcome: .finished(Array(payload)))
    }
}

/// A result with as many figures as a trained unit has.
enum SyntheticResult {
    static func make(_ key: UnitKey, worker: String, attempt: UInt64) -> UnitResult {
        let chance = Double(key.digest[0]) / 255
        return UnitResult(
            key: key, metrics: ["top1": chance, "top5": 1, "macroF1": chance * chance, "nll": 1 - chance],
            choice: ["learningRate": 0.001, "weightDecay": 0.05, "epoch": 1], candidateScores: [chance],
            trainingSamples: 81, testSamples: 10, parameters: 35, trainingMACs: 5_022,
            provenance: Provenance(
                programVersion: "benchmark", kernelPath: "none", host: "localhost", worker: worker, threads: 1,
                blasThreads: 1, attempt: attempt, seconds: 0.000_1))
    }
}
