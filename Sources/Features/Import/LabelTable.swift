/// Labels or scores of samples from a user's files, row by row, with optional ids, groups and split.
struct LabelTable {
    enum Labels: Equatable {
        /// Class numbers.
        case numbers([Int])
        /// Class names.
        case names([String])
        /// Numbers whose order counts.
        case scores([Float])
        /// `[n, C]` of 0 and 1.
        case indicators([UInt8], classes: Int)
    }

    /// The source of the labels, for errors.
    var path: String
    var labels: Labels
    var ids: [String]?
    var groups: [Int32]?
    var split: [UInt8]?

    var rows: Int {
        switch labels {
        case .numbers(let values): values.count
        case .names(let values): values.count
        case .scores(let values): values.count
        case .indicators(let values, let classes): values.count / classes
        }
    }

    /// Reads `.csv` with the columns `label` or `score`, and optionally `id`, `group`, `split`; or `.npy` with integers
    /// `[n]` (classes), integers `[n, C]` (0 and 1) or floating-point numbers `[n]` (scores).
    static func read(_ path: String) throws(FeatureError) -> LabelTable {
        path.hasSuffix(".csv") ? try readCSV(path) : try readNumpy(path)
    }

    // MARK: .npy

    private static func readNumpy(_ path: String) throws(FeatureError) -> LabelTable {
        let file = try NumpyFile.open(path)
        switch (file.shape.count, file.integers(), file.floats()) {
        case (1, .some(let numbers), _): return LabelTable(path: path, labels: .numbers(numbers))
        case (1, _, .some(let scores)): return LabelTable(path: path, labels: .scores(scores))
        case (2, .some(let values), _) where file.shape[1] > 0:
            if let index = values.firstIndex(where: { $0 != 0 && $0 != 1 }) {
                throw FeatureError(
                    file: path, field: "row \(index / file.shape[1])", found: "\(values[index])", expected: "0 or 1",
                    remedy: "For several labels a sample, give an array [n, C] of 0 and 1.")
            }
            return LabelTable(path: path, labels: .indicators(values.map(UInt8.init), classes: file.shape[1]))
        default:
            throw FeatureError(
                file: path, field: "shape", found: "\(file.shape)",
                expected: "integers [n] or [n, C], or floating-point numbers [n]",
                remedy: "Save class numbers as integers, or several labels as 0 and 1.")
        }
    }

    // MARK: .csv

    private static func readCSV(_ path: String) throws(FeatureError) -> LabelTable {
        let file = try CSVFile.read(path)
        let labels: Labels
        if let column = file.column("label") {
            let numbers = column.compactMap { Int($0) }
            labels = numbers.count == column.count ? .numbers(numbers) : .names(column)
        } else if let column = file.column("score") {
            labels = .scores(
                try column.enumerated().map { (row, text) throws(FeatureError) in
                    guard let score = Float(text), score.isFinite else {
                        throw FeatureError(
                            file: path, field: "column score, row \(row)", found: "\"\(text)\"",
                            expected: "a finite number",
                            remedy: "Correct the row.")
                    }
                    return score
                })
        } else {
            throw FeatureError(
                file: path, found: "columns \(file.columns.joined(separator: ", "))",
                expected: "a column label or score",
                remedy: "Name the column of labels \"label\", or that of scores \"score\", in the first line.")
        }
        return LabelTable(
            path: path, labels: labels, ids: file.column("id"), groups: file.column("group").map(numbered),
            split: try file.column("split").map { (column) throws(FeatureError) in try sides(column, path: path) })
    }

    /// Numbers for names, in the order of their first occurrence.
    static func numbered(_ names: [String]) -> [Int32] {
        var numbers: [String: Int32] = [:]
        return names.map { name in
            let number = numbers[name] ?? Int32(numbers.count)
            numbers[name] = number
            return number
        }
    }

    /// `train` and `test`, or 0 and 1.
    static func sides(_ column: [String], path: String) throws(FeatureError) -> [UInt8] {
        var sides: [UInt8] = []
        for (row, side) in column.enumerated() {
            switch side {
            case "train", "0": sides.append(0)
            case "test", "1": sides.append(1)
            default:
                throw FeatureError(
                    file: path, field: "split, row \(row)", found: "\"\(side)\"", expected: "train (0) or test (1)",
                    remedy: "Give every row one of the two.")
            }
        }
        return sides
    }

    /// A column in a separate file: `.npy` of integers, or text with one value a line.
    static func readColumn(_ path: String) throws(FeatureError) -> [String] {
        if path.hasSuffix(".npy") {
            let file = try NumpyFile.open(path)
            guard file.shape.count == 1, let values = file.integers() else {
                throw FeatureError(
                    file: path, found: "shape \(file.shape)", expected: "integers [n]",
                    remedy: "Save integers, or give a text file with one value a line.")
            }
            return values.map(String.init)
        }
        let file = try MappedFile.open(path)
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw FeatureError(file: path, found: "is not UTF-8", remedy: "Save the file in UTF-8, one value a line.")
        }
        var lines = text.split(separator: "\n", omittingEmptySubsequences: false).map(String.init)
        if lines.last == "" { lines.removeLast() }
        return lines
    }
}
