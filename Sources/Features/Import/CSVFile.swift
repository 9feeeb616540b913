/// A small CSV file with a header line.
struct CSVFile {
    let path: String
    /// Trimmed names, each once.
    let columns: [String]
    private let records: [CSVParser.Record]

    var rows: Int { records.count }

    /// - Throws: `FeatureError` for a header that names a column twice, rows of another length, and a table without
    ///   rows.
    static func read(_ path: String) throws(FeatureError) -> CSVFile {
        var parser = CSVParser(path: path)
        try parser.parse(TextFile.content(of: path))
        let records = parser.records.drop(while: \.isBlank)
        guard let header = records.first else {
            throw FeatureError(file: path, found: "has no header line", remedy: "Name the columns in the first line.")
        }
        let columns = header.fields.map { $0.trimmedValue ?? "" }
        try check(columns, path: path, line: header.line)
        let rows = rows(records.dropFirst(), columns: columns.count)
        guard !rows.isEmpty else {
            throw FeatureError(
                file: path, found: "a header line and no rows", expected: "a row for each labelled sample",
                remedy: "Write the rows below the header line.")
        }
        for row in rows where row.fields.count != columns.count {
            throw FeatureError(
                file: path, field: "line \(row.line)", found: "\(row.fields.count) fields",
                expected: "\(columns.count), as in the header line", remedy: "Correct the row.")
        }
        return CSVFile(path: path, columns: columns, records: rows)
    }

    /// The column of this name, nil if there is none.
    func column(_ name: String) -> ValueColumn? {
        columns.firstIndex(of: name).map { index in
            ValueColumn(
                path: path, name: name, values: .texts(records.map { $0.fields[index].trimmedValue }),
                lines: records.map(\.line))
        }
    }

    /// Empty lines are rows without a value where there is one column; elsewhere, and at the end, they are no rows.
    private static func rows(_ records: ArraySlice<CSVParser.Record>, columns: Int) -> [CSVParser.Record] {
        guard columns == 1 else { return records.filter { !$0.isBlank } }
        return Array(
            records.prefix((records.lastIndex { !$0.isBlank } ?? records.startIndex - 1) + 1 - records.startIndex))
    }

    private static func check(_ columns: [String], path: String, line: Int) throws(FeatureError) {
        var positions: [String: Int] = [:]
        for (position, name) in columns.enumerated() {
            guard let first = positions.updateValue(position + 1, forKey: name), !name.isEmpty else { continue }
            throw FeatureError(
                file: path, field: "line \(line)",
                found: "the column \"\(name)\" twice, as columns \(first) and \(position + 1)",
                expected: "each name once", remedy: "Rename or remove one of the columns.")
        }
    }
}
