import Probes
import Units

/// What the inner split says of one unit's candidates so far, and a copy of the best head.
///
/// Better is what the task's metric calls better. Of equal scores the first candidate wins, and of one candidate's
/// equal epochs the latest: an inner split is small, so that early epochs often tie with better trained ones.
struct UnitSelection {
    private let metric: String
    /// Each candidate's best score.
    private(set) var scores: [Double]
    private(set) var candidate: Int?
    private var bestScore: Double
    /// The number of epochs after which the chosen head was best.
    private(set) var epochs = 0
    var best: HeadParameters

    init(candidates: Int, metric: String, network: ProbeNetwork) {
        self.metric = metric
        bestScore = Scoring.worst(metric)
        scores = Array(repeating: Scoring.worst(metric), count: candidates)
        best = HeadParameters(network)
    }

    /// Notes a candidate's score after some epochs. Epochs rise from call to call, and within one epoch candidates do.
    ///
    /// - Returns: Whether its head is the best until now, and is to be taken as such.
    mutating func note(_ score: Double, of candidate: Int, after epochs: Int) -> Bool {
        if Scoring.isBetter(score, than: scores[candidate], by: metric) { scores[candidate] = score }
        guard score != Scoring.worst(metric) else { return false }
        if let chosen = self.candidate {
            let isBetter = Scoring.isBetter(score, than: bestScore, by: metric)
            guard isBetter || (score == bestScore && candidate <= chosen) else { return false }
        }
        bestScore = score
        choose(candidate, after: epochs)
        return true
    }

    /// Chooses without comparing, where there is nothing to choose by.
    mutating func choose(_ candidate: Int, after epochs: Int) {
        self.candidate = candidate
        self.epochs = epochs
    }

    var checkpoint: SelectionCheckpoint {
        SelectionCheckpoint(
            scores: scores, candidate: candidate, bestScore: bestScore, epochs: epochs, best: best.checkpoint)
    }

    /// Resumes from a checkpoint that fits.
    mutating func restore(_ checkpoint: SelectionCheckpoint) {
        (scores, candidate) = (checkpoint.scores, checkpoint.candidate)
        (bestScore, epochs) = (checkpoint.bestScore, checkpoint.epochs)
        best.restore(checkpoint.best)
    }

    /// Retracts the choice: the chosen candidate could not be trained again.
    mutating func reject() {
        candidate = nil
    }
}
