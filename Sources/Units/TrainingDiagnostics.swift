/// How a unit's head was found: what a reader needs to tell a trained head from one that was cut short or chosen badly.
///
/// A function of the unit key, as the rest of a result. Absent from results of protocol versions before 3.
package struct TrainingDiagnostics: Codable, Hashable, Sendable {
    /// What open choices were made by.
    package enum Criterion: String, Codable, Sendable {
        case loss, metric
    }

    /// An end of a grid of candidates.
    package enum Edge: String, Codable, Sendable {
        case lowest, highest
    }

    /// What each candidate was, by the name of the choice, in the order of `candidateScores`; those that the grid was
    /// extended by come last.
    package var candidates: [String: [Double]]
    /// The mean loss of each candidate on the held-back rows, of its best epoch; the largest finite number where it
    /// diverged. Empty where there is no such loss, or nothing was held back.
    package var losses: [Double]
    /// Which candidates had a loss or scores that were not finite, by their places; nil for none.
    package var diverged: [Int]?
    /// Nil where there was nothing to choose.
    package var chosenBy: Criterion?
    /// Why the task's metric has no value on the held-back rows; nil where it has one.
    package var undefined: String?
    /// Rows that the choice was made on, over all inner splits.
    package var innerRows: Int
    /// The task's metric of the chosen candidate on the held-back rows; nil where it has no value.
    package var innerScore: Double?
    /// Choices that lie at an end of their grid, after it was extended.
    package var edges: [String: Edge]
    /// Candidates that were added beyond the grid's ends.
    package var extensions: Int
    /// Steps of the tested head's schedule; nil where nothing is trained step by step.
    package var steps: Int?
    /// Whether the last of several epochs was chosen, and the last quarter of them still lowered the loss on the
    /// held-back rows by more than one paired standard error.
    package var isLastEpoch: Bool
    /// Whether an iterative fit was ended by its bound, and not by its tolerance.
    package var isCutOff: Bool
    /// The task's metric of the tested head on the rows that it was trained on; nil where it has no value.
    package var trainingScore: Double?

    package init(
        candidates: [String: [Double]] = [:], losses: [Double] = [], diverged: [Int]? = nil,
        chosenBy: Criterion? = nil, undefined: String? = nil, innerRows: Int = 0, innerScore: Double? = nil,
        edges: [String: Edge] = [:], extensions: Int = 0, steps: Int? = nil, isLastEpoch: Bool = false,
        isCutOff: Bool = false, trainingScore: Double? = nil
    ) {
        self.candidates = candidates
        self.losses = losses
        self.diverged = diverged
        self.chosenBy = chosenBy
        self.undefined = undefined
        self.innerRows = innerRows
        self.innerScore = innerScore
        self.edges = edges
        self.extensions = extensions
        self.steps = steps
        self.isLastEpoch = isLastEpoch
        self.isCutOff = isCutOff
        self.trainingScore = trainingScore
    }
}

/// What the rows of a test fold say of the figure that was measured on them. It informs, and never alters a test.
///
/// Absent from results of protocol versions before 3.
package struct TestObservations: Codable, Hashable, Sendable {
    /// The task's metric of a prediction that knows nothing of the rows: the majority class, or the share of positives;
    /// nil where it has no value.
    package var chance: Double?
    /// Positives of the label, or rows of the class, that has the fewest; nil for numbers.
    package var leastPositives: Int?
    /// Why metrics have no value on these rows, by their names; nil where all have one.
    package var undefined: [String: String]?

    package init(chance: Double? = nil, leastPositives: Int? = nil, undefined: [String: String]? = nil) {
        self.chance = chance
        self.leastPositives = leastPositives
        self.undefined = undefined
    }
}
