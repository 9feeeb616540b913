import Metrics
import Units

/// The rules for how a head was found, and for what test rows say of a score.
extension ResultRules {
    /// Bytes of the longest name of a choice.
    static let longestName = 64
    /// Bytes of the longest reason.
    static let longestReason = 1000
    /// Of one unit. No result of valid size has more.
    static let maximumCandidates = 65_535

    /// The first problem; nil for valid diagnostics.
    func problem(in diagnostics: TrainingDiagnostics) -> String? {
        candidates(of: diagnostics) ?? counts(of: diagnostics) ?? scores(of: diagnostics)
            ?? reason(diagnostics.undefined, "diagnostics.undefined")
    }

    /// The first problem; nil for valid observations.
    func problem(in observations: TestObservations) -> String? {
        let most = samples ?? Self.maximumSamples
        if let least = observations.leastPositives, !(0...most ~= least) {
            return "observations.leastPositives is \(least), expected 0 to \(most)"
        }
        for (metric, text) in observations.undefined ?? [:] {
            let field = "observations.undefined.\(InvalidResult.printable(metric))"
            guard Metrics.values(of: metric) != nil else { return "\(field) is there, but there is no such metric" }
            if let problem = reason(text, field) { return problem }
        }
        return score(observations.chance, "observations.chance")
    }

    private func candidates(of diagnostics: TrainingDiagnostics) -> String? {
        for name in Array(diagnostics.candidates.keys) + Array(diagnostics.edges.keys)
        where name.utf8.count > Self.longestName {
            return "diagnostics has a choice named \(InvalidResult.printable(name))…, expected at most "
                + "\(Self.longestName) bytes"
        }
        for (name, values) in diagnostics.candidates {
            // Negated, so that NaN is rejected too.
            guard let value = values.first(where: { !(abs($0) <= Self.largest) }) else { continue }
            return
                "diagnostics.candidates.\(InvalidResult.printable(name)) has \(value), expected at most \(Self.largest)"
        }
        if let loss = diagnostics.losses.first(where: { !Self.isScore($0) }) {
            return "diagnostics.losses has \(loss), expected at most \(Self.largest)"
        }
        return nil
    }

    private func counts(of diagnostics: TrainingDiagnostics) -> String? {
        for place in diagnostics.diverged ?? [] where !(0...Self.maximumCandidates ~= place) {
            return "diagnostics.diverged has \(place), expected 0 to \(Self.maximumCandidates)"
        }
        for (name, count, most) in [
            ("innerRows", diagnostics.innerRows, Self.maximumSamples),
            ("steps", diagnostics.steps ?? 0, Self.maximumSamples),
            ("extensions", diagnostics.extensions, Self.maximumCandidates),
        ] where !(0...most ~= count) {
            return "diagnostics.\(name) is \(count), expected 0 to \(most)"
        }
        return nil
    }

    private func scores(of diagnostics: TrainingDiagnostics) -> String? {
        score(diagnostics.innerScore, "diagnostics.innerScore")
            ?? score(diagnostics.trainingScore, "diagnostics.trainingScore")
    }

    private func score(_ value: Double?, _ field: String) -> String? {
        guard let value, !(abs(value) <= Self.largest) else { return nil }
        return "\(field) is \(value), expected at most \(Self.largest)"
    }

    private func reason(_ text: String?, _ field: String) -> String? {
        guard let text, text.utf8.count > Self.longestReason else { return nil }
        return "\(field) has \(text.utf8.count) bytes, expected at most \(Self.longestReason)"
    }
}
