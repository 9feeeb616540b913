import Probes
import Units

/// By how much a multilayer perceptron is better than a linear probe on the same vectors: what the features hold that no
/// linear map reads.
package struct LinearityGap: Codable, Hashable, Sendable {
    /// The linear row's label.
    package let linear: String
    package let linearMean: Double
    /// Of the perceptron over the linear probe, paired by folds, in the metric's direction.
    package let advantage: CorrectedResampledTest
}

extension ResultTable.Block {
    /// Sets the linearity gap of every perceptron with a linear probe on the same vectors: the solved one, whose optimum
    /// does not hang on a recipe, or else the one that gradient steps found; of several of a kind the best.
    mutating func setLinearityGaps() {
        for index in rows.indices { rows[index].linearityGap = nil }
        guard rows.contains(where: { $0.unit.probe.type == "mlp" }) else { return }
        let linear = Dictionary(
            comparableVectors.filter { $0.isComplete && $0.unit.probe.type == "linear" }.map {
                (VectorsKey($0.unit), $0)
            }
        ) { first, second in
            let (own, other) = (rank(first, prefersSolved: true), rank(second, prefersSolved: true))
            return own >= other ? first : second
        }
        for index in rows.indices where rows[index].unit.probe.type == "mlp" && rows[index].unit.control == nil {
            guard rows[index].isComplete, let base = linear[VectorsKey(rows[index].unit)],
                let mean = base.estimate?.mean,
                let advantage = advantage(of: rows[index], over: base)
            else { continue }
            rows[index].linearityGap = LinearityGap(linear: base.label, linearMean: mean, advantage: advantage)
        }
    }

    /// Orders linear rows of the same vectors.
    func rank(_ row: ResultRow, prefersSolved: Bool) -> (Int, Double) {
        (row.isTrainedByGradient == prefersSolved ? 0 : 1, score(of: row))
    }

    /// The corrected resampled test of two rows; nil where they were not scored on the same two folds or more.
    func advantage(of first: ResultRow, over second: ResultRow) -> CorrectedResampledTest? {
        var pair = self
        pair.rows = [first, second]
        guard let values = try? Comparison.alignedValues(of: pair) else { return nil }
        let differences = zip(values[0], values[1]).map { greaterIsBetter ? $0 - $1 : $1 - $0 }
        return CorrectedResampledTest(differences, folds: first.unit.fold.count)
    }
}

extension ResultRow {
    var isTrainedByGradient: Bool { type(of: unit.solver.settings).name == "gradient" }
}
