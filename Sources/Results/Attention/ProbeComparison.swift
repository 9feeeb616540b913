import Attention

/// Probes compared pair by pair over the same folds by one figure of what they look at.
package struct ProbeComparison: Hashable, Sendable, Encodable {
    /// What probes are compared by.
    package enum Figure: String, CaseIterable, Sendable, Encodable {
        case worthOfAll = "worth_of_all"
        case entropy
        case massLift = "mass_lift"
        case excessCovered = "excess_covered"
        case excessDissimilarity = "excess_dissimilarity"

        func value(of unit: UnitAttention) -> Double? {
            switch self {
            case .worthOfAll: unit.all.metric
            case .entropy: WorthQuality.entropy.mean(of: unit)
            case .massLift: WorthQuality.massLift.mean(of: unit)
            case .excessCovered: unit.location?.coverage.excess
            case .excessDissimilarity: unit.overlap?.excess
            }
        }

        /// What tables call it.
        var title: String {
            switch self {
            case .worthOfAll: "worth of all maps"
            case .entropy: "entropy"
            case .massLift: "mass lift"
            case .excessCovered: "coverage over that of the union's size"
            case .excessDissimilarity: "excess of dissimilarity"
            }
        }
    }

    package let figure: Figure
    package let probes: [String]
    /// Over folds, by probe.
    package let means: [Double]
    package let folds: Int
    /// Every pair by the corrected resampled t-test, with Holm's correction for all of them.
    package let pairs: [PairTest]
}

extension ProbeComparison {
    /// By each figure that two probes at least have on all folds; seeds are averaged within their fold.
    static func all(of units: [UnitAttention]) -> [ProbeComparison] {
        Figure.allCases.compactMap { ProbeComparison($0, units) }
    }

    private init?(_ figure: Figure, _ units: [UnitAttention]) {
        var values: [(probe: String, values: FoldValues)] = []
        for unit in units {
            let probe = unit.name.sizedProbe
            let place = values.firstIndex { $0.probe == probe } ?? values.count
            if place == values.count { values.append((probe, FoldValues())) }
            values[place].values.add(figure.value(of: unit), unit.foldName)
        }
        let names = Set(units.map(\.foldName)).sorted()
        let complete = values.filter { $0.values.means.count == names.count }
        let scores = complete.map { entry in names.compactMap { entry.values.means[$0] } }
        guard scores.count > 1,
            let pairs = PairTest.overFolds(scores, folds: units.map(\.name.foldCount).min() ?? 1)
        else { return nil }
        self.init(
            figure: figure, probes: complete.map(\.probe), means: scores.map(arithmeticMean), folds: names.count,
            pairs: pairs)
    }
}
