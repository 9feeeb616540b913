import Foundation

/// Reads several labels a row: one column of 0 and 1 for each label, one column of names with a separator, or an array
/// `[n, C]` of 0 and 1.
enum IndicatorReader {
    /// - Parameter columns: one for each label, named as the label. A row that is empty in all of them has no label.
    static func read(_ columns: [ValueColumn]) throws(FeatureError) -> RowLabels {
        let cells = try columns.map { (column) throws(FeatureError) in try column.names() }
        let rows = cells[0].indices.filter { row in cells.contains { $0[row] != nil } }
        var indicators: [UInt8] = []
        for row in rows {
            for (column, cells) in zip(columns, cells) {
                switch cells[row] {
                case "0"?: indicators.append(0)
                case "1"?: indicators.append(1)
                case let other:
                    throw FeatureError(
                        file: column.path, field: column.field(row), found: "\"\(other ?? "")\"", expected: "0 or 1",
                        remedy: "Say for each label whether the row has it, or empty all columns of the row.")
                }
            }
        }
        return try labels(rows, indicators, names: columns.map { $0.name ?? "" }, columns[0])
    }

    /// - Parameter separator: between names; a cell that holds nothing else says that the row has no label of any kind.
    static func read(_ column: ValueColumn, separator: String) throws(FeatureError) -> RowLabels {
        let cells = try column.names()
        let rows = cells.indices.filter { cells[$0] != nil }
        let names = rows.map { Self.names(cells[$0] ?? "", separator) }
        let classes = Set(names.joined()).sorted()
        let position = Dictionary(uniqueKeysWithValues: zip(classes, classes.indices))
        var indicators = [UInt8](repeating: 0, count: rows.count * classes.count)
        for (row, names) in names.enumerated() {
            for name in names { indicators[row * classes.count + (position[name] ?? 0)] = 1 }
        }
        return try labels(rows, indicators, names: classes, column)
    }

    /// - Parameter values: `[n, C]`.
    static func read(_ values: [Int], columns: Int, path: String) throws(FeatureError) -> RowLabels {
        if let index = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
            throw FeatureError(
                file: path, field: "row \(index / columns)", found: "\(values[index])", expected: "0 or 1",
                remedy: "For several labels a sample, give an array [n, C] of 0 and 1.")
        }
        let rows = values.count / columns
        return RowLabels(
            total: rows, rows: Array(0..<rows), targets: .indicators(values.map(UInt8.init)), classes: columns)
    }

    private static func names(_ cell: String, _ separator: String) -> [String] {
        guard let separator = separator.trimmedValue else { return cell.split(separator: " ").map(String.init) }
        return cell.components(separatedBy: separator).compactMap(\.trimmedValue)
    }

    private static func labels(
        _ rows: [Int], _ indicators: [UInt8], names: [String], _ column: ValueColumn
    ) throws(FeatureError) -> RowLabels {
        guard indicators.contains(1) else {
            throw FeatureError(
                file: column.path, field: column.field, found: "no label in any row", expected: "at least one",
                remedy: "Fill in the labels.")
        }
        return RowLabels(
            total: column.count, rows: rows, targets: .indicators(indicators), classes: names.count, classNames: names)
    }
}
