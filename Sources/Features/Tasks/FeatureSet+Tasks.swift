import Foundation

extension FeatureSet {
    /// Names of the tasks beside the features, sorted: one for each `tasks/NAME.json`.
    package var tasks: [String] {
        let files = (try? FileManager.default.contentsOfDirectory(atPath: "\(folder)/\(TaskFile.folder)")) ?? []
        return files.filter { $0.hasSuffix(".json") }.map { String($0.dropLast(5)) }.sorted()
    }

    /// Reads a task and checks every row of it. Where the set has ids, rows are in the order of their ids, whatever the
    /// order in which the set stores its samples.
    ///
    /// - Throws: `FeatureError` if the task is missing, its arrays disagree in length, a class lies outside 0 ..< C, or
    ///   a sample is not in the set or is labelled twice.
    package func task(_ name: String) throws(FeatureError) -> FeatureTask {
        let stored = try storedTask(name)
        // Ids that stand twice are a finding of the leakage check, and no reason to read nothing.
        return try uncheckedSampleIDs().map(stored.ordered) ?? stored
    }

    /// A task as its files have it: samples ascending, without ids.
    package func storedTask(_ name: String) throws(FeatureError) -> FeatureTask {
        guard tasks.contains(name) else { throw missing(task: name) }
        let path = "\(folder)/\(TaskFile.path(of: name))"
        let header = try JSONFile.read(TaskFile.self, path)
        return try TaskReader(set: self, path: path, header: header, data: dataFile(of: header, path: path)).read(name)
    }

    /// The paths of a task's files: its header, the arrays that it names if it can be read, and the set's ids.
    package func files(ofTask name: String) -> [String] {
        let path = "\(folder)/\(TaskFile.path(of: name))"
        let header = try? JSONFile.read(TaskFile.self, path)
        let arrays = header.map { "\(folder)/\($0.data.file)" }
        return [path] + [arrays, manifest.ids.map { "\(folder)/\($0.file)" }].compactMap { $0 }
    }

    func missing(task name: String) -> FeatureError {
        FeatureError(
            file: folder, field: "task \"\(name)\"", found: "missing",
            expected: tasks.isEmpty ? "a file \(TaskFile.path(of: name))" : "one of \(tasks.joined(separator: ", "))",
            remedy: "Name an existing task, or add one with features import.")
    }

    private func dataFile(of header: TaskFile, path: String) throws(FeatureError) -> SafetensorsFile {
        try FeatureSetManifest.check(header.data.file, header.data.sha256, field: "data", file: path)
        return try SafetensorsFile.open("\(folder)/\(header.data.file)")
    }
}
