extension FeatureSetManifest {
    /// Checks that the fields are consistent, before any shard is opened.
    func validate(file: String) throws(FeatureError) {
        func refuse(_ field: String, _ found: String, _ expected: String) -> FeatureError {
            FeatureError(
                file: file, field: field, found: found, expected: expected, remedy: "Correct the manifest's \(field).")
        }
        guard format == Self.currentFormat else {
            throw FeatureError(
                file: file, field: "format", found: "version \(format)", expected: "\(Self.currentFormat)",
                remedy: "Use a version of ProbeSweep that reads this format, or write the feature set again.")
        }
        guard !name.isEmpty else { throw refuse("name", "an empty name", "a name to show in tables") }
        guard (1...Self.largestSampleCount).contains(samples) else {
            throw refuse("samples", "\(samples)", "1 to \(Self.largestSampleCount)")
        }
        guard (0...65_536).contains(layout.registers) else {
            throw refuse("layout.registers", "\(layout.registers)", "0 or a small number")
        }
        for (field, reference) in [
            ("ids", ids), ("files", files), ("tokenTexts", tokenTexts), ("boxes", boxes), ("masks", masks),
        ] {
            if let reference { try Self.check(reference.file, reference.sha256, field: field, file: file) }
        }
        if boxes != nil, masks != nil {
            throw refuse("masks", "masks beside boxes", "one of both, since measures are against one of them")
        }
        if boxes != nil || masks != nil, layout.grid == nil {
            throw refuse(
                "layout.grid", "no grid beside \(boxes == nil ? "masks" : "boxes")",
                "[rows, columns] of the patch tokens, without which no token has a place")
        }
        guard !layers.isEmpty else { throw refuse("layers", "no layer", "at least one") }
        var indices: Set<Int> = []
        for (position, layer) in layers.enumerated() {
            let field = "layers[\(position)]"
            guard indices.insert(layer.index).inserted else {
                throw refuse("\(field).index", "\(layer.index) a second time", "a unique index for each layer")
            }
            try check(layer, field: field, file: file)
        }
    }

    private func check(_ layer: Layer, field: String, file: String) throws(FeatureError) {
        func refuse(_ name: String, _ found: String, _ expected: String) -> FeatureError {
            FeatureError(
                file: file, field: "\(field).\(name)", found: found, expected: expected,
                remedy: "Correct the manifest's \(field).\(name).")
        }
        guard (1...Self.largestExtent).contains(layer.width) else {
            throw refuse("width", "\(layer.width)", "1 to \(Self.largestExtent)")
        }
        guard (1...Self.largestExtent).contains(layer.tokens) else {
            throw refuse("tokens", "\(layer.tokens)", "1 to \(Self.largestExtent)")
        }
        guard layer.dtype.tokenType != nil else {
            throw refuse("dtype", layer.dtype.rawValue, "BF16, F16 or F32")
        }
        if let grid = layout.grid {
            let fits = grid.count == 2 && grid.allSatisfy { (1...layer.tokens).contains($0) }
            guard fits, grid[0] * grid[1] == layer.tokens else {
                throw refuse("tokens", "\(layer.tokens) patch tokens on the grid \(grid)", "rows × columns tokens")
            }
        }
        var total = 0
        for (position, shard) in layer.shards.enumerated() {
            try Self.check(shard.file, shard.sha256, field: "\(field).shards[\(position)]", file: file)
            guard (1...samples).contains(shard.samples) else {
                throw refuse("shards[\(position)].samples", "\(shard.samples)", "1 to \(samples)")
            }
            total += shard.samples
            guard total <= samples else { break }
        }
        guard total == samples else {
            throw refuse("shards", "\(total) samples in total", "\(samples), the manifest's number of samples")
        }
    }

    /// Far above any real backbone, and small enough that products of a few extents fit in an Int.
    private static let largestExtent = 1 << 24

    /// Samples are numbered by Int32 in tables of rows.
    private static let largestSampleCount = Int(Int32.max)

    static func check(_ path: String, _ sha256: String, field: String, file: String) throws(FeatureError) {
        guard !path.isEmpty, !path.hasPrefix("/"), !path.split(separator: "/").contains("..") else {
            throw FeatureError(
                file: file, field: "\(field).file", found: "the path \"\(path)\"",
                expected: "a path inside the feature set's folder",
                remedy: "Move the file into the folder and name it relative to it.")
        }
        guard sha256.utf8.count == 64, sha256.utf8.allSatisfy({ Self.digits.contains($0) }) else {
            throw FeatureError(
                file: file, field: "\(field).sha256", found: "\"\(sha256)\"",
                expected: "64 lower-case hexadecimal digits",
                remedy: "Write the file's SHA-256 there (sha256sum \(path)).")
        }
    }

    private static let digits = Set("0123456789abcdef".utf8)
}
