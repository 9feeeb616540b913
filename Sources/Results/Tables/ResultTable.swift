package import Identities
import Sweeps
package import Units

/// One cell of the grid with its outcome.
package struct ResultCell: Sendable {
    package var unit: ProbeUnit
    package var key: UnitKey
    /// Nil while the unit is unfinished or quarantined.
    package var result: UnitResult?
    /// Why the result is missing; nil if there is one or may still be.
    package var reasonMissing: String?

    /// - Parameter key: the unit's, if known: computing it costs more than everything else that a table does with a
    ///   cell.
    package init(unit: ProbeUnit, key: UnitKey? = nil, result: UnitResult?, reasonMissing: String? = nil) {
        self.unit = unit
        self.key = key ?? unit.key
        self.result = result
        self.reasonMissing = reasonMissing
    }
}

/// The cost that rows are ordered by and the Pareto front is taken over.
package enum CostAxis: String, CaseIterable, Codable, Sendable {
    /// Trainable parameters.
    case parameters = "params"
    /// GFLOPs of the forward pass per sample, in the literature's accounting.
    case operations = "gflops"
}

/// The results of a sweep, aggregated over folds: one row for each feature set, layer, task and probe.
///
/// A pure function of cells: the same results give the same bytes in every format, regardless of who trained them,
/// when, and of the order of the cells.
package struct ResultTable: Hashable, Sendable {
    package var axis: CostAxis
    /// One block for each task, in order of name.
    package var blocks: [Block]
    /// What was left out of tasks so that all feature sets have the same samples, a line each.
    package var droppedSamples: [String] = []
    /// Tasks that are not shown by a metric that was asked for, because results lack it, a line each.
    package var lackingMetrics: [String] = []
    /// Results that cannot be used, whose cells are missing.
    package var unreadable: [UnreadableResult] = []
    /// The index of the last layer of each feature set, whether or not it was probed; empty where it is not known.
    package var lastLayers: [String: Int] = [:]

    /// The rows of one task, least cost first.
    package struct Block: Hashable, Sendable {
        package var task: String
        package var metric: String
        package var greaterIsBetter: Bool
        package var rows: [ResultRow]
    }
}

/// One row: a probe on a layer, over all folds.
package struct ResultRow: Hashable, Sendable {
    /// The unit of the row's first fold: everything but the fold is the same in all of its units.
    package var unit: ProbeUnit
    /// The feature set's name in tables: that of the specification, else of the backbone, else of the set.
    package var features: String
    /// The layer's relative depth, as the specification asks for it; nil for layers by index or name.
    @Rare package var depth: String? = nil
    /// In how many folds the inner split chose each layer, by its index, of a row whose layer is a choice; else nil.
    @Rare package var chosenLayers: [Int: Int]? = nil
    /// The probe's name in tables.
    package var label: String
    /// D_o.
    package var outputWidth: Int
    /// In order of repetition and held-out fold.
    package var folds: [Fold]
    /// Whether the sweep has the row as the control `raw` alone: on the lowest level of the set, which it leaves out.
    package var isRaw = false
    /// How many seeds each fold and draw has.
    package var seeds: Int
    /// Of the task's metric, over the folds that are done; nil where none is.
    package var estimate: FoldEstimate?
    /// Of the metric, by folds, draws and seeds; nil for rows with one draw and seed.
    @Rare package var spread: SpreadComponents? = nil
    /// The same row under protocols that choose on the test folds; nil where the sweep does not ask for them.
    @Rare package var paired: OtherProtocol? = nil
    @Rare package var published: OtherProtocol? = nil
    /// Of all out-of-fold predictions together; nil where it was not asked for or no predictions were kept.
    @Rare package var pooled: PooledEstimate? = nil
    /// The pooled metric on each bootstrap sample; nil with `pooled`.
    @Rare package var bootstrap: BootstrapScores? = nil
    /// Trainable parameters of one head.
    package var parameters: Int
    /// Multiply–accumulates of the forward pass per sample, every projection applied to every token; 0 for a k-NN row
    /// without a result, whose cost depends on how many samples it compares with.
    package var referenceMACs: Int
    /// The same in the order in which the program evaluates.
    package var executedMACs: Int
    /// Whether no other complete row of the block is at least as good at no more cost.
    package var isOnFront = false
    /// The share of bootstrap samples of the out-of-fold predictions in which the row is on the front; nil unless every
    /// row that may be on it has kept predictions of the same samples. From the folds alone nothing is claimed: they are
    /// too few.
    package var frontShare: Double?
    /// Whether no other complete row of the block is better.
    package var isBest = false
    /// What is to be known of the row beside its figures.
    package var marks: [RowMark] = []
    /// Of a multilayer perceptron, its advantage over a linear probe on the same vectors; nil for others.
    @Rare package var linearityGap: LinearityGap? = nil
    /// Of an attentive probe with a uniform control, where its gain over the mean token comes from; nil for others.
    @Rare package var attentionSplit: AttentionSplit? = nil
    /// Over random labels of the task's types; nil where that control was not trained.
    @Rare package var selectivity: Selectivity? = nil

    /// One planned unit of the row.
    package struct Fold: Hashable, Sendable {
        var shared: SharedFold
        package var key: UnitKey
        /// Of a fold with draws or seeds, their mean once all are done.
        package var result: FoldResult?
        /// Why it is missing.
        package var reasonMissing: String?
        /// The draws and seeds of the fold, in order; empty in rows that have one of each.
        package var draws: [Draw] = []

        package var reference: FoldReference {
            get { shared.reference }
            set { shared = SharedFold(newValue) }
        }
    }

    /// One draw of a low-shot row's fold, under one seed.
    package struct Draw: Hashable, Sendable {
        /// 0 where there are no draws.
        package var draw: Int
        package var seed: Int
        package var key: UnitKey
        package var result: FoldResult?
    }

    package var foldsDone: Int { folds.count { $0.result != nil } }
    package var isComplete: Bool { foldsDone == folds.count && estimate != nil }

    /// Executed multiply–accumulates of training, all folds that are done; nil where none is.
    package var trainingMACs: Double? {
        foldsDone == 0 ? nil : folds.reduce(0) { $0 + ($1.result?.trainingMACs ?? 0) }
    }

    /// Measured seconds of training, all folds that are done; nil where none is.
    package var seconds: Double? {
        foldsDone == 0 ? nil : folds.reduce(0) { $0 + ($1.result?.seconds ?? 0) }
    }

    /// GFLOPs = 2·MACs / 10⁹.
    package var referenceGFLOPs: Double { 2 * Double(referenceMACs) / 1e9 }
    package var executedGFLOPs: Double { 2 * Double(executedMACs) / 1e9 }

    /// Nil for a row whose cost is not known yet.
    var knownReferenceMACs: Int? { referenceMACs == 0 ? nil : referenceMACs }
    var knownExecutedMACs: Int? { executedMACs == 0 ? nil : executedMACs }

    /// The row's cost.
    package func cost(on axis: CostAxis) -> Int {
        switch axis {
        case .parameters: parameters
        case .operations: referenceMACs
        }
    }
}
