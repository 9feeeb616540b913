import Units

extension ResultTable {
    /// What the results were computed from and by: versions of the program, tasks with their folds, layers, each with its
    /// digest.
    package var origins: [Sheet] { [programs, tasks, layers] }

    /// Needs ``ResultFields/provenance``.
    private var programs: Sheet {
        var counts: [[String]: Int] = [:]
        for fold in blocks.flatMap(\.rows).flatMap(\.folds) {
            for result in fold.results {
                guard let found = result.details?.provenance else { continue }
                counts[[found.programVersion, found.kernelPath], default: 0] += 1
            }
        }
        return Sheet(
            title: "Programs that trained",
            columns: [.text("version"), .text("kernel path"), .number("units")],
            rows: counts.sorted { $0.key.lexicographicallyPrecedes($1.key) }.map { $0.key + ["\($0.value)"] })
    }

    private var tasks: Sheet {
        var rows: [[String]] = []
        for block in blocks {
            for row in block.rows {
                let task = row.unit.task
                let cells = [task.name, task.kind, "\(task.classes)", row.foldsInWords, task.digest]
                if row.unit.control == nil, !rows.contains(cells) { rows.append(cells) }
            }
        }
        return Sheet(
            title: "Tasks",
            columns: [
                .text("task"), .text("kind"), .number("classes"), .text("folds"), .text("SHA-256 of labels and ids"),
            ],
            rows: rows)
    }

    private var layers: Sheet {
        var seen: Set<LayerReference> = []
        let rows = blocks.flatMap(\.rows).filter { seen.insert($0.unit.features).inserted }.map { row in
            (features: row.features, layer: row.unit.features)
        }
        let sorted = rows.sorted {
            ($0.features, $0.layer.set, $0.layer.layer, $0.layer.digest)
                < ($1.features, $1.layer.set, $1.layer.layer, $1.layer.digest)
        }
        return Sheet(
            title: "Layers of feature sets",
            columns: [
                .text("backbone"), .text("feature set"), .number("layer"), .number("width"), .number("tokens"),
                .text("SHA-256 of its content"),
            ],
            rows: sorted.map { features, layer in
                [features, layer.set, "\(layer.layer)", "\(layer.width)", "\(layer.tokens)", layer.digest]
            })
    }
}

extension ResultRow {
    /// `stratified, 5 folds, 2 repeats, seed 0`.
    fileprivate var foldsInWords: String {
        let fold = unit.fold
        let repeats = Set(folds.map(\.reference.repetition)).count
        return "\(fold.scheme), \(fold.count) \(fold.count == 1 ? "fold" : "folds")"
            + (repeats > 1 ? ", \(repeats) repeats" : "") + ", seed \(fold.seed - fold.repetition)"
    }
}
