import Metrics

/// Makes tasks of a table's labels: matches rows to samples, and adds groups and split.
///
/// Rows are matched by id where both the table and the set have ids, so that a table may label some of the samples;
/// otherwise row i is sample i.
struct TaskAssembly {
    let table: LabelTable
    /// The samples of the set.
    let samples: Int
    /// Their ids, nil where the set has none.
    let sampleIDs: [String]?
    let ids: ValueColumn?
    let groups: ValueColumn?
    let split: ValueColumn?
    let requiresGroups: Bool

    func task(_ request: FeatureImport.TaskRequest) throws(FeatureError) -> (FeatureTask, ImportedTask) {
        let (labels, columns) = try table.labels(of: request)
        try checkCounts(labels)
        let kind = try kind(request, labels)
        let metric = try metric(request, kind)
        let order = try order(labels)
        let groups = try rowGroups(labels.rows, order)
        let sides = try sides(labels.rows)
        guard kind != .retrieval || groups != nil else {
            throw refuse("groups", "missing", "the query of each candidate", "Add a column group, or give --groups.")
        }
        let task = FeatureTask(
            name: request.name, kind: kind, metric: metric, classes: labels.classes, classNames: labels.classNames,
            samples: order.map(\.sample),
            targets: labels.targets.picking(order.map(\.position), classes: labels.classes),
            groups: groups.map { groups in order.map { groups.numbers[$0.position] } }, groupNames: groups?.names,
            split: sides.map { column in order.map { column[$0.position] } })
        let understood = ImportedTask(
            task, labels: labels, file: table.path, columns: columns, isMatchedByID: ids != nil && sampleIDs != nil,
            ignoresIDs: ids != nil && sampleIDs == nil, rowsWithoutGroup: groups?.unnamed ?? 0)
        return (task, understood)
    }

    // MARK: Rows

    private func checkCounts(_ labels: RowLabels) throws(FeatureError) {
        for (name, column) in [("groups", groups), ("split", split), ("ids", ids)] {
            if let column, column.count != labels.total {
                throw refuse(
                    name, "\(column.count) rows", "\(labels.total), one for each label",
                    "Give one row for each row of the labels.")
            }
        }
    }

    /// The sample of each labelled row and its position among them, by sample.
    private func order(_ labels: RowLabels) throws(FeatureError) -> [(sample: Int, position: Int)] {
        guard let ids, let sampleIDs else {
            guard labels.total == samples else {
                throw refuse(
                    "labels", "\(labels.total) rows", "\(samples), one for each sample",
                    "Give one row for each sample, or a CSV file with a column id.")
            }
            return labels.rows.enumerated().map { ($1, $0) }
        }
        let sampleOfID = Dictionary(zip(sampleIDs.map { $0.trimmedValue ?? $0 }, sampleIDs.indices)) { first, _ in first
        }
        var order: [(sample: Int, position: Int)] = []
        for (position, id) in try ids.ids(of: labels.rows).enumerated() {
            guard let sample = sampleOfID[id] else {
                throw FeatureError(
                    file: ids.path, field: ids.field(labels.rows[position]), found: "\"\(id)\"",
                    expected: "an id of the feature set", remedy: "Leave the row out, or correct the id.")
            }
            order.append((sample, position))
        }
        return order.sorted { $0.sample < $1.sample }
    }

    // MARK: Groups and split

    /// The groups of labelled rows.
    private struct RowGroups {
        /// Of each row, in the order of the groups' first rows.
        var numbers: [Int32] = []
        /// In the order of their numbers; a row without a group is one of its own, named like its sample.
        var names: [String] = []
        /// Rows without a group.
        var unnamed = 0
    }

    /// - Parameter order: The sample of each row.
    /// - Returns: Nil if no row has a group.
    private func rowGroups(_ rows: [Int], _ order: [(sample: Int, position: Int)]) throws(FeatureError) -> RowGroups? {
        let names = try groups?.names()
        if requiresGroups { try check(rows, haveGroups: names) }
        guard let names, rows.contains(where: { names[$0] != nil }) else { return nil }
        var known: [String: Int32] = [:]
        var found = RowGroups()
        let taken = Set(rows.compactMap { names[$0] })
        let samples = Dictionary(uniqueKeysWithValues: order.map { ($0.position, $0.sample) })
        for (position, row) in rows.enumerated() {
            if let name = names[row], let number = known[name] {
                found.numbers.append(number)
                continue
            }
            let number = Int32(found.names.count)
            found.numbers.append(number)
            if let name = names[row] {
                known[name] = number
                found.names.append(name)
            } else {
                let sample = samples[position] ?? position
                found.names.append(Self.name(ofSample: sampleIDs?[sample] ?? "\(sample)", besides: taken))
                found.unnamed += 1
            }
        }
        return found
    }

    /// A name for the group of a single sample that no other group has.
    private static func name(ofSample id: String, besides taken: Set<String>) -> String {
        var name = "sample \(id)"
        while taken.contains(name) { name += "'" }
        return name
    }

    private func check(_ rows: [Int], haveGroups names: [String?]?) throws(FeatureError) {
        guard let groups, let names else {
            throw refuse("groups", "none", "one for each row", "Add a column group, or give --groups FILE.")
        }
        if let row = rows.first(where: { names[$0] == nil }) {
            throw FeatureError(
                file: groups.path, field: groups.field(row), found: "no group", expected: "one, as required",
                remedy: "Give the row a group, or leave out --groups required: then it is a group of its own.")
        }
    }

    /// 0 for `train` and 1 for `test`, in any case; nil if no row has a side.
    private func sides(_ rows: [Int]) throws(FeatureError) -> [UInt8]? {
        guard let split else { return nil }
        let names = try split.names()
        guard rows.contains(where: { names[$0] != nil }) else { return nil }
        return try rows.map { (row) throws(FeatureError) -> UInt8 in
            switch names[row]?.lowercased() {
            case "train"?, "0"?: return 0
            case "test"?, "1"?: return 1
            case let other:
                throw FeatureError(
                    file: split.path, field: split.field(row),
                    found: other == nil ? "nothing" : "\"\(names[row] ?? "")\"",
                    expected: "train (0) or test (1)",
                    remedy: "Give every labelled row one of the two, or leave out the row's label.")
            }
        }
    }

    // MARK: Kind and metric

    private func kind(
        _ request: FeatureImport.TaskRequest, _ labels: RowLabels
    ) throws(FeatureError) -> FeatureTask.Kind {
        let (form, wanted) = (labels.form, request.kind ?? labels.form)
        let isPossible =
            switch wanted {
            case .binary, .retrieval: form == .classification && labels.classes == 2
            case .regression: form == .ranking
            case .classification, .multilabel, .ranking: form == wanted
            }
        guard isPossible else {
            throw refuse(
                "kind of task \(request.name)", "\(form.rawValue) labels of \(labels.classes) classes",
                "\(wanted.rawValue): \(wanted.labelsOfTable)", "Correct the labels or the kind.")
        }
        return wanted
    }

    private func metric(
        _ request: FeatureImport.TaskRequest, _ kind: FeatureTask.Kind
    ) throws(FeatureError) -> String {
        let known = Metrics.names(forKind: kind.rawValue)
        // The first of a kind's metrics is its default.
        guard let metric = request.metric ?? known.first else { return "" }
        guard !known.contains(metric) else { return metric }
        let nearest = Metrics.nearestName(to: metric, forKind: kind.rawValue)
        throw refuse(
            "metric of task \(request.name)", "\"\(metric)\"", "a metric of \(kind.rawValue) tasks",
            (nearest.map { "Did you mean --metric \($0)? " } ?? "") + "Valid are: \(known.joined(separator: ", ")).")
    }

    private func refuse(_ field: String, _ found: String, _ expected: String, _ remedy: String) -> FeatureError {
        FeatureError(file: table.path, field: field, found: found, expected: expected, remedy: remedy)
    }
}

extension FeatureTask.Targets {
    /// Some of the rows, in the order that is asked for.
    fileprivate func picking(_ positions: [Int], classes: Int) -> Self {
        switch self {
        case .classes(let labels): .classes(positions.map { labels[$0] })
        case .scores(let scores): .scores(positions.map { scores[$0] })
        case .indicators(let all): .indicators(positions.flatMap { all[$0 * classes..<($0 + 1) * classes] })
        }
    }
}

extension FeatureTask.Kind {
    /// The labels that a task of this kind needs.
    fileprivate var labelsOfTable: String {
        switch self {
        case .classification: "names or class numbers"
        case .binary: "0 and 1, or two names, the alphabetically second of which is 1"
        case .retrieval: "0 and 1, and a group for the query of each candidate"
        case .multilabel: "0 and 1, one column for each label, or names with a separator (--separator)"
        case .ranking, .regression: "numbers"
        }
    }
}
