import Metrics
import Sweeps
import Units

/// Figures of many rows with an axis down the side and another along the top, as papers set them.
///
/// Where several rows of a task fall into one cell, the cell is what their inner splits chose: in each fold the row with
/// the best inner score, scored on the test fold. The best figure of each task is bold, and those not told apart from it
/// are underlined: by the corrected resampled t-test over the same folds, with Holm's correction. A pure function of the
/// table.
package struct PivotTable: Hashable, Sendable {
    let rowAxes: [TableAxis]
    let columnAxes: [TableAxis]
    /// Labels, one for each axis.
    let rows: [[String]]
    let columns: [[String]]
    /// `[rows][columns]`; nil where the sweep has no such row.
    let cells: [[Cell?]]
    /// What is to be said of the table as a whole.
    let notes: [String]
    /// Metrics with their units, in order of tasks.
    let metrics: [String]
    /// Test folds of a row, repeats included; the fewest and the most of any.
    let folds: ClosedRange<Int>
    /// Whether some cells were tested against the best of their task.
    let isTested: Bool

    struct Cell: Hashable, Sendable {
        /// Of the cell's one row, or of what inner splits chose.
        var row: ResultRow
        var task: String
        var metric: String
        /// How many rows it was chosen from.
        var candidates: Int
        var isBest = false
        /// Whether no paired test tells it from the best.
        var isTied = false
    }

    /// - Throws: ``PivotError`` if an axis is on both sides, if no task has a row, or if a cell has several rows and no
    ///   inner scores on the same folds and labels to choose by.
    package static func make(
        _ table: ResultTable, rows rowAxes: [TableAxis], columns columnAxes: [TableAxis]
    ) throws(PivotError) -> PivotTable {
        if let twice = rowAxes.first(where: columnAxes.contains) {
            throw PivotError("The axis \(twice.rawValue) is on both sides. Name it in --rows or in --columns.")
        }
        let blocks = table.blocks.map(\.honest).filter { !$0.rows.isEmpty }
        let haveTasks = (rowAxes + columnAxes).contains(.tasks)
        guard haveTasks || blocks.count <= 1 else {
            let names = blocks.map { "\($0.task) (\($0.metric))" }.joined(separator: ", ")
            throw PivotError(
                "A cell would mix \(names). Name tasks in --rows or --columns, or select one task with --task and one of "
                    + "its metrics with --metrics.")
        }
        guard !blocks.isEmpty else { throw PivotError("The table has no rows.") }
        var (cells, notes, isTested) = ([Position: Cell](), [String](), false)
        let places = Dictionary(uniqueKeysWithValues: Set(rowAxes + columnAxes).map { ($0, $0.places(of: blocks)) })
        for block in blocks {
            func place(of row: ResultRow, on axis: TableAxis) -> TableAxis.Place {
                let own = axis.place(of: row, in: block)
                return places[axis]?[own.label] ?? own
            }
            let groups = Dictionary(grouping: block.rows) { row in
                Position(
                    row: rowAxes.map { place(of: row, on: $0) }, column: columnAxes.map { place(of: row, on: $0) })
            }
            var found: [Position: Cell] = [:]
            for position in groups.keys.sorted() {
                found[position] = try cell(of: groups[position] ?? [], in: block, on: rowAxes + columnAxes)
            }
            switch distinguish(&found, in: block) {
            case .tested: isTested = true
            case .refused(let reason): notes.append("Not tested: \(reason)")
            case .nothingToTest: break
            }
            if block.isOptimistic { notes.append("\(block.task): chosen on the test folds, which is optimistic.") }
            cells.merge(found) { first, _ in first }
        }
        notes += table.lackingMetrics
        return PivotTable(cells, rowAxes, columnAxes, blocks, notes, isTested: isTested)
    }

    /// Whether the cells of a task were tested against the best.
    private enum Testing {
        case tested
        case nothingToTest
        case refused(ComparisonError)
    }

    /// Marks the best of a task's cells and those that no test tells from it.
    private static func distinguish(_ cells: inout [Position: Cell], in block: ResultTable.Block) -> Testing {
        let places = cells.keys.sorted().filter { cells[$0]?.row.isComplete == true }
        let rows = places.compactMap { cells[$0]?.row }
        guard let best = rows.map(block.score).max() else { return .nothingToTest }
        for place in places where cells[place].map({ block.score(of: $0.row) }) == best { cells[place]?.isBest = true }
        guard rows.count > 1 else { return .nothingToTest }
        var compared = block
        compared.rows = rows
        do {
            let comparison = try Comparison.make(compared, pairing: .best)
            for pair in comparison.pairs where !pair.isResolved {
                let other = places[pair.second]
                if cells[other]?.isBest == false { cells[other]?.isTied = true }
            }
            return comparison.pairs.isEmpty ? .nothingToTest : .tested
        } catch {
            return .refused(error)
        }
    }

    private static func cell(
        of rows: [ResultRow], in block: ResultTable.Block, on axes: [TableAxis]
    ) throws(PivotError) -> Cell {
        if rows.count == 1 { return Cell(row: rows[0], task: block.task, metric: block.metric, candidates: 1) }
        // The block may be of another metric than that which inner splits were scored by.
        let greaterIsBetter = Metrics.greaterIsBetter(rows[0].unit.task.metric)
        guard var chosen = ResultRow.chosen(among: rows, greaterIsBetter) else {
            let varying = TableAxis.allCases.filter { axis in
                !axes.contains(axis) && Set(rows.map { axis.place(of: $0, in: block).label }).count > 1
            }
            let names = varying.map(\.rawValue).joined(separator: ", ")
            throw PivotError(
                "\(block.task): \(rows.count) rows fall into one cell, which differ in "
                    + "\(names.isEmpty ? "how they were trained" : names), and not all of them chose by inner splits on the "
                    + "same folds and labels. Name what they differ in in --rows or --columns (lists are joined by commas), or "
                    + "select with --layer, --probe and --output-dim.")
        }
        // The marks of the layers and settings that were chosen, not those of the row chosen most often.
        chosen.marks = TrainingMarks(of: chosen).marks + ObservationMarks(of: block).marks(of: chosen)
        return Cell(row: chosen, task: block.task, metric: block.metric, candidates: rows.count)
    }

    private init(
        _ found: [Position: Cell], _ rowAxes: [TableAxis], _ columnAxes: [TableAxis], _ blocks: [ResultTable.Block],
        _ notes: [String], isTested: Bool
    ) {
        let (sides, tops) = (Set(found.keys.map(\.row)).sorted(by: Position.precedes), Set(found.keys.map(\.column)))
        let top = tops.sorted(by: Position.precedes)
        self.rowAxes = rowAxes
        self.columnAxes = columnAxes
        rows = sides.map { $0.map(\.label) }
        columns = top.map { $0.map(\.label) }
        cells = sides.map { row in top.map { found[Position(row: row, column: $0)] } }
        var metrics: [String] = []
        for block in blocks {
            let name = DisplayName.metricWithUnit(block.metric)
            if !metrics.contains(name) { metrics.append(name) }
        }
        self.metrics = metrics
        let counts = blocks.flatMap(\.rows).map(\.folds.count)
        folds = (counts.min() ?? 0)...(counts.max() ?? 0)
        self.isTested = isTested
        let most = found.values.map(\.candidates).max() ?? 1
        self.notes =
            (most > 1
                ? ["Cells of several rows, up to \(most), are what their inner splits chose in each fold."] : [])
            + notes
    }
}

/// Where a cell lies.
private struct Position: Hashable, Comparable {
    let row: [TableAxis.Place]
    let column: [TableAxis.Place]

    static func < (first: Position, second: Position) -> Bool {
        first.row == second.row ? precedes(first.column, second.column) : precedes(first.row, second.row)
    }

    static func precedes(_ first: [TableAxis.Place], _ second: [TableAxis.Place]) -> Bool {
        first.lexicographicallyPrecedes(second)
    }
}

/// Why results do not fit into a pivot table, and what to do.
package struct PivotError: Error, Hashable, Sendable, CustomStringConvertible {
    package let description: String

    init(_ description: String) { self.description = description }
}
