import Probes
import Units

/// Where an attentive probe's gain over the mean token comes from: the step from a linear probe on the mean token to the
/// same probe with its attention frozen uniform (its value projection and its head), and the step from there to learned
/// attention.
package struct AttentionSplit: Codable, Hashable, Sendable {
    /// The label of the linear row on the mean token.
    package let linear: String
    package let linearMean: Double
    package let uniformMean: Double
    /// Of the uniform control over the linear row; both steps are paired by folds, in the metric's direction.
    package let projection: CorrectedResampledTest
    /// Of the probe over its uniform control.
    package let attention: CorrectedResampledTest
}

extension ResultTable.Block {
    /// Sets the split of every row that has a uniform control and a linear probe on the mean token beside it: the one
    /// that gradient steps found, as the probe's own head is, or else a solved one; of several of a kind the best.
    mutating func setAttentionSplits() {
        for index in rows.indices { rows[index].attentionSplit = nil }
        let controls = rows.filter { $0.unit.control == .uniform && $0.isComplete }
        if controls.isEmpty { return }
        let places = Dictionary(
            rows.indices.map { (rows[$0].unit, $0) }, uniquingKeysWith: { first, _ in first })
        let means = comparableVectors.filter { $0.isComplete && $0.readsMeanToken }
        for uniform in controls {
            var unit = uniform.unit
            unit.control = nil
            guard let place = places[unit], rows[place].isComplete else { continue }
            rows[place].attentionSplit = split(of: rows[place], uniform, means)
        }
    }

    private func split(of row: ResultRow, _ uniform: ResultRow, _ means: [ResultRow]) -> AttentionSplit? {
        let beside = means.filter { $0.readsSameTokens(as: row) }
        guard let linear = beside.max(by: { rank($0, prefersSolved: false) < rank($1, prefersSolved: false) }),
            let linearMean = linear.estimate?.mean, let uniformMean = uniform.estimate?.mean,
            let projection = advantage(of: uniform, over: linear), let attention = advantage(of: row, over: uniform)
        else { return nil }
        return AttentionSplit(
            linear: linear.label, linearMean: linearMean, uniformMean: uniformMean, projection: projection,
            attention: attention)
    }
}

extension ResultRow {
    /// Whether the row is a linear probe on the mean token.
    fileprivate var readsMeanToken: Bool {
        unit.probe.type == "linear" && unit.probe.options["input"]?.description == "mean"
            && unit.probe.options["prepare"] == nil
    }

    fileprivate func readsSameTokens(as other: ResultRow) -> Bool {
        unit.features == other.unit.features && unit.task == other.unit.task
            && unit.probe.tokenSource == other.unit.probe.tokenSource
            && unit.shots?.numbered(0) == other.unit.shots?.numbered(0) && unit.kernel == other.unit.kernel
    }
}
