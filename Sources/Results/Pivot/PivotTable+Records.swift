import Sweeps
import Units

extension PivotTable {
    /// One cell for programs, at full precision; metrics as specifications call them.
    struct Record: Encodable {
        let rows: [String: String]
        let columns: [String: String]
        let task: String
        let metric: String
        let mean: Double?
        let standardDeviation: Double?
        let interval: [Double]?
        let parameters: Int
        /// Nil while it is not known.
        let referenceGFLOPs: Double?
        let foldsDone: Int
        let foldsPlanned: Int
        let candidates: Int
        let best: Bool
        /// Not told apart from the best.
        let tied: Bool
        let marks: [RowMark]
        /// True where choices were made on the test folds; else nil.
        let optimistic: Bool?
    }

    /// Row by row.
    var records: [Record] {
        zip(rows, cells).flatMap { row, cells in
            zip(columns, cells).compactMap { column, cell in
                cell.map { cell in
                    Record(
                        rows: Dictionary(zip(rowAxes.map(\.rawValue), row)) { first, _ in first },
                        columns: Dictionary(zip(columnAxes.map(\.rawValue), column)) { first, _ in first },
                        task: cell.task, metric: cell.metric, mean: cell.row.estimate?.mean,
                        standardDeviation: cell.row.estimate?.deviation,
                        interval: cell.row.estimate?.interval.map { [$0.lowerBound, $0.upperBound] },
                        parameters: cell.row.parameters,
                        referenceGFLOPs: cell.row.knownReferenceMACs.map { _ in cell.row.referenceGFLOPs },
                        foldsDone: cell.row.foldsDone, foldsPlanned: cell.row.folds.count, candidates: cell.candidates,
                        best: cell.isBest, tied: cell.isTied, marks: cell.row.marks,
                        optimistic: cell.row.isOptimistic ? true : nil)
                }
            }
        }
    }

    var csv: String {
        let axes = rowAxes + columnAxes
        let header =
            axes.map(\.rawValue) + [
                "task", "metric", "mean", "standard_deviation", "interval_low", "interval_high", "parameters",
                "reference_gflops", "folds_done", "folds_planned", "candidates", "best", "tied", "marks", "optimistic",
            ]
        let lines = records.map { record in
            axes.map { (record.rows[$0.rawValue] ?? record.columns[$0.rawValue]) ?? "" } + [record.task, record.metric]
                + [record.mean, record.standardDeviation, record.interval?.first, record.interval?.last].map(
                    RoundTripFormat.number)
                + ["\(record.parameters)", RoundTripFormat.number(record.referenceGFLOPs)]
                + ["\(record.foldsDone)", "\(record.foldsPlanned)", "\(record.candidates)"]
                + [
                    "\(record.best)", "\(record.tied)", record.marks.map(\.description).joined(separator: "; "),
                    "\(record.optimistic ?? false)",
                ]
        }
        return CSV.text([header] + lines)
    }
}
