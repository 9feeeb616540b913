import Metrics
import Probes
import Sweeps
import Units

extension ResultTable {
    /// Aggregates cells into rows, orders them by cost, and marks the best and the Pareto front of each task.
    ///
    /// Only complete rows are marked: means over different folds cannot be compared.
    package static func make(_ cells: [ResultCell], against axis: CostAxis) -> ResultTable {
        make([RowCells](cells), against: axis)
    }

    static func make(_ rows: consuming [RowCells], against axis: CostAxis) -> ResultTable {
        let rows = ResultRow.made(of: rows)
        let blocks = Dictionary(grouping: ResultRow.pairingProtocols(rows)) { BlockIdentity($0.unit.task) }
        let sorted = blocks.sorted { $0.key < $1.key }
        return ResultTable(
            axis: axis,
            blocks: inParallel(sorted) { identity, rows in Block(identity, distinguished(rows), axis: axis) })
    }

    /// Appends what distinguishes their training to labels that rows of one layer would share.
    private static func distinguished(_ rows: [ResultRow]) -> [ResultRow] {
        let clashes = Dictionary(grouping: rows) {
            "\($0.features) \($0.unit.features.set) \($0.unit.features.layer) \($0.label) \($0.outputWidth)"
        }
        var digests = SolverDigests()
        return clashes.values.flatMap { (rows: [ResultRow]) -> [ResultRow] in
            guard rows.count > 1 else { return rows }
            let names = TrainingWords.names(
                of: rows.map(\.unit), digests: rows.map { digests.digest(of: $0.unit.solver) })
            return zip(rows, names).map { row, name in
                var row = row
                row.label += name.isEmpty ? "" : " " + name
                return row
            }
        }
    }
}

/// What the rows of one block share. Tasks of the same name over several feature sets share a block.
struct BlockIdentity: Hashable, Comparable {
    let task: String
    let metric: String

    init(_ task: TaskReference) {
        self.task = task.name
        self.metric = task.metric
    }

    static func < (first: Self, second: Self) -> Bool {
        (first.task, first.metric) < (second.task, second.metric)
    }
}

extension ResultTable.Block {
    init(_ identity: BlockIdentity, _ rows: [ResultRow], axis: CostAxis) {
        task = identity.task
        metric = identity.metric
        greaterIsBetter = Metrics.greaterIsBetter(identity.metric)
        var digests = SolverDigests()
        let keys = rows.map { $0.order(on: axis, digests.digest(of: $0.unit.solver)) }
        self.rows = rows.indices.sorted { keys[$0] < keys[$1] }.map { rows[$0] }
        mark(axis)
    }

    /// Marks the best row and the Pareto front among the complete rows, and the front's stability.
    mutating func mark(_ axis: CostAxis) {
        for index in rows.indices {
            (rows[index].isBest, rows[index].isOnFront, rows[index].frontShare) = (false, false, nil)
        }
        let areOptimistic = isOptimistic
        let complete = rows.indices.filter { rows[$0].isComplete && rows[$0].competes(amongOptimistic: areOptimistic) }
        let points = complete.map {
            ParetoPoint(cost: Double(rows[$0].cost(on: axis)), score: score(of: rows[$0]))
        }
        for (index, isOnFront) in zip(complete, paretoFront(points)) { rows[index].isOnFront = isOnFront }
        let best = points.map(\.score).max()
        for (index, point) in zip(complete, points) { rows[index].isBest = point.score == best }
        let shares = frontShares(complete.map { rows[$0] }, costs: points.map(\.cost))
        for (index, share) in zip(complete, shares) { rows[index].frontShare = share }
        setLinearityGaps()
        setAttentionSplits()
        setSelectivities()
        setMarks()
    }

    /// Empty unless all rows have predictions of the same cases, which are resampled jointly.
    private func frontShares(_ rows: [ResultRow], costs: [Double]) -> [Double] {
        rows.jointBootstrapScores.map {
            paretoMembership(costs: costs, scores: $0, greaterIsBetter: greaterIsBetter)
        } ?? []
    }

    /// The row's mean, negated if less is better.
    func score(of row: ResultRow) -> Double {
        let mean = row.estimate?.mean ?? .nan
        return greaterIsBetter ? mean : -mean
    }
}

extension ResultRow {
    /// A row for each one's cells, whose memory becomes that of the next rows: on one thread, since each thread has a
    /// heap of its own.
    fileprivate static func made(of rows: consuming [RowCells]) -> [ResultRow] {
        var (made, rows) = ([ResultRow](), rows)
        made.reserveCapacity(rows.count)
        for index in rows.indices {
            if let row = ResultRow(rows[index]) { made.append(row) }
            rows[index].cells = []
        }
        return made
    }

    private init?(_ row: RowCells) {
        let cells = row.cells.sorted { $0.order < $1.order }
        guard let first = cells.first else { return nil }
        let counts = cells.compactMap { $0.result?.trainingSamples }
        let compared = counts.isEmpty ? 0 : counts.reduce(0, +) / counts.count
        var unit = row.unit
        unit.fold = first.fold.reference
        unit.seed = first.seed
        unit.shots = unit.shots?.numbered(Int(first.draw))
        // The cost of a probe that this version does not know cannot be computed.
        guard let probe = try? unit.fittedProbe(trainingSamples: compared, meanTokens: row.meanTokens) else {
            return nil
        }
        self.unit = unit
        isRaw = row.isRaw
        features = row.names.features ?? unit.features.set
        label =
            unit.probeLabel + (row.isRaw ? " [\(SweepControl.raw)]" : "") + (row.names.training.map { " " + $0 } ?? "")
        outputWidth = probe.outputWidth
        let haveDraws = unit.shots != nil
        folds = Self.folds(of: cells, haveDraws: haveDraws)
        seeds = Set(cells.map(\.seed)).count
        estimate = FoldEstimate(folds.compactMap { $0.result?.score }, folds: unit.fold.count)
        parameters = probe.cost.parameters
        referenceMACs = probe.cost.reference.forward
        executedMACs = probe.cost.executed.forward
        spread = Self.spread(folds, haveDraws: haveDraws)
        depth = row.names.depth
    }

    /// Cost first, then layer, set and label, so that the order never depends on that of the cells.
    fileprivate func order(on axis: CostAxis, _ digest: String) -> (Int, Int, String, String, String) {
        (cost(on: axis), unit.features.layer, unit.features.set, "\(label) \(outputWidth)", digest)
    }
}

extension ResultRow {
    /// Whether the row is a control, which others are compared with.
    package var isControl: Bool { controlName != nil }

    /// As specifications call the control; nil for a row that is none.
    package var controlName: String? { unit.control?.rawValue ?? (isRaw ? SweepControl.raw.rawValue : nil) }

    /// Whether the row may be best. Scores with choices on the test folds cannot be compared with others.
    func competes(amongOptimistic: Bool) -> Bool { !isControl && (!isOptimistic || amongOptimistic) }

    /// Least and most rows that its units trained on; nil while none is done.
    package var trainingRows: ClosedRange<Int>? {
        let counts = folds.flatMap(\.results).map(\.trainingSamples)
        guard let least = counts.min(), let most = counts.max() else { return nil }
        return least...most
    }

    /// The metric on the rows that heads were trained on, the mean over folds; nil unless every fold that is done has
    /// one.
    package var trainingScore: Double? { average(of: \.trainingScore) }

    /// The metric of predictions that know nothing of the test rows, the mean over folds; nil unless every fold that is
    /// done has one.
    package var chance: Double? { average(of: \.chance) }

    /// The fewest positives of a label, or rows of a class, in a test fold; nil where there is no such count.
    package var leastPositives: Int? { folds.compactMap { $0.result?.finding.leastPositives }.min() }

    private func average(of number: (FoldFinding) -> Double?) -> Double? {
        Self.average(folds.compactMap(\.result).map { number($0.finding) })
    }

    /// Mean number of training samples over finished folds; nil if there are none.
    var trainingSamples: Double? {
        let counts = folds.compactMap { $0.result?.trainingSamples }
        return counts.isEmpty ? nil : Double(counts.reduce(0, +)) / Double(counts.count)
    }
}

extension ResultTable.Block {
    /// Whether every row but controls chose on the test folds, so that there is no honest row to compare with.
    var isOptimistic: Bool { rows.allSatisfy { $0.isOptimistic || $0.isControl } }

    /// The rows that may be drawn and best: without controls, and without those that chose on the test folds, unless
    /// there are no others.
    var honest: ResultTable.Block { comparable(withControls: false) }

    /// The same and the rows of the control `raw`, which are compared with each other: no other row reads their layer.
    var comparableVectors: [ResultRow] {
        let areOptimistic = isOptimistic
        return rows.filter { $0.unit.control == nil && (areOptimistic || !$0.isOptimistic) }
    }

    /// The same with controls where they are asked for.
    func comparable(withControls: Bool) -> ResultTable.Block {
        var block = self
        let areOptimistic = isOptimistic
        block.rows.removeAll {
            !$0.competes(amongOptimistic: areOptimistic) && !(withControls && $0.isControl && !$0.isOptimistic)
        }
        return block
    }
}

extension RowCells.Cell {
    /// Among the cells of one row.
    fileprivate var order: (Int, Int, Int, Int32, Int) {
        (fold.reference.repetition, fold.reference.seed, fold.reference.heldOut, draw, seed)
    }
}
