import Features
import Numerics
import Sweeps
import Testing
import Units

@testable import Training

/// What units that differ in their seed alone score on their test folds, on one kernel path.
struct SeededScores {
    let path: KernelPath
    let values: [Double]

    /// - Parameter metric: the one that the units are chosen by, where none is named.
    init(_ units: [ProbeUnit], in set: SyntheticSet, by metric: String? = nil, on path: KernelPath) throws {
        let outcomes = try set.train(units, threads: 2, kernel: path)
        self.path = path
        values = try units.map { unit in
            let trained = try #require(
                outcomes[unit.key]?.trained, "\(unit.task) \(unit.probe): \(outcomes[unit.key]?.error as Any)")
            #expect(trained.predictions.scores.count == trained.predictions.rows.count * unit.task.outputs)
            #expect(trained.result.trainingMACs > 0 || unit.solver == .nothing)
            return try #require(trained.result.metrics[metric ?? unit.task.metric], "\(unit.task)")
        }
    }

    var mean: Double { values.reduce(0, +) / Double(values.count) }

    private var deviation: Double {
        let squares = values.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return (squares / Double(values.count - 1)).squareRoot()
    }

    /// Holds the mean to that of another path.
    ///
    /// Training may magnify what paths round differently, at worst until their heads have no more in common than those
    /// of other seeds: means of eight values then differ by half a deviation, and hardly ever by three times that.
    /// - Parameter step: what one row of the test fold is worth, where heads of all seeds are the same.
    func expectAlike(_ other: SeededScores, step: Double, _ comment: String) {
        let margin = 1.5 * max(deviation, other.deviation) + step
        #expect(
            abs(mean - other.mean) <= margin, "\(comment): \(mean) on \(path), \(other.mean) on \(other.path)")
    }
}
