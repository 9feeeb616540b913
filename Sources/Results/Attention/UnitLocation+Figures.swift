import Attention

/// A figure of a map beside what maps reach that know nothing of the sample.
struct LocatedFigure {
    let own: Double
    let uniform: Double
    let centre: Double
    let meanMap: Double

    /// Over the best of the three: what no blob explains.
    var excess: Double { own - max(uniform, centre, meanMap) }
}

/// The measures of location, in the order in which tables have them.
enum LocationMeasure: String, CaseIterable {
    case massLift = "mass_lift"
    case pointing
    case averagePrecision = "average_precision"
    case overlap = "iou"
    case centroid

    /// What tables for people call it.
    var title: String {
        switch self {
        case .massLift: "lift"
        case .pointing: "pointing"
        case .averagePrecision: "AP"
        case .overlap: "IoU"
        case .centroid: "centroid"
        }
    }

    func value(_ figures: LocationFigures) -> Double? {
        switch self {
        case .massLift: figures.massLift
        case .pointing: figures.pointing
        case .averagePrecision: figures.averagePrecision
        case .overlap: figures.overlap
        case .centroid: figures.centroid
        }
    }
}

extension UnitLocation {
    /// Nil where the figure is undefined.
    func figure(_ measure: LocationMeasure, of predictor: Int) -> LocatedFigure? {
        guard predictors.indices.contains(predictor), let own = measure.value(predictors[predictor].own),
            let mean = measure.value(predictors[predictor].meanMap), let uniform = measure.value(uniform),
            let centre = measure.value(centre)
        else { return nil }
        return LocatedFigure(own: own, uniform: uniform, centre: centre, meanMap: mean)
    }
}
