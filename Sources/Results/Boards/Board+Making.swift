import Probes
import Units

extension Board {
    /// The backbones of a table, which may be of several sweeps.
    ///
    /// - Parameter table: With inner scores, and details for the numbers of samples.
    /// - Throws: `BoardError` for a table without the probes that are asked for, for a baseline that is no backbone, and
    ///   for two feature sets that one task would show under one name.
    package static func make(_ table: ResultTable, _ settings: BoardSettings) throws(BoardError) -> Board {
        let tasks = BoardTask.all(of: table)
        let probes = try probes(of: tasks, settings)
        let names = Set(tasks.flatMap(\.rows).map(\.features))
        if let baseline = settings.baseline, !names.contains(baseline) {
            throw BoardError(
                found: "The baseline \"\(baseline)\" is no backbone of the board.",
                remedy: "Name one of: \(names.sorted().joined(separator: ", ")).")
        }
        let clusters = BoardTask.clusters(of: tasks)
        var notes: [String] = []
        let sections = try probes.map { probe throws(BoardError) in
            let rows = try chosenRows(of: tasks, under: probe, &notes)
            return SectionMaker(probe: probe, tasks: tasks, clusters: clusters, rows: rows, settings: settings).section
        }
        for task in tasks where task.scale == nil && tasks.count > 1 {
            notes.append("\(task.name) is not in the means over tasks: its results do not say what chance has.")
        }
        return Board(
            tasks: zip(tasks, clusters).map { task, cluster in
                Task(
                    name: task.name, metric: task.metric, greaterIsBetter: task.greaterIsBetter,
                    folds: task.rows[0].folds.count, samples: task.samples, chance: task.chance,
                    perfect: task.perfect, cluster: cluster)
            }, sections: sections, baseline: settings.baseline, notes: notes)
    }

    /// The probes that are asked for, by default those of the standard ones that there are.
    private static func probes(
        of tasks: [BoardTask], _ settings: BoardSettings
    ) throws(BoardError) -> [String] {
        let rows = tasks.flatMap(\.rows)
        func has(_ probe: String) -> Bool { rows.contains { $0.isUnder(probe) } }
        let present = Set(rows.map(\.unit.probe.type)).sorted()
        let wanted = settings.probes.isEmpty ? BoardSettings.standardProbes.filter(has) : settings.probes
        guard let unknown = settings.probes.first(where: { !has($0) }) ?? (wanted.isEmpty ? "any" : nil) else {
            return wanted
        }
        let what =
            unknown == "any" ? "any of \(BoardSettings.standardProbes.joined(separator: ", "))" : "\"\(unknown)\""
        throw BoardError(
            found: "The sweeps have no results of honest choices under \(what).",
            remedy: present.isEmpty
                ? "Run a sweep without protocol: published first."
                : "Name one with --probe: \(present.joined(separator: ", ")).")
    }

    /// Of each task, by backbone, the row of the layers and settings that inner splits chose.
    private static func chosenRows(
        of tasks: [BoardTask], under probe: String, _ notes: inout [String]
    ) throws(BoardError) -> [[String: ResultRow]] {
        var chosen: [[String: ResultRow]] = []
        for task in tasks {
            var rows: [String: ResultRow] = [:]
            let candidates = Dictionary(grouping: task.rows.filter { $0.isUnder(probe) }, by: \.features)
            for (backbone, own) in candidates.sorted(by: { $0.key < $1.key }) {
                let sets = Set(own.map(\.unit.features.set)).sorted()
                guard sets.count == 1 else {
                    throw BoardError(
                        found: "\(task.name): \(sets.joined(separator: ", ")) are all called \(backbone).",
                        remedy: "Name them apart in the specification: features: [{path: FOLDER, name: NAME}].")
                }
                rows[backbone] = ResultRow.chosen(among: own, task.greaterIsBetter)
                if rows[backbone] == nil {
                    notes.append(
                        "\(task.name), \(probe), \(backbone) is left out: not every layer has an inner score to choose by."
                    )
                }
            }
            chosen.append(rows)
        }
        return chosen
    }
}

extension ResultRow {
    /// Whether the row's probe is of a type or has a label.
    fileprivate func isUnder(_ probe: String) -> Bool { unit.probe.type == probe || label == probe }
}
