import Units

/// A grid of penalties, tried on the rows that inner splits hold back, and what was chosen of it.
///
/// Penalties are chosen by the mean loss on those rows, or by the task's metric where that is asked for; by the other of
/// the two where the first has no value. Of equals the strongest is taken.
struct PenaltySearch<Solution> {
    /// One penalty on all inner splits.
    struct Trial {
        let penalty: Double
        let loss: CandidateLoss
        /// The task's metric, the worst score where it has no value.
        let score: Double
        /// Whether the bound of iterations ended one of its fits.
        let isCutOff: Bool
        /// Of the last inner split.
        let solution: Solution
    }

    /// One penalty on one inner split.
    struct InnerFit {
        /// On the rows that are held back; nil where nothing is.
        let losses: [Float]?
        let score: Double
        var isCutOff = false
        let solution: Solution
    }

    /// How to search.
    struct Rules {
        /// The end of the grid with the strongest penalty.
        let strongest: TrainingDiagnostics.Edge
        /// The most penalties that are added beyond the ends of the grid.
        let extensions: Int
        let metric: String
        /// Whether there are rows to choose by.
        let canChoose: Bool
        /// What choices are made by; by the other one where it has no value.
        let criterion: TrainingDiagnostics.Criterion
    }

    /// Those of the grid, rising, and behind them those that it was extended by.
    private(set) var trials: [Trial]
    private(set) var chosen = 0
    private(set) var chosenBy: TrainingDiagnostics.Criterion?
    /// Penalties of the grid itself.
    private let count: Int
    private let rules: Rules

    /// - Parameters:
    ///   - penalties: Rising, at least one.
    ///   - attempt: Fits penalties on every inner split; nil where the unit was cancelled meanwhile.
    /// - Returns: Nil where the unit was cancelled meanwhile.
    /// - Throws: What `attempt` throws.
    init?(
        _ penalties: [Double], _ rules: Rules, attempt: ([Double]) throws(TrainingError) -> [Trial]?
    ) throws(TrainingError) {
        guard let trials = try attempt(penalties) else { return nil }
        self.trials = trials
        self.rules = rules
        count = penalties.count
        choose()
        while let penalty = nextPenalty {
            guard let added = try attempt([penalty]) else { return nil }
            self.trials += added
            choose()
        }
    }

    /// Fits penalties on every inner split. Of all splits but the last only losses and scores are kept: solutions are large.
    ///
    /// - Parameter fits: Every penalty on one split; nil where the unit was cancelled meanwhile.
    static func trials(
        _ penalties: [Double], of unit: PreparedUnit, fits: (FoldRows.Inner) throws(TrainingError) -> [InnerFit]?
    ) throws(TrainingError) -> [Trial]? {
        var losses = [[Float]?](repeating: [], count: penalties.count)
        var scores = [[Double]](repeating: [], count: penalties.count)
        var isCutOff = [Bool](repeating: false, count: penalties.count)
        var last: [Solution] = []
        for inner in unit.rows.inner {
            guard let found = try fits(inner) else { return nil }
            for (place, fit) in found.enumerated() {
                losses[place] = losses[place].flatMap { known in fit.losses.map { known + $0 } }
                scores[place].append(fit.score)
                isCutOff[place] = isCutOff[place] || fit.isCutOff
            }
            last = found.map(\.solution)
        }
        return zip(penalties.indices, last).map { place, solution in
            Trial(
                penalty: penalties[place], loss: CandidateLoss(rowLosses: losses[place]),
                score: Scoring.mean(scores[place], by: unit.unit.task.metric), isCutOff: isCutOff[place],
                solution: solution)
        }
    }

    var best: Trial { trials[chosen] }

    /// Penalties that were added.
    var extensions: Int { trials.count - count }

    /// The end at which the chosen penalty lies; nil within the grid, and for a grid of one.
    var edge: TrainingDiagnostics.Edge? {
        guard trials.count > 1 else { return nil }
        return chosen == rising.first ? .lowest : chosen == rising.last ? .highest : nil
    }

    /// Places of trials by rising penalties.
    private var rising: [Int] { trials.indices.sorted { trials[$0].penalty < trials[$1].penalty } }

    private mutating func choose() {
        guard trials.count > 1, rules.canChoose else { return }
        let order = rules.strongest == .lowest ? rising : rising.reversed()
        let byLoss = CandidateChoice.best(among: trials.map(\.loss), order: order)
        if let byLoss, rules.criterion == .loss || isUndefined {
            (chosen, chosenBy) = (byLoss, .loss)
            return
        }
        var best = order[0]
        for place in order where Scoring.isBetter(trials[place].score, than: trials[best].score, by: rules.metric) {
            best = place
        }
        (chosen, chosenBy) = (best, .metric)
    }

    /// Whether the metric has no value for any penalty.
    private var isUndefined: Bool { trials.allSatisfy { $0.score == Scoring.worst(rules.metric) } }

    /// The penalty to try next; nil where the grid is not to be extended further.
    private var nextPenalty: Double? {
        guard rules.canChoose, extensions < rules.extensions else { return nil }
        let order = rising
        guard let place = order.firstIndex(of: chosen) else { return nil }
        return CandidateChoice.extended(
            order.map { trials[$0].penalty }, losses: order.map { trials[$0].loss }, chosen: place)
    }
}

extension PenaltySearch.Rules {
    init(_ unit: PreparedUnit, strongest: TrainingDiagnostics.Edge, extensions: Int) {
        self.init(
            strongest: strongest, extensions: extensions, metric: unit.unit.task.metric,
            canChoose: unit.rows.canChoose, criterion: unit.criterion)
    }
}

extension PenaltySearch {
    /// The metric of each penalty; none where nothing was held back.
    var scores: [Double] { rules.canChoose ? trials.map(\.score) : [] }

    /// - Parameters:
    ///   - isCutOff: Whether the fit of the tested head was.
    ///   - trainingScore: The task's metric of the tested head on the rows that it was trained on.
    func diagnostics(of unit: PreparedUnit, isCutOff: Bool, trainingScore: Double?) -> TrainingDiagnostics {
        let worst = Scoring.worst(rules.metric)
        let diverged = trials.indices.filter { trials[$0].loss.mean == nil }
        return TrainingDiagnostics(
            candidates: ["penalty": trials.map(\.penalty)],
            losses: rules.canChoose ? trials.map { $0.loss.mean ?? .greatestFiniteMagnitude } : [],
            diverged: rules.canChoose && !diverged.isEmpty ? diverged : nil, chosenBy: chosenBy,
            undefined: rules.canChoose && best.score == worst
                ? "\(rules.metric) has no value on the \(unit.rows.innerValidation) rows that were held back" : nil,
            innerRows: rules.canChoose ? unit.rows.innerValidation : 0,
            innerScore: rules.canChoose && best.score != worst ? best.score : nil,
            edges: edge.map { ["penalty": $0] } ?? [:], extensions: extensions, isCutOff: isCutOff || best.isCutOff,
            trainingScore: trainingScore)
    }
}
