import Probes
import Units

/// How good a head is on the rows that are held back.
struct InnerScore: Equatable {
    /// What it loses on each of them, over all inner splits; nil for a loss that is not a mean over rows.
    var rowLosses: [Float]?
    /// The task's metric, the mean over inner splits; nil where it has no value.
    var metric: Double?

    /// The mean of the losses; nil where there are none.
    var loss: Double? { rowLosses.flatMap { CandidateLoss(rowLosses: $0).mean } }
}

/// What the inner split says of one unit's candidates so far, and a copy of the best head.
///
/// Heads are compared by their loss, or by the task's metric where that is asked for or the loss is not a mean over
/// rows; by the other of the two where the first has no value. Of equal candidates the one of the smaller rate and the
/// stronger decay wins, and of one candidate's equal epochs the latest.
struct UnitSelection {
    /// What compares heads.
    let criterion: TrainingDiagnostics.Criterion
    private let metric: String
    private(set) var grid: CandidateGrid
    private let epochsInAll: Int
    /// Each candidate's best epoch; nil as long as it has none.
    private(set) var records: [Record?]
    private(set) var candidate: Int?
    /// The candidate whose refit diverged.
    private(set) var rejected: Int?
    /// The number of epochs after which the chosen head was best.
    private(set) var epochs = 0
    var best: HeadParameters

    /// A candidate at its best epoch.
    struct Record: Equatable {
        var score: InnerScore
        var epochs: Int
        /// Its losses when three quarters of the epochs were done, which tell whether the last quarter still helped.
        var earlier: [Float]?
    }

    init(
        _ grid: CandidateGrid, epochs: Int, by criterion: TrainingDiagnostics.Criterion, metric: String,
        network: ProbeNetwork
    ) {
        self.criterion = criterion
        self.metric = metric
        self.grid = grid
        epochsInAll = epochs
        records = Array(repeating: nil, count: grid.candidates.count)
        best = HeadParameters(network)
    }

    /// The epoch whose losses the last one's are compared with.
    private var earlierEpoch: Int { min(epochsInAll - 1, (3 * epochsInAll + 3) / 4) }

    /// Notes a candidate's score after some epochs. Epochs rise from call to call, and within one epoch candidates do.
    ///
    /// - Returns: Whether its head is the best until now, and is to be taken as such.
    mutating func note(_ score: InnerScore, of candidate: Int, after epochs: Int) -> Bool {
        if let rowLosses = score.rowLosses, CandidateLoss(rowLosses: rowLosses).rowLosses == nil { return false }
        let known = records[candidate]
        let earlier = epochs == earlierEpoch ? score.rowLosses : known?.earlier
        if let known, isBetter(known.score, than: score) {
            records[candidate]?.earlier = earlier
        } else {
            records[candidate] = Record(score: score, epochs: epochs, earlier: earlier)
        }
        guard isBest(score, of: candidate) else { return false }
        choose(candidate, after: epochs)
        return true
    }

    /// Chooses without comparing, where there is nothing to choose by.
    mutating func choose(_ candidate: Int, after epochs: Int) {
        self.candidate = candidate
        self.epochs = epochs
    }

    /// Adds the next rate beyond the grid's end, if the choice so far asks for it.
    ///
    /// - Returns: Whether there is a rate to be trained.
    mutating func extend() -> Bool {
        guard let candidate, records[candidate] != nil,
            let rate = grid.nextRate(chosen: candidate, losses)
        else { return false }
        grid.add(rate)
        records += Array(repeating: nil, count: grid.candidates.count - records.count)
        return true
    }

    /// Retracts the choice: the chosen candidate could not be trained again.
    mutating func reject() {
        rejected = candidate
        candidate = nil
    }

    // MARK: What results say

    /// Each candidate's metric, the worst possible for those without one.
    var scores: [Double] { records.map { $0?.score.metric ?? Scoring.worst(metric) } }

    /// Each candidate's losses.
    private var losses: [CandidateLoss] { records.map { CandidateLoss(rowLosses: $0?.score.rowLosses) } }

    /// How the choice was made.
    ///
    /// - Parameters:
    ///   - chooses: Whether there was anything to choose, and rows to choose by.
    ///   - steps: Of the tested head.
    func diagnostics(
        chooses: Bool, innerRows: Int, steps: Int, trainingScore: Double?
    ) -> TrainingDiagnostics {
        let candidates = grid.candidates
        let record = candidate.flatMap { records[$0] }
        let chosenBy = chooses ? record.flatMap { criterion(of: $0.score) } : nil
        let diverged = innerRows > 0 ? records.indices.filter { records[$0] == nil } : []
        return TrainingDiagnostics(
            candidates: [
                "learningRate": candidates.map(\.learningRate), "weightDecay": candidates.map(\.weightDecay),
            ],
            losses: losses.contains { $0.mean != nil }
                ? losses.map { $0.mean ?? .greatestFiniteMagnitude } : [],
            diverged: diverged.isEmpty ? nil : diverged, chosenBy: chosenBy, undefined: undefined(record, innerRows),
            innerRows: innerRows, innerScore: record?.score.metric,
            edges: !chooses ? [:] : candidate.map { grid.edges(of: candidates[$0]) } ?? [:],
            extensions: grid.added.count, steps: steps, isLastEpoch: isStillImproving, trainingScore: trainingScore)
    }

    /// What compared the chosen head with the others; nil where neither loss nor metric has a value.
    private func criterion(of score: InnerScore) -> TrainingDiagnostics.Criterion? {
        switch criterion {
        case .loss: score.loss == nil ? nil : .loss
        case .metric: score.metric != nil ? .metric : score.loss != nil ? .loss : nil
        }
    }

    private func undefined(_ record: Record?, _ innerRows: Int) -> String? {
        guard let record, record.score.metric == nil, innerRows > 0 else { return nil }
        return "\(metric) has no value on the \(innerRows) rows that were held back"
    }

    /// Whether the last epoch was chosen, and the last quarter of the epochs lowered the loss by more than one paired
    /// standard error: a schedule that ends at 0 makes the last epoch the best one of every head that trains well, and
    /// only what still improves tells of one that was ended early.
    private var isStillImproving: Bool {
        guard let candidate, let record = records[candidate], epochs == epochsInAll, epochsInAll > 1,
            let last = record.score.rowLosses, let earlier = record.earlier
        else { return false }
        return CandidateChoice.edgeBeatsNeighbour(edge: last, neighbour: earlier)
    }

    // MARK: Comparing

    private func isBest(_ score: InnerScore, of place: Int) -> Bool {
        guard let candidate, let best = records[candidate]?.score else { return true }
        // The chosen candidate's record is already the newer of equal ones.
        if place == candidate { return best == score }
        if isBetter(score, than: best) { return true }
        let candidates = grid.candidates
        return !isBetter(best, than: score) && CandidateGrid.isPreferred(candidates[place], to: candidates[candidate])
    }

    private func isBetter(_ score: InnerScore, than other: InnerScore) -> Bool {
        switch criterion {
        case .loss: (score.loss ?? .infinity) < (other.loss ?? .infinity)
        case .metric:
            switch (score.metric, other.metric) {
            case (let score?, let other?): Scoring.isBetter(score, than: other, by: metric)
            case (.some, nil): true
            case (nil, .some): false
            case (nil, nil): (score.loss ?? .infinity) < (other.loss ?? .infinity)
            }
        }
    }

    // MARK: Checkpoints

    var checkpoint: SelectionCheckpoint {
        SelectionCheckpoint(
            added: grid.added, records: records, candidate: candidate, epochs: epochs, best: best.checkpoint)
    }

    /// Resumes from a checkpoint that fits.
    mutating func restore(_ checkpoint: SelectionCheckpoint) {
        for rate in checkpoint.added.dropFirst(grid.added.count) { grid.add(rate) }
        (records, candidate, epochs) = (checkpoint.records, checkpoint.candidate, checkpoint.epochs)
        best.restore(checkpoint.best)
    }
}
