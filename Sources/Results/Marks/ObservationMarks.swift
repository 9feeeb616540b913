import Metrics
import Probes
import Units

/// The marks of what a row's test figure is, from the row's folds and the other rows of its block. They inform, and alter
/// no test.
struct ObservationMarks: Sendable {
    private let greaterIsBetter: Bool
    private let metric: String
    /// The metric's least and largest value where it lies within an interval of length 2 or less, as shares and
    /// correlations do; nil for losses and errors.
    private let bounds: ClosedRange<Double>?
    /// The best row among those that read the same vectors; raw rows have a layer to themselves.
    private let best: [VectorsKey: ResultRow]

    init(of block: ResultTable.Block) {
        greaterIsBetter = block.greaterIsBetter
        metric = block.metric
        let range = Metrics.values(of: block.metric)?.range
        bounds = block.greaterIsBetter ? range.flatMap { $0.upperBound - $0.lowerBound <= 2 ? $0 : nil } : nil
        let complete = block.comparableVectors.lazy.filter(\.isComplete)
        best = Dictionary(complete.map { (VectorsKey($0.unit), $0) }) {
            block.score(of: $0) >= block.score(of: $1) ? $0 : $1
        }
    }

    func marks(of row: ResultRow) -> [RowMark] {
        let figures = [undefined(row), fewPositives(row)]
        if row.unit.control != nil { return (figures + [control(row), leakage(row)]).compactMap { $0 } }
        let control = row.isRaw ? control(row) : nil
        return (figures + [nearChance(row), farBelow(row), fitsTraining(row), control]).compactMap { $0 }
    }

    private func undefined(_ row: ResultRow) -> RowMark? {
        let results = row.folds.flatMap(\.results)
        let lacking = results.filter { $0.score == nil }
        if lacking.isEmpty { return nil }
        let reasons = Set(lacking.compactMap { $0.finding.notes?.undefined[metric] }).sorted()
        return RowMark(.undefined, folds: lacking.count, of: results.count, detail: reasons.joined(separator: ", "))
    }

    /// Of metrics that are means over classes or figures of a class; an accuracy hangs on no single class.
    private func fewPositives(_ row: ResultRow) -> RowMark? {
        let areOfClasses = ["average-precision", "roc-auc", "f1", "balanced"].contains { metric.contains($0) }
        let counts = row.folds.compactMap { $0.result?.finding.leastPositives }
        let few = counts.filter { $0 < RowMark.fewPositives }
        guard areOfClasses, let least = few.min() else { return nil }
        return RowMark(.fewPositives, folds: few.count, of: counts.count, detail: "\(least) in the least")
    }

    /// Better by so much than another figure, negative where worse.
    private func gain(_ value: Double, over other: Double) -> Double {
        greaterIsBetter ? value - other : other - value
    }

    /// The mean is not better than chance by more than half the interval; without an interval, not better at all.
    private func nearChance(_ row: ResultRow) -> RowMark? {
        guard let estimate = row.estimate, let chance = row.chance,
            gain(estimate.mean, over: chance) <= estimate.halfWidth ?? 0
        else { return nil }
        return ofAllFolds(.nearChance, row, "chance \(NumberFormat.fixed(chance))")
    }

    /// By 0.1 or more where the metric is a share or a correlation; otherwise the row has less than half of the other's
    /// gain over chance.
    private func farBelow(_ row: ResultRow) -> RowMark? {
        guard row.isComplete, let mean = row.estimate?.mean, let other = best[VectorsKey(row.unit)],
            let top = other.estimate?.mean
        else { return nil }
        let distance = gain(top, over: mean)
        let isFar =
            if bounds != nil {
                distance >= 0.1
            } else if let chance = other.chance {
                distance > 0 && distance > gain(top, over: chance) / 2
            } else {
                false
            }
        return isFar ? ofAllFolds(.farBelow, row, "\(other.label) has \(NumberFormat.fixed(top))") : nil
    }

    /// A share or correlation within 0.001 of perfect on the training rows, and 0.1 or more from it on the test rows; or a
    /// loss or error below 1 % of chance's on the one, and above 20 % of it on the other.
    private func fitsTraining(_ row: ResultRow) -> RowMark? {
        guard let mean = row.estimate?.mean, let training = row.trainingScore else { return nil }
        let fits: Bool
        if let bounds {
            fits = training >= bounds.upperBound - 0.001 && mean <= bounds.upperBound - 0.1
        } else if !greaterIsBetter, let chance = row.chance, chance > 0 {
            fits = training <= 0.01 * chance && mean >= 0.2 * chance
        } else {
            fits = false
        }
        return fits ? ofAllFolds(.fitsTraining, row, "\(NumberFormat.fixed(training)) in training") : nil
    }

    private func control(_ row: ResultRow) -> RowMark? { ofAllFolds(.control, row, row.controlName ?? "") }

    /// A null control whose interval lies wholly on the better side of chance. Below chance there is nothing to find:
    /// heads that learned permuted labels are often worse than the majority class.
    private func leakage(_ row: ResultRow) -> RowMark? {
        guard row.unit.control == .null, let estimate = row.estimate, let half = estimate.halfWidth,
            let chance = row.chance, gain(estimate.mean, over: chance) > half
        else { return nil }
        return ofAllFolds(
            .leakage, row,
            "\(NumberFormat.fixed(estimate.mean)) ± \(NumberFormat.fixed(half)), chance \(NumberFormat.fixed(chance))")
    }

    private func ofAllFolds(_ kind: RowMark.Kind, _ row: ResultRow, _ detail: String) -> RowMark {
        RowMark(kind, folds: row.foldsDone, of: row.folds.count, detail: detail)
    }
}

/// What rows have in common that read the same vectors of the same samples with the same labels.
struct VectorsKey: Hashable, Sendable {
    let features: LayerReference
    let earlierLayers: [LayerReference]?
    /// The pooled input; nil for probes that read every token.
    let input: String?
    /// What is done to it; nil for nothing.
    let preparation: String?
    /// What the tokens are computed of, levels and normalisation; nil for those that are read as they are stored.
    let tokens: TokenSource?
    let task: TaskReference
    let shots: Shots?
    let kernel: String?

    init(_ unit: ProbeUnit) {
        features = unit.features
        earlierLayers = unit.earlierLayers
        input = unit.probe.options["input"]?.description
        preparation = unit.probe.options["prepare"]?.description
        tokens = unit.probe.tokenSource
        task = unit.task
        shots = unit.shots?.numbered(0)
        kernel = unit.kernel
    }

    /// Hashes what differs between the rows of a task.
    func hash(into hasher: inout Hasher) {
        hasher.combine(features.set)
        hasher.combine(features.layer)
        hasher.combine(input)
    }
}

extension ResultTable.Block {
    /// Sets the marks of every row.
    mutating func setMarks() {
        let observations = ObservationMarks(of: self)
        let parts = stride(from: 0, to: rows.count, by: Self.rowsMarkedTogether).map {
            rows[$0..<min($0 + Self.rowsMarkedTogether, rows.count)]
        }
        let marks = inParallel(parts) { part in
            part.map { TrainingMarks(of: $0).marks + observations.marks(of: $0) }
        }
        for (index, marks) in zip(rows.indices, marks.joined()) { rows[index].marks = marks }
    }

    private static let rowsMarkedTogether = 1024
}
