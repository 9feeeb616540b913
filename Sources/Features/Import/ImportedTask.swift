/// What an import understood of the labels of one task.
package struct ImportedTask: Codable, Sendable, Equatable {
    package var name: String
    package var kind: FeatureTask.Kind
    package var metric: String
    /// The file of the labels, and the columns that they are from.
    package var file: String
    package var columns: [String]
    /// What the values were taken for; nil for labels that are given as 0 and 1.
    package var reading: LabelReading?
    /// Rows with a label, and those that were left out because they have none.
    package var rows: Int
    package var rowsWithoutLabel: Int
    /// Whether rows were matched to samples by id; row i is sample i otherwise.
    package var isMatchedByID: Bool
    /// Whether the file has ids that nothing could be matched with, because the set has none.
    package var ignoresIDs: Bool
    /// Every class with its rows, those without any included; nil for quantities.
    package var classes: [ClassCount]?
    /// Names of classes that differ in case or white space alone.
    package var nearEqualNames: [[String]]
    /// Smallest and largest quantity.
    package var range: [Float]?
    package var groups: Int?
    /// Rows that are a group of their own, because they have none.
    package var rowsWithoutGroup: Int
    /// Rows that the split tests.
    package var testRows: Int?

    package struct ClassCount: Codable, Sendable, Equatable {
        package var name: String
        package var rows: Int
    }

    init(
        _ task: FeatureTask, labels: RowLabels, file: String, columns: [String], isMatchedByID: Bool, ignoresIDs: Bool,
        rowsWithoutGroup: Int
    ) {
        name = task.name
        kind = task.kind
        metric = task.metric
        self.file = file
        self.columns = columns
        reading = labels.reading
        rows = task.samples.count
        rowsWithoutLabel = labels.total - labels.rows.count
        self.isMatchedByID = isMatchedByID
        self.ignoresIDs = ignoresIDs
        classes = task.classCounts
        nearEqualNames = Self.nearEqual(task.classNames ?? [])
        if case .scores(let scores) = task.targets, let least = scores.min(), let most = scores.max() {
            range = [least, most]
        }
        groups = task.groups.map { Set($0).count }
        self.rowsWithoutGroup = rowsWithoutGroup
        testRows = task.split.map { $0.count { $0 == 1 } }
    }

    /// Names that are the same in lower case with single spaces, in the order of the classes.
    private static func nearEqual(_ names: [String]) -> [[String]] {
        let alike = Dictionary(grouping: names.indices) { index in
            names[index].lowercased().split(whereSeparator: \.isWhitespace).joined(separator: " ")
        }
        return alike.values.filter { $0.count > 1 }.sorted { $0[0] < $1[0] }.map { $0.map { names[$0] } }
    }
}

extension FeatureTask {
    /// Every class with its rows; nil for tasks of quantities.
    fileprivate var classCounts: [ImportedTask.ClassCount]? {
        var counts = [Int](repeating: 0, count: classes)
        switch targets {
        case .scores: return nil
        case .classes(let labels): for label in labels { counts[Int(label)] += 1 }
        case .indicators(let values):
            for (index, value) in values.enumerated() { counts[index % classes] += Int(value) }
        }
        return counts.enumerated().map { .init(name: classNames?[$0] ?? "\($0)", rows: $1) }
    }
}
