import Foundation

extension FeatureSet {
    /// Takes tasks and layers out of the set: first their entries, then the files that nothing else names.
    ///
    /// - Throws: `FeatureError` before anything is removed for a task or layer that the set does not have, and for its
    ///   only layer. A task that cannot be read can be removed.
    /// - Returns: the set that is left.
    package func removing(tasks names: [String], layers indices: [Int]) throws(FeatureError) -> FeatureSet {
        for name in names where !tasks.contains(name) { throw missing(task: name) }
        for index in indices { _ = try entry(index) }
        let removed = manifest.layers.filter { indices.contains($0.index) }
        guard removed.count < manifest.layers.count else {
            throw FeatureError(
                file: "\(folder)/\(FeatureSetManifest.fileName)", field: "layers",
                found: "\(manifest.layers.count) layers, all to be removed", expected: "at least one that stays",
                remedy: "Remove the folder to remove the whole set.")
        }
        var left = manifest
        left.layers.removeAll { indices.contains($0.index) }
        let files = files(ofTasks: names) + removed.flatMap { $0.shards.map(\.file) }
        for name in names { try remove(TaskFile.path(of: name)) }
        if !removed.isEmpty { try JSONFile.write(left, to: "\(folder)/\(FeatureSetManifest.fileName)") }
        let set = FeatureSet(folder: folder, manifest: left)
        set.removeUnnamed(files)
        return set
    }

    /// The files of tasks' arrays: those that headers name, and the usual one of a header that cannot be read.
    func files(ofTasks names: [String]) -> [String] {
        names.filter(tasks.contains).map { dataFile(ofTask: $0) ?? TaskFile.dataPath(of: $0) }
    }

    /// Removes those of the files that no layer and no task names. What cannot be removed harms nobody and stays.
    func removeUnnamed(_ files: [String]) {
        let named = Set(manifest.layers.flatMap { $0.shards.map(\.file) } + tasks.compactMap(dataFile(ofTask:)))
        for file in files where !named.contains(file) { unlink("\(folder)/\(file)") }
    }

    /// The file of a task's arrays, nil if the header cannot be read or leads out of the folder.
    private func dataFile(ofTask name: String) -> String? {
        let path = "\(folder)/\(TaskFile.path(of: name))"
        guard let data = try? JSONFile.read(TaskFile.self, path).data,
            (try? FeatureSetManifest.check(data.file, data.sha256, field: "data", file: path)) != nil
        else { return nil }
        return data.file
    }

    private func remove(_ file: String) throws(FeatureError) {
        guard unlink("\(folder)/\(file)") == 0 else {
            throw FeatureError(
                file: "\(folder)/\(file)", found: "cannot be removed: \(MappedFile.lastError())",
                remedy: "Check permissions.")
        }
    }
}
