extension FeatureSet {
    /// Reads the whole set and lists problems: at most one for each shard, for the ids, for each list beside them and
    /// for each task. Empty if the set is valid.
    ///
    /// - Parameter progress: called before each file with its path.
    package func findings(progress: (String) -> Void = { _ in }) -> [FeatureError] {
        var findings: [FeatureError] = []
        func collect(_ path: String, _ check: () throws(FeatureError) -> Void) {
            progress(path)
            do throws(FeatureError) { try check() } catch { findings.append(error) }
        }
        if let ids = manifest.ids {
            collect(ids.file) { () throws(FeatureError) in
                try verify(ids)
                _ = try sampleIDs()
            }
        }
        for list in [manifest.files, manifest.tokenTexts].compactMap({ $0 }) {
            collect(list.file) { () throws(FeatureError) in
                try verify(list)
                _ = try SampleLines.read("\(folder)/\(list.file)", samples: manifest.samples, of: "lines")
            }
        }
        if let file = (manifest.boxes ?? manifest.masks)?.file {
            collect(file) { () throws(FeatureError) in _ = try regions() }
        }
        for layer in manifest.layers {
            var first = 0
            for shard in layer.shards {
                collect(shard.file) { () throws(FeatureError) in
                    let opened = try LayerShard.open(
                        "\(folder)/\(shard.file)", shard, of: layer, prefix: manifest.layout.prefix, firstSample: first)
                    try opened.verify(sha256: shard.sha256)
                }
                first += shard.samples
            }
        }
        for name in tasks {
            collect(TaskFile.path(of: name)) { () throws(FeatureError) in
                _ = try storedTask(name)
                try verify(JSONFile.read(TaskFile.self, "\(folder)/\(TaskFile.path(of: name))").data)
            }
        }
        return findings
    }

    func verify(_ reference: FeatureSetManifest.FileReference) throws(FeatureError) {
        let file = try MappedFile.open("\(folder)/\(reference.file)")
        let found = FileDigest.sha256(of: file)
        guard found == reference.sha256 else {
            throw FeatureError(
                file: file.path, found: "SHA-256 \(found)", expected: "\(reference.sha256) as recorded",
                remedy: "The file changed since it was recorded: copy or write it again.")
        }
    }
}
