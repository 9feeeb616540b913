extension LabelTable {
    /// The task that the table describes over the samples of a set.
    ///
    /// If no kind is given, whole numbers and names are classes, 0 and 1 in several columns are labels, and fractions
    /// are a ranking.
    ///
    /// Rows are matched to samples by id where both have ids, so that a table may label some of the samples; otherwise
    /// row i is sample i.
    func task(
        name: String, kind wanted: FeatureTask.Kind?, metric: String?, samples: Int, sampleIDs: [String]?
    ) throws(FeatureError) -> FeatureTask {
        let order = try rowsBySample(samples: samples, sampleIDs: sampleIDs)
        let (form, classes, classNames, targets) = try targets(rows: order.map(\.row))
        let kind =
            try wanted.map { (kind) throws(FeatureError) in try check(kind, form: form, classes: classes) } ?? form
        return FeatureTask(
            name: name, kind: kind, metric: metric ?? kind.defaultMetric, classes: classes, classNames: classNames,
            samples: order.map(\.sample), targets: targets,
            groups: groups.map { column in order.map { column[$0.row] } },
            split: split.map { column in order.map { column[$0.row] } })
    }

    private func rowsBySample(
        samples: Int, sampleIDs: [String]?
    ) throws(FeatureError) -> [(sample: Int, row: Int)] {
        for (column, count) in [("groups", groups?.count), ("split", split?.count), ("ids", ids?.count)] {
            if let count, count != rows { throw mismatch(column, count, expected: "\(rows), one for each label") }
        }
        guard let ids, let sampleIDs else {
            guard rows == samples else { throw mismatch("labels", rows, expected: "\(samples), one for each sample") }
            return (0..<samples).map { ($0, $0) }
        }
        let sampleOfID = Dictionary(zip(sampleIDs, sampleIDs.indices)) { first, _ in first }
        var order: [(sample: Int, row: Int)] = []
        for (row, id) in ids.enumerated() {
            guard let sample = sampleOfID[id] else {
                throw FeatureError(
                    file: path, field: "id, row \(row)", found: "\"\(id)\"", expected: "an id of the feature set",
                    remedy: "Leave the row out, or correct the id.")
            }
            order.append((sample, row))
        }
        return order.sorted { $0.sample < $1.sample }
    }

    private func targets(
        rows: [Int]
    ) throws(FeatureError) -> (FeatureTask.Kind, classes: Int, names: [String]?, FeatureTask.Targets) {
        switch labels {
        case .numbers(let numbers):
            if let row = numbers.firstIndex(where: { !(0..<Int(Int32.max)).contains($0) }) {
                throw FeatureError(
                    file: path, field: "label, row \(row)", found: "\(numbers[row])", expected: "0 or above",
                    remedy: "Number the classes from 0; leave out samples without a label.")
            }
            let classes = max(2, (numbers.max() ?? 0) + 1)
            return (.classification, classes, nil, .classes(rows.map { Int32(numbers[$0]) }))
        case .names(let names):
            let classes = Set(names).sorted()
            let number = Dictionary(uniqueKeysWithValues: zip(classes, Int32(0)...))
            return (.classification, classes.count, classes, .classes(rows.map { number[names[$0]] ?? 0 }))
        case .scores(let scores):
            return (.ranking, 1, nil, .scores(rows.map { scores[$0] }))
        case .indicators(let values, let classes):
            return (
                .multilabel, classes, nil,
                .indicators(rows.flatMap { values[$0 * classes..<($0 + 1) * classes] })
            )
        }
    }

    /// - Throws: `FeatureError` if labels of this form do not fit the requested kind.
    private func check(
        _ wanted: FeatureTask.Kind, form: FeatureTask.Kind, classes: Int
    ) throws(FeatureError) -> FeatureTask.Kind {
        let isPossible =
            switch wanted {
            case .binary: form == .classification && classes == 2
            case .retrieval: form == .classification && classes == 2 && groups != nil
            case .regression: form == .ranking
            case .classification, .multilabel, .ranking: form == wanted
            }
        guard isPossible else {
            throw FeatureError(
                file: path, field: "kind", found: "labels of a \(form.rawValue) task of \(classes) classes",
                expected: "\(wanted.rawValue): \(wanted.labelsOfTable)", remedy: "Correct the labels or the kind.")
        }
        return wanted
    }

    private func mismatch(_ column: String, _ count: Int, expected: String) -> FeatureError {
        FeatureError(
            file: path, field: column, found: "\(count) rows", expected: expected,
            remedy: "Give one row for each sample, or a CSV file with a column id.")
    }
}

extension FeatureTask.Kind {
    /// The labels that a task of this kind needs.
    fileprivate var labelsOfTable: String {
        switch self {
        case .classification: "whole numbers or names"
        case .binary: "0 and 1, or two names, the alphabetically second of which is 1"
        case .retrieval: "0 and 1, and a group for the query of each candidate"
        case .multilabel: "0 and 1, one column for each label"
        case .ranking, .regression: "numbers"
        }
    }

    /// The default metric of a kind of task.
    var defaultMetric: String {
        switch self {
        case .classification: "top1"
        case .binary: "average-precision"
        case .multilabel: "macro-average-precision"
        case .ranking: "kendall-tau"
        case .regression: "r2"
        case .retrieval: "mean-average-precision"
        }
    }
}
