import Cluster
import Foundation
import Identities
import Scheduling
import Sweeps
import Synchronization
import Units

/// Trains nothing: every unit gets a result of the usual size immediately, or after a sleep.
final class NoOpTrainer: PassTrainer {
    private struct State {
        var unwanted: Set<Attempt> = []
        var starts: [ContinuousClock.Instant] = []
    }

    private let seconds: Double
    private let tell: @Sendable (Worker.Event) -> Void
    private let queue = DispatchQueue(label: "no-op")
    private let state = Mutex(State())

    init(seconds: Double, tell: @escaping @Sendable (Worker.Event) -> Void) {
        self.seconds = seconds
        self.tell = tell
    }

    /// Seconds from the start of each lease to the start of the next.
    var cycles: [Double] {
        let starts = state.withLock { $0.starts }
        return zip(starts.dropFirst(), starts).map { ($0 - $1) / .seconds(1) }
    }

    func start(_ lease: Lease, _ content: LeaseContent) {
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

    func check(_ inputs: [InputQuery]) { tell(.inputsChecked(inputs.map { InputState(id: $0.id) }, roots: [])) }

    func cancel(_ units: [UnitKey], of attempt: Attempt) {}

    func abandon(_ attempt: Attempt) { state.withLock { _ = $0.unwanted.insert(attempt) } }

    private func report(of unit: UnitKey, _ attempt: Attempt) -> UnitReport {
        let payload = SyntheticResult.payload(unit)
        // A unit that takes no time says nothing about predictions.
        return UnitReport(
            unit: unit, attempt: attempt, outcome: .finished(payload), seconds: seconds > 0 ? seconds : nil)
    }
}

/// A result with as many numbers as that of a trained unit.
enum SyntheticResult {
    private static let key = UnitKey(words: 0xABAB, 0xABAB, 0xABAB, 0xABAB)
    /// The JSON of a result before and after the key.
    private static let parts: [[UInt8]] = {
        let text = String(decoding: encoded(make(key)), as: UTF8.self)
        return text.split(separator: key.description, omittingEmptySubsequences: false).map { Array($0.utf8) }
    }()

    /// JSON of a result, built from a template, so that a unit that trains nothing costs nothing.
    static func payload(_ key: UnitKey) -> [UInt8] { parts[0] + Array(key.description.utf8) + parts[1] }

    private static func encoded(_ result: UnitResult) -> Data {
        guard let data = try? JSONEncoder().encode(result) else { preconditionFailure("The result is finite.") }
        return data
    }

    private static func make(_ key: UnitKey) -> UnitResult {
        let chance = Double(key.bytes[0]) / 255
        return UnitResult(
            key: key, metrics: ["top1": chance, "top5": 1, "macro-f1": chance * chance, "log-loss": 1 - chance],
            choice: ["learningRate": 0.001, "weightDecay": 0.05, "epoch": 1], candidateScores: [chance],
            trainingSamples: 9, testSamples: 1, parameters: 35, trainingMACs: 5_022,
            provenance: Provenance(
                programVersion: "benchmark", kernelPath: "none", host: "localhost", worker: "worker-1", threads: 1,
                blasThreads: 1, attempt: 1, seconds: 0.000_1))
    }
}
