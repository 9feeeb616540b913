import Identities

/// A table of a board with the lines below it.
struct BoardGrid {
    let grid: Grid
    let notes: [String]
}

extension Board {
    /// The probes side by side, then each probe over tasks and task by task.
    var grids: [BoardGrid] {
        [overview]
            + sections.flatMap { section in
                (tasks.count > 1 ? [overTasks(section)] : []) + tasks.indices.map { ofTask($0, section) }
            }
    }

    /// One line a backbone: its score and rank under every probe.
    private var overview: BoardGrid {
        let names = Set(sections.flatMap(\.entries).map(\.backbone)).sorted()
        let columns = sections.flatMap { [TextTable.Column.right($0.probe), .right("rank"), .left("group")] }
        let rows = names.map { name in
            (name, sections.flatMap { section in summary(of: name, section) })
        }
        let count = "\(names.count) \(names.count == 1 ? "backbone" : "backbones")"
        let title =
            tasks.count == 1
            ? "\(tasks[0].name): \(tasks[0].metric), \(count)"
            : "mean of normalised metrics over \(tasks.count) tasks, \(count)"
        return BoardGrid(
            grid: Grid(title: title, columns: [.left("backbone")] + columns, rows: rows.map { [$0] + $1 }),
            notes: [])
    }

    private func summary(of backbone: String, _ section: Section) -> [String] {
        let entry = section.entries.first { $0.backbone == backbone }
        let ranking = tasks.count == 1 ? section.rankings[0] : section.overTasks
        let row = ranking?.rows.first { $0.backbone == backbone }
        let score = tasks.count == 1 ? entry?.cells[0]?.mean : entry?.mean
        return [
            NumberFormat.fixed(score), row?.rank.summary ?? NumberFormat.missing, row?.letters ?? NumberFormat.missing,
        ]
    }

    /// A column for each task.
    private func overTasks(_ section: Section) -> BoardGrid {
        let entries = section.entries.sorted {
            (-($0.mean ?? -.infinity), $0.backbone) < (-($1.mean ?? -.infinity), $1.backbone)
        }
        let rows = entries.map { entry -> [String] in
            let row = section.overTasks?.rows.first { $0.backbone == entry.backbone }
            return [
                row?.rank.summary ?? NumberFormat.missing, entry.backbone, row?.letters ?? NumberFormat.missing,
                NumberFormat.fixed(entry.mean),
            ] + gainCells(row)
                + entry.cells.map { $0.map(Self.text) ?? NumberFormat.missing }
        }
        return BoardGrid(
            grid: Grid(
                title: "\(section.probe): over \(tasks.count) tasks",
                columns: [.right("rank"), .left("backbone"), .left("group"), .right("normalised")]
                    + gainColumn + tasks.map { .right("\($0.name) \($0.metric)") },
                rows: rows),
            notes: section.overTasks.map { notes(on: $0, section) } ?? [Self.untestable(section)])
    }

    private static func untestable(_ section: Section) -> String {
        "not testable over tasks: \(section.independentTasks) independent, and at least \(leastTasks) are needed."
    }

    private func ofTask(_ index: Int, _ section: Section) -> BoardGrid {
        let (task, ranking) = (tasks[index], section.rankings[index])
        let order = ranking?.rows.map(\.backbone) ?? []
        let entries = section.entries.filter { $0.cells[index] != nil }.sorted { first, second in
            let places = [first, second].map { order.firstIndex(of: $0.backbone) ?? order.count }
            return (places[0], first.backbone) < (places[1], second.backbone)
        }
        let rows = entries.map { entry -> [String] in
            let (row, cell) = (ranking?.rows.first { $0.backbone == entry.backbone }, entry.cells[index])
            return [
                cell?.marks.map(\.kind.sign).joined() ?? "", row?.rank.summary ?? NumberFormat.missing, entry.backbone,
                row?.letters ?? NumberFormat.missing, NumberFormat.fixed(cell?.mean),
                NumberFormat.fixed(cell?.halfWidth),
                NumberFormat.fixed(cell?.normalized),
            ] + gainCells(row)
                + [cell?.layers ?? "", cell.map { "\($0.foldsDone)/\($0.foldsPlanned)" } ?? ""]
        }
        return BoardGrid(
            grid: Grid(
                title: "\(section.probe): \(task.name), \(task.metric)"
                    + (task.greaterIsBetter ? "" : " (less is better)"),
                columns: [
                    .left("mark"), .right("rank"), .left("backbone"), .left("group"), .right(task.metric),
                    .right("±95%"),
                    .right("normalised"),
                ] + gainColumn + [.left("layer"), .right("folds")],
                rows: rows),
            notes: ranking.map { notes(on: $0, section) }
                ?? [
                    entries.count < 2
                        ? "one backbone: nothing to compare."
                        : "no ranks: two complete backbones over two folds are needed."
                ])
    }

    private var gainColumn: [TextTable.Column] { baseline.map { [TextTable.Column.right("over \($0)")] } ?? [] }

    private func gainCells(_ row: Ranking.Row?) -> [String] { baseline == nil ? [] : [Self.text(row?.gain)] }

    private static func text(_ gain: Ranking.Gain?) -> String {
        guard let gain else { return NumberFormat.missing }
        return NumberFormat.fixed(gain.difference) + (gain.halfWidth.map { " ±" + NumberFormat.fixed($0) } ?? "")
    }

    private static func text(_ cell: Cell) -> String {
        cell.foldsDone == cell.foldsPlanned
            ? NumberFormat.fixed(cell.mean)
            : "\(NumberFormat.fixed(cell.mean)) (\(cell.foldsDone)/\(cell.foldsPlanned))"
    }
}
