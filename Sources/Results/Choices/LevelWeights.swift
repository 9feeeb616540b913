import Probes
import Units

extension ResultRow {
    /// The weight of each level that the row's probe mixes, over folds, by the level's index; nil for a probe that mixes
    /// none, and where choices were not read.
    ///
    /// Draws and seeds of a fold are averaged first, as in its figure.
    var mixingWeights: [String: FoldEstimate]? {
        guard let levels = unit.probe.mixedLevels else { return nil }
        var weights: [String: FoldEstimate] = [:]
        for level in levels {
            let folds = folds.compactMap { fold -> Double? in
                let values = fold.results.compactMap { $0.details?.choice[Self.weightName(level)] }
                return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
            }
            weights["\(level)"] = FoldEstimate(folds, folds: unit.fold.count)
        }
        return weights.isEmpty ? nil : weights
    }

    /// `mixingWeight2 .3410 ± .0200`, level by level; empty for a probe that mixes none.
    var mixingSummary: [String] {
        guard let weights = mixingWeights else { return [] }
        return (unit.probe.mixedLevels ?? []).compactMap { level in
            weights["\(level)"].map { estimate in
                Self.weightName(level) + " " + NumberFormat.fixed(estimate.mean)
                    + (estimate.halfWidth.map { " ± " + NumberFormat.fixed($0) } ?? "")
            }
        }
    }

    /// Whether a choice is the weight of a level, which no two folds have in common.
    static func isWeight(_ name: String) -> Bool { name.hasPrefix(weightPrefix) }

    private static let weightPrefix = "mixingWeight"
    private static func weightName(_ level: Int) -> String { "\(weightPrefix)\(level)" }
}
