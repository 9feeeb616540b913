/// One value for each row of a user's file: labels, groups, ids or sides of a split, as they were written.
struct ValueColumn: Sendable {
    enum Values: Sendable {
        /// Trimmed; nil where a cell is empty, which means that the value is absent.
        case texts([String?])
        case integers([Int])
        case numbers([Float])
    }

    var path: String
    /// The column or tensor, nil in files of one column.
    var name: String?
    var values: Values
    /// The line of each row, from 1; nil for arrays, whose rows count from 0.
    var lines: [Int]?

    var count: Int {
        switch values {
        case .texts(let values): values.count
        case .integers(let values): values.count
        case .numbers(let values): values.count
        }
    }

    /// Where a row is in the file, as an editor or NumPy counts.
    func place(_ row: Int) -> String { lines.map { "line \($0[row])" } ?? "row \(row)" }

    /// A row as the field of an error.
    func field(_ row: Int) -> String { (name.map { "column \($0), " } ?? "") + place(row) }

    /// The column as the field of an error.
    var field: String? { name.map { "column \($0)" } }

    /// The values as names, nil where they are absent.
    ///
    /// - Throws: `FeatureError` for floating-point numbers, which are no names.
    func names() throws(FeatureError) -> [String?] {
        switch values {
        case .texts(let texts): return texts
        case .integers(let integers): return integers.map(String.init)
        case .numbers:
            throw FeatureError(
                file: path, field: field, found: "floating-point numbers", expected: "integers or text",
                remedy: "Save integers, or give a text file with one value a line.")
        }
    }

    /// The values as ids: each row has one that no other row has.
    ///
    /// - Parameter rows: the rows to check.
    func ids(of rows: [Int]) throws(FeatureError) -> [String] {
        let names = try names()
        var rowOfID: [String: Int] = [:]
        var ids: [String] = []
        for row in rows {
            guard let id = names[row] else {
                throw FeatureError(
                    file: path, field: field(row), found: "an empty id",
                    remedy: "Give every row an id, or leave it out.")
            }
            guard !id.unicodeScalars.contains("\n") else {
                throw FeatureError(
                    file: path, field: field(row), found: "an id with a line break",
                    remedy: "Give ids without line breaks.")
            }
            if let first = rowOfID.updateValue(row, forKey: id) {
                throw FeatureError(
                    file: path, field: field, found: "the id \"\(id)\" twice, in \(place(first)) and \(place(row))",
                    expected: "each id once", remedy: "Remove one of the two rows, or correct its id.")
            }
            ids.append(id)
        }
        return ids
    }
}
