import Probes
import Sweeps

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
    let best: HeadState

    init(candidates: Int, metric: String, network: ProbeNetwork) {
        self.metric = metric
        bestScore = Scoring.worst(metric)
        scores = Array(repeating: Scoring.worst(metric), count: candidates)
        best = HeadState(network)
    }

    /// Notes a candidate's score after some epochs. Epochs rise from call to call, and within one epoch candidates do.
    ///
    /// - Parameter trainee: One of those that trained the candidate.
    mutating func note(_ score: Double, of candidate: Int, after epochs: Int, _ trainee: Trainee) {
        if Scoring.isBetter(score, than: scores[candidate], by: metric) { scores[candidate] = score }
        guard score != Scoring.worst(metric) else { return }
        if let chosen = self.candidate {
            let isBetter = Scoring.isBetter(score, than: bestScore, by: metric)
            guard isBetter || (score == bestScore && candidate <= chosen) else { return }
        }
        bestScore = score
        take(candidate, after: epochs, trainee)
    }

    /// Chooses without comparing, where there is nothing to choose by.
    mutating func take(_ candidate: Int, after epochs: Int, _ trainee: Trainee) {
        self.candidate = candidate
        self.epochs = epochs
        take(trainee)
    }

    /// Takes a head in the place of the chosen one, which says the same in the unit of the targets.
    mutating func take(_ trainee: Trainee) {
        best.copy(from: trainee.head)
        if let scale = trainee.rows.targets?.scale { best.restore(scale) }
    }

    var checkpoint: SelectionCheckpoint {
        SelectionCheckpoint(
            scores: scores, candidate: candidate, bestScore: bestScore, epochs: epochs, best: best.checkpoint)
    }

    /// Goes on from a checkpoint that fits.
    mutating func restore(_ checkpoint: SelectionCheckpoint) {
        (scores, candidate) = (checkpoint.scores, checkpoint.candidate)
        (bestScore, epochs) = (checkpoint.bestScore, checkpoint.epochs)
        best.restore(checkpoint.best)
    }

    /// Takes the choice back: the chosen candidate could not be trained again.
    mutating func reject() {
        candidate = nil
    }
}
