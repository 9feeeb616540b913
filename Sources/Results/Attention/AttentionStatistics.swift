import Attention

/// How worth goes with where maps look, and how probes differ, on one layer of one feature set.
package struct AttentionStatistics: Hashable, Sendable, Encodable {
    package let features: String
    package let layer: Int
    package let task: String
    package let metric: String
    /// Test folds of all repetitions.
    package let folds: Int
    package let seeds: Int
    package let relations: [WorthRelation]
    package let comparisons: [ProbeComparison]
}

extension [UnitAttention] {
    /// One for each layer and task, in the order in which they are met.
    package var statistics: [AttentionStatistics] {
        var groups: [(name: LayerName, units: [UnitAttention])] = []
        for unit in self {
            if let place = groups.firstIndex(where: { $0.name == unit.layerName }) {
                groups[place].units.append(unit)
            } else {
                groups.append((unit.layerName, [unit]))
            }
        }
        return groups.map { name, units in
            AttentionStatistics(
                features: name.features, layer: name.layer, task: name.task, metric: name.metric,
                folds: Set(units.map(\.foldName)).count, seeds: Set(units.map(\.name.seed)).count,
                relations: RelatedUnits(units).relations, comparisons: ProbeComparison.all(of: units))
        }
    }
}

/// What units have in common that are compared with one another.
private struct LayerName: Hashable {
    let features: String
    let layer: Int
    let task: String
    let metric: String
}

/// A test fold of one repetition.
struct FoldName: Hashable, Comparable {
    let repetition: Int
    let heldOut: Int

    static func < (first: FoldName, second: FoldName) -> Bool {
        (first.repetition, first.heldOut) < (second.repetition, second.heldOut)
    }
}

extension UnitAttention {
    fileprivate var layerName: LayerName {
        LayerName(features: name.features, layer: name.layer, task: name.task, metric: self.metric)
    }

    var foldName: FoldName { FoldName(repetition: name.repetition, heldOut: name.heldOut) }
}

/// Values of units, averaged within each fold: seeds, draws and probes of one fold are one observation.
struct FoldValues {
    private var values: [FoldName: [Double]] = [:]

    mutating func add(_ value: Double?, _ fold: FoldName) {
        if let value { values[fold, default: []].append(value) }
    }

    var means: [FoldName: Double] { values.mapValues(arithmeticMean) }

    /// - Parameter folds: k.
    func estimate(folds: Int) -> FoldEstimate? {
        FoldEstimate(means.sorted { $0.key < $1.key }.map(\.value), folds: folds)
    }
}

/// The units of one layer and task, to relate worth to quality.
private struct RelatedUnits {
    private let units: [UnitAttention]
    /// In the order in which they are met.
    private let probes: [String]
    /// k.
    private let folds: Int

    init(_ units: [UnitAttention]) {
        self.units = units
        probes = units.reduce(into: []) { if !$0.contains($1.name.sizedProbe) { $0.append($1.name.sizedProbe) } }
        folds = units.map(\.name.foldCount).min() ?? 1
    }

    /// Those that some fold defines.
    var relations: [WorthRelation] {
        WorthQuality.allCases.flatMap { quality in
            scopes.map { relation($0, quality) }
        }.filter { $0.metric.folds + $0.logLoss.folds > 0 }
    }

    /// With a single probe, what holds within it is all there is.
    private var scopes: [WorthRelation.Scope] {
        let within = probes.map { WorthRelation.Scope.within(probe: $0) }
        return probes.count > 1 ? [.withinAll] + within + [.pooled, .between] : within
    }

    private func relation(_ scope: WorthRelation.Scope, _ quality: WorthQuality) -> WorthRelation {
        let metric = line(scope, quality, \.metric)
        let logLoss = line(scope, quality, \.logLoss)
        let points = metric.points.isEmpty ? logLoss.points : metric.points
        return WorthRelation(
            scope: scope, quality: quality, metric: metric.line, logLoss: logLoss.line,
            points: points.isEmpty ? nil : arithmeticMean(points))
    }

    private typealias Figure = KeyPath<UnitAttention.Worth, Double?>

    private func line(
        _ scope: WorthRelation.Scope, _ quality: WorthQuality, _ figure: Figure
    ) -> (line: WorthRelation.Line, points: [Double]) {
        var (spearman, slope, counts) = (FoldValues(), FoldValues(), [Double]())
        for part in parts(scope) {
            var (rhos, slopes) = (FoldValues(), FoldValues())
            for units in part {
                let points = points(units, scope, quality, figure)
                guard let line = points.line else { continue }
                rhos.add(line.spearman, units[0].foldName)
                slopes.add(line.slope, units[0].foldName)
                counts.append(Double(points.worths.count))
            }
            // Of each probe once a fold, however many seeds it has.
            for (fold, value) in rhos.means { spearman.add(value, fold) }
            for (fold, value) in slopes.means { slope.add(value, fold) }
        }
        let line = WorthRelation.Line(
            spearman: spearman.estimate(folds: folds), slope: slope.estimate(folds: folds),
            folds: spearman.means.count)
        return (line, counts)
    }

    /// For each part that counts once in a fold, the units whose points are compared with one another.
    private func parts(_ scope: WorthRelation.Scope) -> [[[UnitAttention]]] {
        switch scope {
        case .within(let probe): [units.filter { $0.name.sizedProbe == probe }.map { [$0] }]
        case .withinAll: probes.map { probe in units.filter { $0.name.sizedProbe == probe }.map { [$0] } }
        case .pooled, .between: [splits]
        }
    }

    /// The units of each fold, seed and draw, in the order in which they are met.
    private var splits: [[UnitAttention]] {
        let bySplit = Dictionary(grouping: units, by: \.splitName)
        var met = Set<SplitName>()
        return units.map(\.splitName).filter { met.insert($0).inserted }.compactMap { bySplit[$0] }
    }

    private func points(
        _ units: [UnitAttention], _ scope: WorthRelation.Scope, _ quality: WorthQuality, _ figure: Figure
    ) -> WorthPoints {
        var points = WorthPoints()
        for unit in units {
            if case .between = scope {
                points.add(quality.mean(of: unit), unit.all[keyPath: figure])
                continue
            }
            for predictor in unit.predictors {
                let own = predictor.uniform[keyPath: figure]
                points.add(
                    quality.value(of: predictor, in: unit),
                    scope == .pooled ? unit.share(own, figure) : own)
            }
        }
        return points
    }
}

/// One split, with the seed and draw by which heads were trained on it.
private struct SplitName: Hashable {
    let fold: FoldName
    let seed: Int
    let draw: Int?
}

extension UnitAttention {
    fileprivate var splitName: SplitName {
        SplitName(fold: foldName, seed: name.seed, draw: name.draw)
    }

    /// A worth as a part of what all maps are worth, by the same figure; nil where that is nothing.
    fileprivate func share(_ own: Double?, _ figure: KeyPath<Worth, Double?>) -> Double? {
        guard let own, let all = self.all[keyPath: figure], all > 0 else { return nil }
        return own / all
    }
}
