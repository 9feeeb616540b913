extension ImportedTask: CustomStringConvertible {
    /// A paragraph: how the labels were read, then the rows of each class, then what may be a mistake.
    package var description: String {
        var lines = [
            "task \(name): \(kind.rawValue), \(metric), from \(source)",
            "  \(rows) rows, \(matching)"
                + (rowsWithoutLabel > 0 ? "; \(rowsWithoutLabel) without a label left out" : ""),
        ]
        if let classes { lines.append("  \(classes.count) \(what); rows of each: \(Self.histogram(classes))") }
        let empty = (classes ?? []).filter { $0.rows == 0 }.map(\.name)
        if !empty.isEmpty {
            let more = empty.count > Self.shown ? ", … (\(empty.count))" : ""
            lines.append("  without a row: \(empty.prefix(Self.shown).joined(separator: ", "))\(more)")
        }
        if let range { lines.append("  quantities from \(range[0]) to \(range[1])") }
        for names in nearEqualNames {
            let quoted = names.map { "\"\($0)\"" }.joined(separator: " and ")
            lines.append("  check: \(quoted) are different classes, and differ in case or white space alone")
        }
        if let groups {
            let alone = rowsWithoutGroup > 0 ? ", \(rowsWithoutGroup) of them a row without a group each" : ""
            lines.append("  \(groups) groups\(alone)")
        }
        if let testRows { lines.append("  split: \(rows - testRows) rows train, \(testRows) test") }
        return lines.joined(separator: "\n")
    }

    /// Classes that a list names before it is cut short.
    private static let shown = 20

    private var source: String {
        columns.isEmpty ? file : "\(file), " + (columns.count == 1 ? "column " : "columns ") + Self.short(columns)
    }

    private var matching: String {
        if isMatchedByID { return "matched to samples by id" }
        return "row i is sample i" + (ignoresIDs ? " (the set has no ids that the file's could be matched with)" : "")
    }

    private var what: String {
        switch reading {
        case .names: "classes by name"
        case .indices: "classes by number"
        case .scores, nil: "labels"
        }
    }

    private static func short(_ names: [String]) -> String {
        names.prefix(shown).joined(separator: ", ") + (names.count > shown ? ", …" : "")
    }

    /// Classes with their rows in order; of many the most frequent ones, and what the others have at most.
    private static func histogram(_ classes: [ClassCount]) -> String {
        let present = classes.filter { $0.rows > 0 }
        func list(_ classes: some Sequence<ClassCount>) -> String {
            classes.map { "\($0.name): \($0.rows)" }.joined(separator: ", ")
        }
        guard present.count > shown else { return list(present) }
        let sorted = present.sorted { $0.rows > $1.rows }
        let others = sorted.dropFirst(shown)
        let least = others.last?.rows ?? 0
        let most = others.first?.rows ?? 0
        return list(sorted.prefix(shown)) + "; \(others.count) others with \(least) to \(most)"
    }
}
