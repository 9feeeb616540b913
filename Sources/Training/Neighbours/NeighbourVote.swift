import Features
import Foundation
import Probes
import Sweeps

/// One way to count the votes of neighbours: the k nearest, with weight exp(similarity/temperature).
struct NeighbourVote: Hashable, Sendable {
    let neighbours: Int
    let temperature: Double

    /// ln of each class's share of the votes, at least ln 2⁻⁵², so that a class without votes has a finite logit.
    ///
    /// - Parameter labels: The label of every row of the task.
    func logits(_ nearest: [NearestSearch.Neighbour], labels: [Int32], classes: Int) -> [Float] {
        var votes = [Double](repeating: 0, count: classes)
        // Relative to the nearest, so that no weight overflows; the shares are the same.
        let peak = Double(nearest.first?.similarity ?? 0)
        for neighbour in nearest.prefix(neighbours) {
            votes[Int(labels[neighbour.row])] += exp((Double(neighbour.similarity) - peak) / temperature)
        }
        let total = votes.reduce(0, +)
        return votes.map { Float(log(max($0 / total, Double.ulpOfOne))) }
    }
}

/// The choice of k and temperature for one unit, and its answer on the test fold.
struct NeighbourAnswer {
    let unit: NeighbourUnit
    let validation: NearestSearch
    let test: NearestSearch

    func trained(seconds: Double, settings: PassSettings) -> TrainedUnit {
        let prepared = unit.prepared
        let (metric, votes) = (prepared.unit.task.metric, unit.votes)
        let labels = prepared.labels(prepared.rows.validation)
        let scores =
            validation.queries.isEmpty
            ? []
            : votes.map {
                Scoring.score(logits($0, validation), classes: prepared.task.classes, labels: labels, by: metric)
            }
        var best = 0
        for candidate in scores.indices where Scoring.isBetter(scores[candidate], than: scores[best], by: metric) {
            best = candidate
        }
        return prepared.trained(
            logits: logits(votes[best], test),
            choice: ["neighbours": Double(votes[best].neighbours), "temperature": votes[best].temperature],
            candidateScores: scores, trainingRows: unit.voters.count, parameters: 0, trainingMACs: unit.work,
            head: nil, seconds: seconds, settings: settings)
    }

    /// `[queries, C]`.
    private func logits(_ vote: NeighbourVote, _ search: NearestSearch) -> [Float] {
        let labels = unit.prepared.task.labels
        return search.queries.indices.flatMap {
            vote.logits(search.neighbours(of: $0), labels: labels, classes: unit.prepared.task.classes)
        }
    }
}
