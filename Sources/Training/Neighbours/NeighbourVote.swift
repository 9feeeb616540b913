import Features
import Foundation
import Probes
import Units

/// One way to count the votes of neighbours: the k nearest, with weight exp(similarity/temperature).
struct NeighbourVote: Hashable, Sendable {
    let neighbours: Int
    let temperature: Double

    /// What the nearest rows say of a sample: for one of C classes ln of each class's share of the votes; for yes or no
    /// and for labels ln of the share's odds; for numbers their weighted mean. Shares are at least 2⁻⁵², so that a
    /// class without votes has a finite logit.
    func answer(_ nearest: [NearestSearch.Neighbour], _ task: FeatureTask) -> [Float] {
        // Relative to the nearest, so that no weight overflows; the shares are the same.
        let peak = Double(nearest.first?.similarity ?? 0)
        let voters = nearest.prefix(neighbours).map { neighbour in
            (row: neighbour.row, weight: exp((Double(neighbour.similarity) - peak) / temperature))
        }
        switch task.targets {
        case .scores(let scores):
            let total = voters.reduce(0) { $0 + $1.weight }
            return [Float(voters.reduce(0) { $0 + $1.weight * Double(scores[$1.row]) } / total)]
        case .indicators(let indicators):
            return odds(voters, outputs: task.classes) { row, label in indicators[row * task.classes + label] == 1 }
        case .classes(let labels) where task.outputs == 1:
            return odds(voters, outputs: 1) { row, _ in labels[row] == 1 }
        case .classes(let labels):
            var votes = [Double](repeating: 0, count: task.classes)
            for voter in voters { votes[Int(labels[voter.row])] += voter.weight }
            let total = votes.reduce(0, +)
            return votes.map { Float(log(max($0 / total, Double.ulpOfOne))) }
        }
    }

    /// ln p/(1 − p) of each question, p being the share of the votes that say yes.
    private func odds(
        _ voters: [(row: Int, weight: Double)], outputs: Int, _ isYes: (Int, Int) -> Bool
    ) -> [Float] {
        (0..<outputs).map { output in
            var (yes, no) = (0.0, 0.0)
            for voter in voters {
                if isYes(voter.row, output) { yes += voter.weight } else { no += voter.weight }
            }
            // Of shares, so that all samples without a vote for an answer have the same bits.
            let total = yes + no
            return Float(log(max(yes / total, Double.ulpOfOne)) - log(max(no / total, Double.ulpOfOne)))
        }
    }
}

/// The choice of k and temperature for one unit, and its answer on the test fold.
struct NeighbourAnswer {
    let unit: NeighbourUnit
    let plan: NeighbourPlan

    private var prepared: PreparedUnit { unit.prepared }
    private var metric: String { prepared.unit.task.metric }

    func trained(seconds: Double, settings: PassSettings) -> TrainedUnit {
        let votes = unit.votes
        let compared = prepared.rows.canChoose ? votes.map(compare) : []
        let (scores, losses) = (compared.map(\.score), compared.map(\.loss))
        let (best, criterion) = choose(scores, losses)
        var choice = ["neighbours": Double(votes[best].neighbours), "temperature": votes[best].temperature]
        choice["components"] = plan.preparation?.components.map(Double.init)
        return prepared.trained(
            logits: answers(votes[best], plan.test), choice: choice, candidateScores: scores,
            diagnostics: diagnostics(scores, losses, chosen: best, by: criterion), parameters: 0,
            trainingMACs: unit.work, head: nil, seconds: seconds, settings: settings)
    }

    /// The best by the metric; where that has no value on the rows that were held back, by the loss of the votes. Of
    /// equals the one with most neighbours, and of these with the highest temperature: what the least depends on a
    /// single neighbour.
    private func choose(
        _ scores: [Double], _ losses: [CandidateLoss]
    ) -> (place: Int, criterion: TrainingDiagnostics.Criterion?) {
        guard scores.count > 1 else { return (0, nil) }
        let votes = unit.votes
        let order = scores.indices.sorted {
            (votes[$0].neighbours, votes[$0].temperature) > (votes[$1].neighbours, votes[$1].temperature)
        }
        if isUndefined(scores), let best = CandidateChoice.best(among: losses, order: order) { return (best, .loss) }
        var best = order[0]
        for place in order where Scoring.isBetter(scores[place], than: scores[best], by: metric) { best = place }
        return (best, .metric)
    }

    private func isUndefined(_ scores: [Double]) -> Bool { scores.allSatisfy { $0 == Scoring.worst(metric) } }

    private func diagnostics(
        _ scores: [Double], _ losses: [CandidateLoss], chosen: Int, by criterion: TrainingDiagnostics.Criterion?
    ) -> TrainingDiagnostics {
        let (votes, settings) = (unit.votes, unit.settings)
        var edges: [String: TrainingDiagnostics.Edge] = [:]
        edges["neighbours"] = Self.edge(Double(votes[chosen].neighbours), of: settings.neighbours.map(Double.init))
        edges["temperature"] = Self.edge(votes[chosen].temperature, of: settings.temperatures)
        let hasScore = !scores.isEmpty && scores[chosen] != Scoring.worst(metric)
        return TrainingDiagnostics(
            candidates: [
                "neighbours": votes.map { Double($0.neighbours) }, "temperature": votes.map(\.temperature),
            ],
            losses: losses.map { $0.mean ?? .greatestFiniteMagnitude }, chosenBy: criterion,
            undefined: !scores.isEmpty && !hasScore
                ? "\(metric) has no value on the \(prepared.rows.innerValidation) rows that were held back" : nil,
            innerRows: scores.isEmpty ? 0 : prepared.rows.innerValidation, innerScore: hasScore ? scores[chosen] : nil,
            edges: edges)
    }

    private static func edge(_ value: Double, of values: [Double]) -> TrainingDiagnostics.Edge? {
        guard Set(values).count > 1 else { return nil }
        return value == values.min() ? .lowest : value == values.max() ? .highest : nil
    }

    /// The metric of one way to vote, the mean over inner folds, and what it loses on each row that was held back.
    private func compare(_ vote: NeighbourVote) -> (score: Double, loss: CandidateLoss) {
        let folds = zip(plan.validation, prepared.rows.inner).map { search, inner in
            let answers = answers(vote, search)
            return (
                score: prepared.score(answers, on: search.queries),
                losses: prepared.targets(inner.training).rowLosses(answers, of: search.queries)
            )
        }
        let losses = folds.compactMap(\.losses)
        return (
            Scoring.mean(folds.map(\.score), by: metric),
            CandidateLoss(rowLosses: losses.count == folds.count ? losses.flatMap { $0 } : nil)
        )
    }

    /// `[queries, outputs]`.
    private func answers(_ vote: NeighbourVote, _ search: NearestSearch) -> [Float] {
        search.queries.indices.flatMap { vote.answer(search.neighbours(of: $0), unit.prepared.task) }
    }
}
