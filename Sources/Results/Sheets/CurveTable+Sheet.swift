import Metrics

extension CurveTable {
    /// A line for each curve and a column for each value, the best of a line with a star; at most so many curves, those
    /// with the best means.
    package func sheet(curves most: Int) -> Sheet {
        let score = ScoreText(of: metric)
        let shown = best(most)
        let names = shown.map(\.name).withoutSharedParts
        let rows = zip(names, shown).map { name, curve in
            [name]
                + curve.estimates.indices.map { index in
                    score.text(curve.estimates[index]) + (index == curve.best ? " *" : "")
                }
        }
        let leftOut = curves.count - shown.count
        return Sheet(
            title: "\(task): \(DisplayName.metricWithUnit(metric)) over \(axis.inWords)",
            columns: [.text("row")] + places.map { .number($0) }, rows: rows,
            notes: ["Mean ± half the 95 % interval over folds; * best of its line."]
                + (leftOut > 0 ? ["\(leftOut) more rows are left out here: those with lower best means."] : []))
    }

    private func best(_ most: Int) -> [Curve] {
        guard curves.count > most else { return curves }
        let sign: Double = Metrics.greaterIsBetter(metric) ? 1 : -1
        let tops = curves.map { curve in
            curve.best.flatMap { curve.estimates[$0] }.map { sign * $0.mean } ?? -.infinity
        }
        let kept = Set(curves.indices.sorted { (-tops[$0], $0) < (-tops[$1], $1) }.prefix(most))
        return curves.indices.filter(kept.contains).map { curves[$0] }
    }
}

extension RowAxis {
    fileprivate var inWords: String {
        switch self {
        case .row, .probe: rawValue
        case .features: "backbones"
        case .layer: "layers"
        case .output: "output dimensionalities"
        case .shots: "amounts of labels"
        }
    }
}
