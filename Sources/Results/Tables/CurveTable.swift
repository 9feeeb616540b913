import Sweeps
import Units

/// One task's means along an axis: a line for each group of rows that differ only along that axis.
package struct CurveTable: Codable, Hashable, Sendable {
    package let task: String
    package let metric: String
    package let axis: RowAxis
    /// Values on the axis, ascending: layers, dimensionalities, shots as specifications write them, or feature sets by
    /// name.
    package let places: [String]
    /// In order of the table's rows.
    package let curves: [Curve]

    /// One line along the axis.
    package struct Curve: Codable, Hashable, Sendable {
        /// The line's name without the axis.
        package let name: String
        /// One for each value on the axis; nil if there is no row, or none with a result.
        package let estimates: [FoldEstimate?]
        /// Index of the value with the best mean, nil if no row is complete.
        package let best: Int?
    }
}

extension ResultRow {
    /// The row's value on a numeric axis: its layer, D_o, or training samples; nil on an axis of names, and for shots
    /// while no unit is done.
    func axisValue(on axis: RowAxis) -> Double? {
        switch axis {
        case .row, .probe: nil
        // By name: they have no other order.
        case .features: 0
        case .layer: Double(unit.features.layer)
        case .output: Double(outputWidth)
        case .shots: trainingSamples
        }
    }

    /// The label of that value.
    func axisLabel(on axis: RowAxis) -> String {
        switch axis {
        case .row, .probe: name
        case .features: features
        case .layer: "\(unit.features.layer)"
        case .output: "\(outputWidth)"
        case .shots: unit.shots?.description ?? "all"
        }
    }
}

extension RowAxis {
    /// Whether rows have one value on it, so that it can be the columns of a table.
    var hasPlaces: Bool { self != .row && self != .probe }
}

extension ResultTable {
    /// Every task's means along an axis; empty for `row` and `probe`, which have no places. Rows that chose on
    /// the test folds are left out where others did not.
    package func curves(over axis: RowAxis) -> [CurveTable] {
        blocks.compactMap { block in
            guard axis.hasPlaces else { return nil }
            let shown = block.honest.rows
            let places = Dictionary(grouping: shown) { $0.axisLabel(on: axis) }.mapValues { rows in
                rows.compactMap { $0.axisValue(on: axis) }.min() ?? .infinity
            }.sorted { ($0.value, $0.key) < ($1.value, $1.key) }.map(\.key)
            var names: [String] = []
            for name in shown.map({ $0.name(without: axis) }) where !names.contains(name) { names.append(name) }
            let rows = Dictionary(grouping: shown) { $0.name(without: axis) }
            return CurveTable(
                task: block.task, metric: block.metric, axis: axis, places: places,
                curves: names.map { name in
                    CurveTable.Curve(name, rows[name] ?? [], over: axis, places, block.greaterIsBetter)
                })
        }
    }
}

extension CurveTable.Curve {
    fileprivate init(
        _ name: String, _ rows: [ResultRow], over axis: RowAxis, _ places: [String], _ greaterIsBetter: Bool
    ) {
        self.name = name
        let found = places.map { place in rows.first { $0.axisLabel(on: axis) == place } }
        estimates = found.map { $0?.estimate }
        best = found.indices.filter { found[$0]?.isComplete == true }.max {
            let (first, second) = (found[$0]?.estimate?.mean ?? .nan, found[$1]?.estimate?.mean ?? .nan)
            return greaterIsBetter ? first < second : first > second
        }
    }
}

extension [CurveTable] {
    /// The curves in a format, ending in a newline: a column for each value in human-readable formats, a line for each
    /// point in CSV.
    package func rendered(as format: TableFormat) -> String {
        switch format {
        case .text: map(\.grid.text).joined(separator: "\n") + "\n" + [Self.legend].lines
        case .markdown: map(\.grid.markdown).joined(separator: "\n") + "\n" + [Self.legend].lines
        case .latex: LaTeXTable.packages + "\n" + map(\.grid.latex).joined(separator: "\n\n") + "\n"
        case .csv: CSV.text([CurveTable.header] + flatMap(\.fields))
        case .json: sortedJSON(self)
        }
    }

    private static var legend: String { "mean ± half the Nadeau–Bengio 95 % interval over folds; * best of its line." }
}

extension CurveTable {
    fileprivate var grid: Grid {
        let names = curves.map(\.name).withoutSharedParts
        return Grid(
            title: "\(task): \(metric) over \(axis.rawValue)",
            columns: [.left("")] + places.map { .right($0) },
            rows: zip(names, curves).map { name, curve in [name] + curve.cells })
    }

    fileprivate static let header = [
        "task", "metric", "curve", "axis", "place", "mean", "standard_deviation", "interval_low", "interval_high",
    ]

    fileprivate var fields: [[String]] {
        curves.flatMap { curve in
            zip(places, curve.estimates).compactMap { place, estimate in
                estimate.map {
                    [task, metric, curve.name, axis.rawValue, place, RoundTripFormat.number($0.mean)]
                        + [$0.deviation, $0.interval?.lowerBound, $0.interval?.upperBound].map(RoundTripFormat.number)
                }
            }
        }
    }
}

extension CurveTable.Curve {
    fileprivate var cells: [String] {
        estimates.indices.map { index in
            guard let estimate = estimates[index] else { return NumberFormat.missing }
            let interval = estimate.halfWidth.map { " ±\(NumberFormat.fixed($0, 3))" } ?? ""
            return NumberFormat.fixed(estimate.mean) + interval + (index == best ? "*" : " ")
        }
    }
}
