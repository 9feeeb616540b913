import Attention
import Metrics

/// How what predictors are worth goes with one quality of their maps, over folds.
///
/// Predictors of one fold share head, rows and training, and are no independent observations: correlation and slope are
/// computed within each fold and seed, seeds are averaged within their fold, and the interval is the corrected one over
/// folds. It says how sure one is of the mean over folds, for these samples and this backbone.
package struct WorthRelation: Hashable, Sendable, Encodable {
    /// Whose points are compared with one another.
    package enum Scope: Hashable, Sendable {
        /// Predictors of one probe, by Δ.
        case within(probe: String)
        /// The mean over probes of what holds within each.
        case withinAll
        /// Predictors of all probes, by their shares of what all maps of their probe are worth.
        case pooled
        /// Probes, by what all their maps are worth and the mean quality of these.
        case between
    }

    package var scope: Scope
    package var quality: WorthQuality
    /// By the task's metric.
    package var metric: Line
    /// By log-loss.
    package var logLoss: Line
    /// Predictors, or probes, of a fold and seed; the mean over those that have a correlation.
    package var points: Double?

    /// Correlation and slope; nil where no fold defines them.
    package struct Line: Hashable, Sendable, Encodable {
        /// Spearman's ρ.
        package var spearman: FoldEstimate?
        /// Of least squares: worth by unit of the quality.
        package var slope: FoldEstimate?
        /// Folds that define them.
        package var folds: Int
    }
}

/// What is held against worth.
package enum WorthQuality: String, CaseIterable, Sendable, Encodable {
    case entropy
    case highNormMass = "high_norm_mass"
    case massLift = "mass_lift"
    case massLiftOverMeanMap = "mass_lift_over_mean_map"
    case pointing
    case averagePrecision = "average_precision"
    case overlap = "iou"
    case centroid

    /// What tables call it.
    var title: String {
        switch self {
        case .entropy: "entropy"
        case .highNormMass: "mass on high norms"
        case .massLift: "mass lift"
        case .massLiftOverMeanMap: "lift over mean map"
        case .pointing: "pointing"
        case .averagePrecision: "AP"
        case .overlap: "IoU"
        case .centroid: "centroid in box"
        }
    }

    func value(of predictor: UnitAttention.Predictor, in unit: UnitAttention) -> Double? {
        func located(_ measure: LocationMeasure) -> Double? {
            unit.location?.figure(measure, of: predictor.number)?.own
        }
        switch self {
        case .entropy: return predictor.quality.entropy
        case .highNormMass: return predictor.quality.highNormMass
        case .massLift: return located(.massLift)
        case .massLiftOverMeanMap:
            return unit.location?.figure(.massLift, of: predictor.number).map { $0.own - $0.meanMap }
        case .pointing: return located(.pointing)
        case .averagePrecision: return located(.averagePrecision)
        case .overlap: return located(.overlap)
        case .centroid: return located(.centroid)
        }
    }

    /// The mean over a unit's predictors.
    func mean(of unit: UnitAttention) -> Double? {
        let values = unit.predictors.compactMap { value(of: $0, in: unit) }
        return values.count == unit.predictors.count && !values.isEmpty ? arithmeticMean(values) : nil
    }
}

extension WorthRelation.Scope: Encodable {
    /// What tables call it.
    var title: String {
        switch self {
        case .within(let probe): "within \(probe)"
        case .withinAll: "within, mean of probes"
        case .pooled: "all predictors, shares"
        case .between: "between probes"
        }
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(title)
    }
}

/// Worth against quality of the points of one fold and seed.
struct WorthPoints {
    private(set) var qualities: [Double] = []
    private(set) var worths: [Double] = []

    /// A point of which either is undefined is left out.
    mutating func add(_ quality: Double?, _ worth: Double?) {
        guard let quality, let worth else { return }
        qualities.append(quality)
        worths.append(worth)
    }

    /// Fewer points than this have a correlation that is nearly always 1 or −1.
    static let fewest = 3

    /// Spearman's ρ and the slope of least squares; nil for too few points and where either side is constant.
    var line: (spearman: Double, slope: Double)? {
        guard qualities.count >= Self.fewest, let spearman = Metrics.spearman(qualities, worths) else { return nil }
        let (quality, worth) = (arithmeticMean(qualities), arithmeticMean(worths))
        let spread = qualities.reduce(0) { $0 + ($1 - quality) * ($1 - quality) }
        let product = zip(qualities, worths).reduce(0) { $0 + ($1.0 - quality) * ($1.1 - worth) }
        return (spearman, product / spread)
    }
}

/// Of a list that is not empty.
func arithmeticMean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }
