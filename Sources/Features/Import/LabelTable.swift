import Identities

/// A user's file of labels: a CSV table, an array, or one value a line.
struct LabelTable {
    let path: String
    private let content: Content

    private enum Content {
        case table(CSVFile)
        case tensors(SafetensorsFile)
        case column(ValueColumn)
        /// 0 and 1, `[n, C]`.
        case array([Int], columns: Int)
    }

    static func read(_ path: String) throws(FeatureError) -> LabelTable {
        let content = try content(of: path)
        let rows =
            switch content {
            case .table(let file): file.rows
            case .tensors(let file): file.tensors.compactMap(\.shape.first).max() ?? 0
            case .column(let column): column.count
            case .array(let values, let columns): values.count / columns
            }
        guard rows > 0 else {
            throw FeatureError(
                file: path, found: "no rows", expected: "one for each sample", remedy: "Give the labels.")
        }
        return LabelTable(path: path, content: content)
    }

    private static func content(of path: String) throws(FeatureError) -> Content {
        if path.hasSuffix(".csv") { return .table(try CSVFile.read(path)) }
        if path.hasSuffix(".safetensors") { return .tensors(try SafetensorsFile.open(path)) }
        if path.hasSuffix(".npy") {
            let file = try NumpyFile.open(path)
            if file.shape.count == 2, file.shape[1] > 0, let values = file.integers() {
                return .array(values, columns: file.shape[1])
            }
            return .column(try ValueColumn.of(file))
        }
        return .column(try ValueColumn.read(path, tensor: "labels"))
    }

    /// The column of ids of this name, by default `id`, or the tensor `ids`.
    ///
    /// - Throws: `FeatureError` if it is named and missing.
    func ids(named name: String?) throws(FeatureError) -> ValueColumn? {
        if let name { return try column(named: name, option: "--id-column") }
        return try column("id", tensor: "ids")
    }

    /// The groups in a file of their own, otherwise the column of this name, by default `group`, or the tensor `groups`.
    func groups(orFrom file: String?, named name: String?) throws(FeatureError) -> ValueColumn? {
        if let file { return try ValueColumn.read(file, tensor: "groups") }
        if let name { return try column(named: name, option: "--group-column") }
        return try column("group", tensor: "groups")
    }

    /// The sides of a split in a file of their own, otherwise the column or tensor `split`.
    func split(orFrom file: String?) throws(FeatureError) -> ValueColumn? {
        if let file { try ValueColumn.read(file, tensor: "split") } else { try column("split", tensor: "split") }
    }

    /// A column that an option names.
    private func column(named name: String, option: String) throws(FeatureError) -> ValueColumn {
        let known =
            switch content {
            case .table(let file): file.columns
            case .tensors(let file): file.tensors.map(\.name).sorted()
            case .column, .array: [String]()
            }
        guard let column = try column(name, tensor: name) else { throw unknown(name, option, among: known) }
        return column
    }

    private func column(_ name: String, tensor: String) throws(FeatureError) -> ValueColumn? {
        switch content {
        case .table(let file): return file.column(name)
        case .tensors(let file):
            guard let tensor = file.tensor(tensor) else { return nil }
            return try ValueColumn.of(tensor, in: file)
        case .column, .array: return nil
        }
    }

    // MARK: Labels

    /// The labels of a task, and the columns that they are from.
    func labels(of task: FeatureImport.TaskRequest) throws(FeatureError) -> (RowLabels, source: [String]) {
        switch content {
        case .array(let values, let columns):
            try refuseColumns(task)
            return (try IndicatorReader.read(values, columns: columns, path: path), [])
        case .column(let column):
            try refuseColumns(task)
            return (try read(column, for: task), [])
        case .table(let file):
            let names = try names(of: task, among: file.columns, usual: ["label", "score"])
            let columns = names.compactMap(file.column)
            return (try columns.count == 1 ? read(columns[0], for: task) : IndicatorReader.read(columns), names)
        case .tensors(let file):
            let names = try names(of: task, among: file.tensors.map(\.name).sorted(), usual: ["labels", "scores"])
            let tensors = names.compactMap(file.tensor)
            if let tensor = tensors.first, tensors.count == 1, tensor.shape.count == 2, tensor.shape[1] > 0,
                let values = file.integers(of: tensor)
            {
                return (try IndicatorReader.read(values, columns: tensor.shape[1], path: path), names)
            }
            let columns = try tensors.map { (tensor) throws(FeatureError) in try ValueColumn.of(tensor, in: file) }
            if let other = columns.first(where: { $0.count != columns[0].count }) {
                throw FeatureError(
                    file: path, field: other.field, found: "\(other.count) rows",
                    expected: "\(columns[0].count), as in \(names[0])", remedy: "Give tensors of the same length.")
            }
            return (try columns.count == 1 ? read(columns[0], for: task) : IndicatorReader.read(columns), names)
        }
    }

    private func read(_ column: ValueColumn, for task: FeatureImport.TaskRequest) throws(FeatureError) -> RowLabels {
        if let separator = task.separator { return try IndicatorReader.read(column, separator: separator) }
        let isScores = task.columns.isEmpty && ["score", "scores"].contains(column.name)
        return try LabelReader(column: column, kind: task.kind, wanted: task.reading, isScores: isScores).read()
    }

    private func refuseColumns(_ task: FeatureImport.TaskRequest) throws(FeatureError) {
        guard task.columns.isEmpty else {
            throw FeatureError(
                file: path, field: "task \(task.name)", found: "a file without named columns",
                expected: ".csv or safetensors for --task \(task.name)=\(task.columns.joined(separator: ","))",
                remedy: "Give --task \(task.name) alone, or labels in a CSV file.")
        }
    }

    // MARK: Columns

    /// The columns of a task's labels: those that it names, or the usual one, or the one with its name.
    private func names(
        of task: FeatureImport.TaskRequest, among known: [String], usual: [String]
    ) throws(FeatureError) -> [String] {
        guard task.columns.isEmpty else {
            var names: [String] = []
            for wanted in task.columns {
                let isPrefix = wanted.hasSuffix("*") && !known.contains(wanted)
                let found = known.filter { isPrefix ? $0.hasPrefix(wanted.dropLast()) : $0 == wanted }
                guard !found.isEmpty else { throw unknown(wanted, "task \(task.name)", among: known) }
                names += found
            }
            return names
        }
        let found = usual.filter(known.contains)
        guard found.count < 2 else {
            throw FeatureError(
                file: path, found: "the columns \(found.joined(separator: " and "))", expected: "one of them",
                remedy: "Choose with --task \(task.name)=\(found[0]) or --task \(task.name)=\(found[1]).")
        }
        guard !found.isEmpty else {
            if known.contains(task.name) { return [task.name] }
            throw FeatureError(
                file: path, found: "the columns \(known.joined(separator: ", "))",
                expected: "a column \(usual.joined(separator: " or "))",
                remedy: "Name the column of labels: --task \(task.name)=COLUMN.")
        }
        return found
    }

    private func unknown(_ column: String, _ field: String, among known: [String]) -> FeatureError {
        let hint = nearestName(to: column, among: known).map { "Did you mean \"\($0)\"?" } ?? "Name one of these."
        return FeatureError(
            file: path, field: field, found: "no column \"\(column)\"",
            expected: known.isEmpty ? "a file with named columns" : "one of \(known.joined(separator: ", "))",
            remedy: hint)
    }
}
