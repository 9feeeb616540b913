import Probes
import Units

/// Why results cannot be drawn as they were asked for, and what to do.
package enum PlotError: Error, Hashable, CustomStringConvertible {
    /// No row has all of its folds; `lacking` rows have some of them or none.
    case noResults(lacking: Int)
    /// All points of every panel lie above one value of the axis.
    case singleValue(of: String, value: String)
    /// One panel would have more lines than a reader can tell apart.
    case tooManyLines(count: Int, options: [String])
    /// A board ranks nobody.
    case noRanks
    /// No predictor has a worth and a quality of its maps.
    case noPoints

    /// The most lines of one panel.
    package static let mostLines = 12

    package var description: String {
        switch self {
        case .noResults(let lacking):
            "There is nothing to draw: "
                + (lacking == 0
                    ? "no row is selected that a figure shows."
                    : "\(lacking) rows lack folds, and no row has all of them.")
                + " probesweep table shows what there is."
        case .singleValue(let axis, let value):
            "There is no curve to draw: all rows have one \(axis), \(value). Name a sweep that has several, leave out options "
                + "that choose one, or draw the rows against their cost: --against params --grid."
        case .tooManyLines(let count, let options):
            "One panel would have \(count) lines, more than the \(Self.mostLines) that a reader tells apart. Choose some of "
                + "them by \(options.joined(separator: ", or by ")); --against params --grid draws them all, without lines."
        case .noRanks:
            "There are no ranks to draw: it takes two backbones with all folds of a task, and two folds or more."
        case .noPoints:
            "There are no points to draw: no predictor has both a worth and the quality that it is held against. Without "
                + "--figure the findings are printed as tables."
        }
    }
}

extension PlotError {
    /// - Parameters:
    ///   - count: Of the lines of one panel.
    ///   - rows: What these lines are of.
    static func tooManyLines(_ count: Int, of rows: [ResultRow], over axis: ResultPlot.Axis = .layer) -> PlotError {
        let choices = [
            ("--probe", "probe types", Set(rows.map(\.unit.probe.type)).count),
            ("--features", "feature sets", Set(rows.map(\.features)).count),
            ("--output-dim", "output dimensionalities", axis == .output ? 1 : Set(rows.map(\.outputWidth)).count),
        ]
        let options = choices.filter { $0.2 > 1 }.map { "\($0.0) (\($0.2) \($0.1))" }
        return .tooManyLines(count: count, options: options.isEmpty ? ["--probe"] : options)
    }

    /// The abscissa of all points, if no panel has points of two.
    static func onlyValue(_ panels: [[PlotSeries.Point]]) -> Double? {
        let values = panels.map { Set($0.map(\.x).filter(\.isFinite)) }
        return values.allSatisfy { $0.count < 2 } ? values.compactMap(\.first).first : nil
    }
}
