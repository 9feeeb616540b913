public import Identities
public import Sweeps

/// One cell of the grid with what became of it.
public struct ResultCell: Sendable {
    public var unit: Unit
    public var key: UnitKey
    /// Nil while the unit is not finished, and for good if it was quarantined.
    public var result: UnitResult?
    /// Why there will be no result; nil where there is one or may still be.
    public var reasonMissing: String?

    /// - Parameter key: the unit's, where it is at hand: making it costs more than all else that a table does with a
    ///   cell.
    public init(unit: Unit, key: UnitKey? = nil, result: UnitResult?, reasonMissing: String? = nil) {
        self.unit = unit
        self.key = key ?? unit.key
        self.result = result
        self.reasonMissing = reasonMissing
    }
}

/// What a table sets the metric against: rows are ordered by it, and the Pareto front is taken over it.
public enum CostAxis: String, CaseIterable, Codable, Sendable {
    /// Trainable parameters.
    case parameters = "params"
    /// GFLOPs of the forward pass per sample, in the literature's accounting.
    case operations = "gflops"
}

/// The results of a sweep, aggregated over folds: one row for each feature set, layer, task and probe.
///
/// A pure function of cells: the same results give the same bytes in every format, regardless of who trained them,
/// when, and of the order of the cells.
public struct ResultTable: Hashable, Sendable {
    public var axis: CostAxis
    /// One block for each task, in order of name.
    public var blocks: [Block]

    /// The rows of one task, least cost first.
    public struct Block: Hashable, Sendable {
        public var task: String
        public var metric: String
        public var greaterIsBetter: Bool
        public var rows: [ResultRow]
    }
}

/// One row: a probe on a layer, over all folds.
public struct ResultRow: Hashable, Sendable {
    /// The unit of the row's first fold: everything but the fold is the same in all of its units.
    public var unit: Unit
    /// How the probe is called in tables.
    public var label: String
    /// D_o.
    public var outputWidth: Int
    /// In order of repetition and held-out fold.
    public var folds: [Fold]
    /// Of the task's metric, over the folds that are done; nil where none is.
    public var estimate: FoldEstimate?
    /// Spread of the metric between draws of a low-shot row: the root of the mean over folds of the variance over
    /// draws. Nil for rows without draws, and with a single one.
    public var drawDeviation: Double?
    /// The same row under the published protocol, optimistic because its choices were made on the test folds; nil where
    /// the sweep does not ask for both.
    public var published: Published?
    /// Of all out-of-fold predictions together; nil where it was not asked for or no predictions were kept.
    public var pooled: PooledEstimate?
    /// Trainable parameters of one head.
    public var parameters: Int
    /// Multiply–accumulates of the forward pass per sample, every projection applied to every token; 0 for a k-NN row
    /// without a result, whose cost depends on how many samples it compares with.
    public var referenceMACs: Int
    /// The same in the order in which the program evaluates.
    public var executedMACs: Int
    /// Whether no other complete row of the block is at least as good at no more cost.
    public var isOnFront = false
    /// The share of bootstrap samples of the folds in which the row is on the front; nil where the rows of the block
    /// were not all scored on the same two folds or more.
    public var frontShare: Double?
    /// Whether no other complete row of the block is better.
    public var isBest = false

    /// One planned unit of the row.
    public struct Fold: Hashable, Sendable {
        public var reference: FoldReference
        public var key: UnitKey
        /// With draws their mean, once all are done.
        public var result: UnitResult?
        /// Why there will be none.
        public var reasonMissing: String?
        /// The draws of a low-shot row, in order; empty for others.
        public var draws: [Draw] = []
    }

    /// One draw of a low-shot row's fold.
    public struct Draw: Hashable, Sendable {
        public var draw: Int
        public var key: UnitKey
        public var result: UnitResult?
    }

    /// What the published protocol made of a row.
    public struct Published: Hashable, Sendable {
        public var folds: [Fold]
        public var estimate: FoldEstimate?
    }

    /// Whether the row's own choices were made on the test folds.
    public var isOptimistic: Bool { unit.solver.selection.isOptimistic }

    /// By how much the published protocol exceeds the honest one; nil where one of them has no value.
    public var optimism: Double? {
        guard let published = published?.estimate, let estimate else { return nil }
        return published.mean - estimate.mean
    }

    public var foldsDone: Int { folds.count { $0.result != nil } }
    public var isComplete: Bool { foldsDone == folds.count && estimate != nil }

    /// Executed multiply–accumulates of training, all folds that are done; nil where none is.
    public var trainingMACs: Double? {
        foldsDone == 0 ? nil : folds.reduce(0) { $0 + ($1.result?.trainingMACs ?? 0) }
    }

    /// Measured seconds of training, all folds that are done; nil where none is.
    public var seconds: Double? {
        foldsDone == 0 ? nil : folds.reduce(0) { $0 + ($1.result?.provenance.seconds ?? 0) }
    }

    /// GFLOPs = 2·MACs / 10⁹.
    public var referenceGFLOPs: Double { 2 * Double(referenceMACs) / 1e9 }
    public var executedGFLOPs: Double { 2 * Double(executedMACs) / 1e9 }

    /// The row's place on the cost axis.
    public func cost(on axis: CostAxis) -> Int {
        switch axis {
        case .parameters: parameters
        case .operations: referenceMACs
        }
    }
}
