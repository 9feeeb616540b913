import Units

/// By how much a probe is better on the task than on random labels of the task's types: what it reads less what it can
/// remember (Hewitt and Liang, "Designing and interpreting probes with control tasks", EMNLP 2019).
package struct Selectivity: Codable, Hashable, Sendable {
    /// The same probe's mean on random labels of types.
    package let controlMean: Double
    /// Of the probe over that, paired by folds, in the metric's direction.
    package let advantage: CorrectedResampledTest
}

extension ResultTable.Block {
    /// Sets the selectivity of every row that has its control `types` beside it.
    mutating func setSelectivities() {
        for index in rows.indices { rows[index].selectivity = nil }
        let controls = rows.filter { $0.unit.control == .types && $0.isComplete }
        if controls.isEmpty { return }
        let places = Dictionary(
            rows.indices.map { (rows[$0].unit, $0) }, uniquingKeysWith: { first, _ in first })
        for control in controls {
            var unit = control.unit
            (unit.control, unit.task.permutation, unit.task.isLabelledByType) = (nil, nil, nil)
            guard let place = places[unit], rows[place].isComplete, let mean = control.estimate?.mean,
                let advantage = advantage(of: rows[place], over: control)
            else { continue }
            rows[place].selectivity = Selectivity(controlMean: mean, advantage: advantage)
        }
    }
}
