import Metrics
import Units

/// What a table keeps of a result's `diagnostics` and `observations`: the numbers of every fold, and ``FoldNotes`` where
/// something is out of the ordinary.
///
/// Numbers are by the task's own metric, and absent where the table is by another.
package struct FoldFinding: Hashable, Sendable {
    private var innerNumber: SparseNumber
    private var trainingNumber: SparseNumber
    private var chanceNumber: SparseNumber
    private var innerRowCount: Int32
    /// −1 where nothing is trained step by step.
    private var stepCount: Int32
    /// −1 where there is no such count.
    private var positiveCount: Int32
    package var flags: Flags
    /// Nil where there is nothing to note, as in most results.
    package var notes: FoldNotes?

    /// What is known, and what is so.
    package struct Flags: OptionSet, Hashable, Sendable {
        package let rawValue: UInt8

        package init(rawValue: UInt8) { self.rawValue = rawValue }

        /// The result says how its head was found; those of protocol versions before 3 do not.
        package static let isDiagnosed = Flags(rawValue: 1)
        /// There was something to choose.
        package static let hasChoice = Flags(rawValue: 2)
        package static let isLastEpoch = Flags(rawValue: 4)
        package static let isCutOff = Flags(rawValue: 8)
        /// The grid was extended beyond its ends.
        package static let isExtended = Flags(rawValue: 16)
    }

    /// Of a result that says nothing of it.
    static let unknown = FoldFinding()

    init(
        innerScore: Double? = nil, trainingScore: Double? = nil, chance: Double? = nil, innerRows: Int = 0,
        steps: Int? = nil, leastPositives: Int? = nil, flags: Flags = [], notes: FoldNotes? = nil
    ) {
        innerNumber = SparseNumber(innerScore)
        trainingNumber = SparseNumber(trainingScore)
        chanceNumber = SparseNumber(chance)
        // No valid result has more (`ResultRules.maximumSamples`).
        innerRowCount = Int32(clamping: innerRows)
        stepCount = Int32(clamping: steps ?? -1)
        positiveCount = Int32(clamping: leastPositives ?? -1)
        self.flags = flags
        self.notes = notes
    }

    /// - Parameter metric: the table's, and the task's own; see ``leavingOutScores``.
    init(_ result: UnitResult, metric: String, fields: ResultFields) {
        let (diagnostics, observations) = (result.diagnostics, result.observations)
        var inner: Double?
        if fields.contains(.innerScores) {
            inner =
                diagnostics == nil
                ? Self.best(of: result.candidateScores, greaterIsBetter: Metrics.greaterIsBetter(metric))
                : diagnostics?.innerScore
        }
        self.init(
            innerScore: inner, trainingScore: diagnostics?.trainingScore, chance: observations?.chance,
            innerRows: diagnostics?.innerRows ?? 0, steps: diagnostics?.steps,
            leastPositives: observations?.leastPositives, flags: Flags(diagnostics),
            notes: FoldNotes(diagnostics, observations))
    }

    /// The task's metric of the chosen candidate on the inner split, or, in results that do not say which one it was,
    /// of the best one; nil where there is none, and where ``ResultFields/innerScores`` were not asked for.
    package var innerScore: Double? {
        get { innerNumber.value }
        set { innerNumber = SparseNumber(newValue) }
    }

    /// The task's metric of the tested head on the rows that it was trained on.
    package var trainingScore: Double? {
        get { trainingNumber.value }
        set { trainingNumber = SparseNumber(newValue) }
    }

    /// The task's metric of a prediction that knows nothing of the rows.
    package var chance: Double? {
        get { chanceNumber.value }
        set { chanceNumber = SparseNumber(newValue) }
    }

    /// Rows that the choice was made on.
    package var innerRows: Int { Int(innerRowCount) }
    /// Of the tested head's schedule; nil where nothing is trained step by step.
    package var steps: Int? { stepCount < 0 ? nil : Int(stepCount) }
    /// Positives of the label, or rows of the class, that has the fewest in the test fold; nil for numbers.
    package var leastPositives: Int? { positiveCount < 0 ? nil : Int(positiveCount) }

    /// The same in a table by another metric than the task's.
    var leavingOutScores: FoldFinding {
        var finding = self
        (finding.innerScore, finding.trainingScore, finding.chance) = (nil, nil, nil)
        return finding
    }

    /// The best of candidates' scores that are finite; a candidate without a score has ± the largest number.
    static func best(of scores: some Sequence<Double>, greaterIsBetter: Bool) -> Double? {
        let known = scores.lazy.filter { abs($0) < .greatestFiniteMagnitude }
        return greaterIsBetter ? known.max() : known.min()
    }
}

extension FoldFinding.Flags {
    fileprivate init(_ diagnostics: TrainingDiagnostics?) {
        self = []
        guard let diagnostics else { return }
        insert(.isDiagnosed)
        if diagnostics.chosenBy != nil { insert(.hasChoice) }
        if diagnostics.isLastEpoch { insert(.isLastEpoch) }
        if diagnostics.isCutOff { insert(.isCutOff) }
        if diagnostics.extensions > 0 { insert(.isExtended) }
    }
}
