import Attention

extension UnitLocation {
    /// Each measure with its three excesses, then what is said of a set.
    static let columns =
        LocationMeasure.allCases.flatMap { measure in
            [measure.rawValue] + ["uniform", "centre", "mean_map"].map { "\(measure.rawValue)_over_\($0)" }
        } + ["iou_threshold", "located_samples", "covered", "union", "excess_covered"]

    /// The cells of those columns: of a predictor, or of the set where none is given.
    static func cells(_ location: UnitLocation?, of predictor: Int?) -> [String] {
        guard let location else { return Array(repeating: "", count: columns.count) }
        guard let predictor else {
            let coverage = location.coverage
            let figures = [Double(location.samples), coverage.covered, coverage.union, coverage.excess]
            return Array(repeating: "", count: columns.count - figures.count)
                + figures.map { RoundTripFormat.number($0) }
        }
        let figures = LocationMeasure.allCases.flatMap { measure -> [Double?] in
            let figure = location.figure(measure, of: predictor)
            return [
                figure?.own, figure.map { $0.own - $0.uniform }, figure.map { $0.own - $0.centre },
                figure.map { $0.own - $0.meanMap },
            ]
        }
        let found = location.predictors[predictor]
        return figures.map(RoundTripFormat.number)
            + [RoundTripFormat.number(found.own.threshold), "\(found.samples)", "", "", ""]
    }
}
