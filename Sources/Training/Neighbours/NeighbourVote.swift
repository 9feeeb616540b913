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
            let least = Double.ulpOfOne * (yes + no)
            return Float(log(max(yes, least)) - log(max(no, least)))
        }
    }
}

/// The choice of k and temperature for one unit, and its answer on the test fold.
struct NeighbourAnswer {
    let unit: NeighbourUnit
    /// One for each inner fold.
    let validation: [NearestSearch]
    let test: NearestSearch

    func trained(seconds: Double, settings: PassSettings) -> TrainedUnit {
        let prepared = unit.prepared
        let (metric, votes) = (prepared.unit.task.metric, unit.votes)
        let scores =
            prepared.rows.canChoose
            ? votes.map { vote in
                Scoring.mean(validation.map { prepared.score(answers(vote, $0), on: $0.queries) }, by: metric)
            } : []
        var best = 0
        for candidate in scores.indices where Scoring.isBetter(scores[candidate], than: scores[best], by: metric) {
            best = candidate
        }
        return prepared.trained(
            logits: answers(votes[best], test),
            choice: ["neighbours": Double(votes[best].neighbours), "temperature": votes[best].temperature],
            candidateScores: scores, diagnostics: TrainingDiagnostics(), parameters: 0, trainingMACs: unit.work,
            head: nil, seconds: seconds,
            settings: settings)
    }

    /// `[queries, outputs]`.
    private func answers(_ vote: NeighbourVote, _ search: NearestSearch) -> [Float] {
        search.queries.indices.flatMap { vote.answer(search.neighbours(of: $0), unit.prepared.task) }
    }
}
