extension FeatureSetSummary: CustomStringConvertible {
    /// A human-readable summary: the set, then a line for each layer and each task.
    package var description: String {
        var lines = [
            "\(name)  (\(folder))",
            "backbone  \(backboneText)",
            "samples   \(samples)\(hasIDs ? "" : ", without ids")",
            "layout    \(layoutText)",
        ]
        if let regions {
            lines.append(
                "objects   \(regions.kind.rawValue) of \(regions.samples) samples, \(Self.oneDecimal(100 * regions.meanArea)) % "
                    + "of the area on average, \(regions.digest.prefix(12))")
        }
        lines.append("")
        lines += Self.aligned(
            [["layer", "name", "D", "T", "mean T", "type", "final norm", "shards", "size", "digest"]]
                + layers.map(Self.cells))
        lines.append("")
        lines +=
            tasks.isEmpty
            ? ["no tasks"]
            : Self.aligned(
                [["task", "kind", "C", "rows", "metric", "groups", "test rows", "digest"]] + tasks.map(Self.cells))
        if !unreadable.isEmpty { lines += ["", "cannot be read:"] + unreadable.map { "  \($0)" } }
        if let notes { lines += [""] + notes.map { "note: \($0)" } }
        for facts in [preprocessing, origin] {
            guard let facts else { continue }
            lines.append("")
            lines += Self.aligned(facts.sorted { $0.key < $1.key }.map { [$0.key, $0.value] })
        }
        return lines.joined(separator: "\n")
    }

    private var backboneText: String {
        var parts = [backbone.name, backbone.revision]
        if let data = backbone.pretrainedOn { parts.append("pretrained: \(data)") }
        if let seed = backbone.randomWeights { parts.append("untrained: random weights of seed \(seed)") }
        return parts.joined(separator: ", ")
    }

    private var layoutText: String {
        var parts = [layout.classToken ? "class token" : "no class token"]
        if layout.registers > 0 { parts.append("\(layout.registers) registers") }
        parts.append(layout.grid.map { "patch tokens on a grid of \($0[0]) × \($0[1])" } ?? "patch tokens")
        if let seconds = secondsPerToken { parts.append("\(seconds) s apart") }
        return parts.joined(separator: ", ")
    }

    private static func cells(_ layer: Layer) -> [String] {
        [
            "\(layer.index)", layer.name, "\(layer.width)", "\(layer.tokens)", oneDecimal(layer.meanTokens),
            layer.dtype.rawValue, layer.finalNorm ? "applied" : "–", "\(layer.shards)",
            "\(oneDecimal(Double(layer.bytes) / 1e6)) MB",
            String(layer.digest.prefix(12)),
        ]
    }

    private static func cells(_ task: Task) -> [String] {
        [
            task.name, task.kind.rawValue, "\(task.classes)", "\(task.rows)", task.metric,
            task.groups.map(String.init) ?? "–", task.testRows.map(String.init) ?? "–", String(task.digest.prefix(12)),
        ]
    }

    private static func oneDecimal(_ value: Double) -> String {
        let tenths = Int((value * 10).rounded())
        return "\(tenths / 10).\(tenths % 10)"
    }

    /// Columns as wide as their widest cell, two spaces apart.
    private static func aligned(_ rows: [[String]]) -> [String] {
        let widths = (rows.first ?? []).indices.map { column in rows.map { $0[column].count }.max() ?? 0 }
        return rows.map { row in
            let cells = zip(row, widths).map { $0 + String(repeating: " ", count: $1 - $0.count) }
            return cells.joined(separator: "  ").trimmingTrailingSpaces
        }
    }
}

extension String {
    fileprivate var trimmingTrailingSpaces: String {
        String(reversed().drop { $0 == " " }.reversed())
    }
}
