/// Reads a task from its header and its arrays, and checks every row.
struct TaskReader {
    let set: FeatureSet
    let path: String
    let header: TaskFile
    let data: SafetensorsFile

    func read(_ name: String) throws(FeatureError) -> FeatureTask {
        let kind = try checkedHeader(name)
        let samples = try readSamples()
        let groups = try readGroups(rows: samples.count)
        guard kind != .retrieval || groups != nil else {
            throw refuse("groups", row: 0, "missing", "the query of each candidate")
        }
        return FeatureTask(
            name: name, kind: kind, metric: header.metric, classes: header.classes, classNames: header.classNames,
            samples: samples, targets: try readTargets(kind, rows: samples.count),
            groups: groups, groupNames: groups == nil ? nil : header.groupNames,
            split: try readSplit(rows: samples.count), types: try readTypes(rows: samples.count))
    }

    private func checkedHeader(_ name: String) throws(FeatureError) -> FeatureTask.Kind {
        func refuse(_ field: String, _ found: String, _ expected: String) -> FeatureError {
            FeatureError(
                file: path, field: field, found: found, expected: expected, remedy: "Correct the task's \(field).")
        }
        guard header.format == TaskFile.currentFormat else {
            throw refuse("format", "version \(header.format)", "\(TaskFile.currentFormat)")
        }
        guard header.name == name else {
            throw refuse("name", "\"\(header.name)\"", "\"\(name)\", as the file is called")
        }
        guard let kind = FeatureTask.Kind(rawValue: header.kind) else {
            let kinds = FeatureTask.Kind.allCases.map(\.rawValue).joined(separator: ", ")
            throw refuse("kind", "\"\(header.kind)\"", "one of \(kinds)")
        }
        guard kind.classes.contains(header.classes) else {
            throw refuse("classes", "\(header.classes) for \(kind.rawValue)", "\(kind.classes)")
        }
        if let names = header.classNames, names.count != header.classes {
            throw refuse("classNames", "\(names.count) names", "\(header.classes), one for each class")
        }
        if let names = header.groupNames, names.isEmpty || Set(names).count < names.count {
            throw refuse("groupNames", names.isEmpty ? "no name" : "a name twice", "one name for each group")
        }
        return kind
    }

    // MARK: Arrays

    private func readSamples() throws(FeatureError) -> [Int] {
        let rows = try integers("samples") ?? Array(0..<set.manifest.samples)
        var previous = -1
        for (row, sample) in rows.enumerated() {
            guard sample > previous, sample < set.manifest.samples else {
                throw refuse(
                    "samples", row: row, "\(sample) after \(previous)",
                    "ascending numbers below \(set.manifest.samples), the set's number of samples")
            }
            previous = sample
        }
        guard !rows.isEmpty else { throw refuse("samples", row: 0, "no sample", "at least one") }
        return rows
    }

    private func readTargets(_ kind: FeatureTask.Kind, rows: Int) throws(FeatureError) -> FeatureTask.Targets {
        switch kind {
        case .classification, .binary, .retrieval:
            .classes(try required("labels", shape: [rows], in: 0...(header.classes - 1)).map(Int32.init))
        case .multilabel:
            .indicators(try required("labels", shape: [rows, header.classes], in: 0...1).map(UInt8.init))
        case .ranking, .regression:
            .scores(try readScores(rows: rows))
        }
    }

    private func readScores(rows: Int) throws(FeatureError) -> [Float] {
        guard let tensor = data.tensor("scores"), tensor.type == .float32, tensor.shape == [rows] else {
            throw refuse("scores", row: 0, "missing, or not F32 [\(rows)]", "F32 [\(rows)]")
        }
        let bytes = data.bytes(of: tensor)
        let scores = (0..<rows).map {
            Float(bitPattern: UInt32(littleEndian: bytes.loadUnaligned(fromByteOffset: $0 * 4, as: UInt32.self)))
        }
        if let row = scores.firstIndex(where: { !$0.isFinite }) {
            throw refuse("scores", row: row, "\(scores[row])", "a finite number")
        }
        return scores
    }

    private func readGroups(rows: Int) throws(FeatureError) -> [Int32]? {
        guard data.tensor("groups") != nil else { return nil }
        let last = header.groupNames.map { $0.count - 1 } ?? Int(Int32.max)
        return try required("groups", shape: [rows], in: 0...max(0, last)).map(Int32.init)
    }

    private func readSplit(rows: Int) throws(FeatureError) -> [UInt8]? {
        guard data.tensor("split") != nil else { return nil }
        return try required("split", shape: [rows], in: 0...1).map(UInt8.init)
    }

    private func readTypes(rows: Int) throws(FeatureError) -> [Int32]? {
        guard data.tensor("types") != nil else { return nil }
        return try required("types", shape: [rows], in: 0...Int(Int32.max)).map(Int32.init)
    }

    private func required(_ name: String, shape: [Int], in range: ClosedRange<Int>) throws(FeatureError) -> [Int] {
        guard let tensor = data.tensor(name), tensor.shape == shape, let values = data.integers(of: tensor) else {
            let found = data.tensor(name).map { "\($0.type.rawValue) \($0.shape)" } ?? "missing"
            throw refuse(name, row: 0, found, "integers \(shape)")
        }
        if let index = values.firstIndex(where: { !range.contains($0) }) {
            let row = index / (shape.count > 1 ? shape[1] : 1)
            throw refuse(name, row: row, "\(values[index])", "\(range.lowerBound) to \(range.upperBound)")
        }
        return values
    }

    private func integers(_ name: String) throws(FeatureError) -> [Int]? {
        guard let tensor = data.tensor(name) else { return nil }
        guard tensor.shape.count == 1, let values = data.integers(of: tensor) else {
            throw refuse(name, row: 0, "\(tensor.type.rawValue) \(tensor.shape)", "integers [n]")
        }
        return values
    }

    private func refuse(_ tensor: String, row: Int, _ found: String, _ expected: String) -> FeatureError {
        FeatureError(
            file: data.path, field: "tensor \"\(tensor)\", row \(row)",
            offset: data.tensor(tensor).map(data.fileOffset(of:)), found: found, expected: expected,
            remedy: "Write the task's \(tensor) again.")
    }
}

extension FeatureTask.Kind {
    /// How many classes a task of this kind may have.
    var classes: ClosedRange<Int> {
        switch self {
        case .classification: 2...(1 << 24)
        case .binary, .retrieval: 2...2
        case .multilabel: 1...(1 << 24)
        case .ranking, .regression: 1...1
        }
    }
}
