package import Foundation
import Identities

extension Board {
    /// A board that ``rendered(as:)`` wrote as JSON.
    ///
    /// - Throws: `BoardError` for JSON of anything else, and for a board without a cell or a ranking for each task.
    package init(json: Data) throws(BoardError) {
        let remedy = "Make one with: probesweep leaderboard SWEEP --format json."
        guard let board = try? JSONDecoder().decode(Board.self, from: json) else {
            throw BoardError(found: "is not a board of this version of ProbeSweep.", remedy: remedy)
        }
        for section in board.sections {
            let lengths = [section.rankings.count] + section.entries.map(\.cells.count)
            guard let length = lengths.first(where: { $0 != board.tasks.count }) else { continue }
            throw BoardError(
                found: "is not a board: it has \(board.tasks.count) tasks, and under \(section.probe.printable) "
                    + "\(length) cells or rankings.", remedy: remedy)
        }
        self = board
    }

    /// What differs from an earlier board, a line each: backbones, tasks and probes that came or went, then figures and
    /// ranks that changed.
    package func changes(since earlier: Board) -> [String] {
        Self.differences("backbone", earlier.backbones, backbones)
            + Self.differences("task", earlier.tasks.map(\.name), tasks.map(\.name))
            + Self.differences("probe", earlier.sections.map(\.probe), sections.map(\.probe))
            + sections.flatMap { section -> [String] in
                guard let old = earlier.sections.first(where: { $0.probe == section.probe }) else { return [] }
                return figures(section, old, earlier) + ranks(section, old, earlier)
            }
    }

    private var backbones: [String] { Set(sections.flatMap(\.entries).map(\.backbone)).sorted() }

    private static func differences(_ what: String, _ old: [String], _ new: [String]) -> [String] {
        new.filter { !old.contains($0) }.map { "new \(what): \($0)" }
            + old.filter { !new.contains($0) }.map { "no longer there, \(what): \($0)" }
    }

    private func figures(_ section: Section, _ old: Section, _ earlier: Board) -> [String] {
        tasks.indices.flatMap { task -> [String] in
            guard let before = earlier.tasks.firstIndex(where: { $0.name == tasks[task].name }) else { return [] }
            return section.entries.compactMap { entry in
                guard let now = entry.cells[task]?.mean,
                    let former = old.entries.first(where: { $0.backbone == entry.backbone })?.cells[before]?.mean,
                    now != former
                else { return nil }
                return "\(section.probe), \(tasks[task].name), \(entry.backbone): "
                    + "\(NumberFormat.fixed(former)) → \(NumberFormat.fixed(now))"
            }
        }
    }

    private func ranks(_ section: Section, _ old: Section, _ earlier: Board) -> [String] {
        let ofTasks = tasks.indices.flatMap { task -> [String] in
            guard let before = earlier.tasks.firstIndex(where: { $0.name == tasks[task].name }) else { return [] }
            return Self.changes(
                from: old.rankings[before], to: section.rankings[task], "\(section.probe), \(tasks[task].name)")
        }
        return ofTasks + Self.changes(from: old.overTasks, to: section.overTasks, "\(section.probe), over tasks")
    }

    private static func changes(from old: Ranking?, to new: Ranking?, _ place: String) -> [String] {
        (new?.rows ?? []).compactMap { row in
            guard let former = old?.rows.first(where: { $0.backbone == row.backbone }), former.rank != row.rank else {
                return nil
            }
            return "\(place), \(row.backbone): rank \(former.rank.summary) → \(row.rank.summary)"
        }
    }
}
