import Identities
import Metrics
import Scheduling
import Sweeps
import Units

/// The rules for every number in a result. Where a definition sets no bound, one keeps sums, squares and means finite.
struct ResultRules {
    /// The largest magnitude of metrics and choices: its square is still finite.
    static let largest = 1e100
    /// The integers that every JSON reader represents exactly.
    static let maximumParameters = 1 << 53
    static let maximumSamples = Int(Int32.max)
    static let maximumOperations = 1e30
    static let maximumSeconds = 1e12

    /// Samples of the unit's feature set, nil where that is not known.
    let samples: Int?

    /// The first problem in the order of the fields; nil for a valid result.
    func problem(in result: UnitResult, of unit: UnitKey) -> String? {
        guard result.key == unit else { return "key is \(result.key), expected \(unit)" }
        return metrics(result.metrics) ?? choice(result.choice) ?? candidates(result.candidateScores)
            ?? counts(result) ?? costs(result) ?? result.diagnostics.flatMap(problem)
            ?? result.observations.flatMap(problem)
    }

    private func metrics(_ metrics: [String: Double]) -> String? {
        for (name, value) in metrics {
            guard let values = Metrics.values(of: name) else {
                return "metrics.\(InvalidResult.printable(name)) is \(value), but there is no such metric"
            }
            guard values.contains(value), abs(value) <= Self.largest else {
                return "metrics.\(name) is \(value), expected \(values)"
            }
        }
        return nil
    }

    private func choice(_ choice: [String: Double]) -> String? {
        // Negated, so that NaN is rejected too.
        guard let (name, value) = choice.first(where: { !(abs($0.value) <= Self.largest) }) else { return nil }
        return "choice.\(InvalidResult.printable(name)) is \(value), expected at most \(Self.largest)"
    }

    private func candidates(_ scores: [Double]) -> String? {
        guard let index = scores.firstIndex(where: { !Self.isScore($0) }) else { return nil }
        return "candidateScores[\(index)] is \(scores[index]), expected at most \(Self.largest)"
    }

    /// A candidate without a score has the worst possible one, ± the largest number (`Scoring.worst`).
    static func isScore(_ value: Double) -> Bool {
        abs(value) <= largest || abs(value) == .greatestFiniteMagnitude
    }

    private func counts(_ result: UnitResult) -> String? {
        let most = samples ?? Self.maximumSamples
        guard 0...most ~= result.trainingSamples else {
            return "trainingSamples is \(result.trainingSamples), expected 0 to \(most)"
        }
        guard 1...max(1, most) ~= result.testSamples else {
            return "testSamples is \(result.testSamples), expected 1 to \(most)"
        }
        let both = result.trainingSamples + result.testSamples
        guard both <= most else {
            return "trainingSamples + testSamples is \(both), expected at most \(most)"
        }
        guard 0...Self.maximumParameters ~= result.parameters else {
            return "parameters is \(result.parameters), expected 0 to \(Self.maximumParameters)"
        }
        return nil
    }

    private func costs(_ result: UnitResult) -> String? {
        guard 0...Self.maximumOperations ~= result.trainingMACs else {
            return "trainingMACs is \(result.trainingMACs), expected 0 to \(Self.maximumOperations)"
        }
        let provenance = result.provenance
        guard 0...Self.maximumSeconds ~= provenance.seconds else {
            return "provenance.seconds is \(provenance.seconds), expected 0 to \(Self.maximumSeconds)"
        }
        for (name, threads) in [("threads", provenance.threads), ("blasThreads", provenance.blasThreads)]
        where !(0...Self.maximumSamples ~= threads) {
            return "provenance.\(name) is \(threads), expected 0 to \(Self.maximumSamples)"
        }
        return nil
    }
}
