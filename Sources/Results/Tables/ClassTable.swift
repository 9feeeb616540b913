package import Metrics
import Sweeps
import Units

/// Per-class scores of the rows of a result table.
package struct ClassTable: Sendable {
    package var rows: [Row]

    package init(rows: [Row]) {
        self.rows = rows
    }

    /// One class of one row.
    package struct Row: Encodable, Sendable {
        package var task: String
        package var features: String
        package var layer: Int
        package var probe: String
        package var output: Int
        package var classIndex: Int
        package var className: String
        /// Samples of the class, over the test folds.
        package var positives: Int
        /// Means over the folds in which they are defined.
        package var precision: Double?
        package var recall: Double?
        package var f1: Double?
        package var averagePrecision: Double?
        package var areaUnderCurve: Double?
    }

    /// The classes of one row of a result table.
    ///
    /// - Parameter folds: the results of every class, for each test fold.
    package static func rows(
        _ folds: [[ClassResult]], of row: ResultRow, in block: ResultTable.Block, classNames: [String]?
    ) -> [Row] {
        (folds.map(\.count).min() ?? 0 == 0 ? [] : Array(folds[0].indices)).map { index in
            func mean(_ value: (ClassResult) -> Double?) -> Double? {
                let values = folds.compactMap { value($0[index]) }
                return values.isEmpty ? nil : values.reduce(0, +) / Double(values.count)
            }
            // A head of one logit answers for the class that the number 1 stands for.
            let name = folds[0].count == 1 ? classNames?.last : classNames?[index]
            return Row(
                task: block.task, features: row.features, layer: row.unit.features.layer, probe: row.label,
                output: row.outputWidth, classIndex: index, className: name ?? "\(index)",
                positives: folds.reduce(0) { $0 + $1[index].positives }, precision: mean(\.precision),
                recall: mean(\.recall), f1: mean(\.f1), averagePrecision: mean(\.averagePrecision),
                areaUnderCurve: mean(\.areaUnderCurve))
        }
    }
}
