import Foundation

/// Writes a feature set: layers shard by shard, tasks, and the manifest last, so that an interrupted set is not taken
/// for a complete one.
package final class FeatureSetWriter {
    private let folder: String
    private var manifest: FeatureSetManifest

    /// Begins a new set in a folder, which is created if needed.
    ///
    /// - Throws: `FeatureError` if a set is there already.
    package static func create(
        _ folder: String, name: String, backbone: FeatureSetManifest.Backbone, samples: Int,
        layout: FeatureSetManifest.TokenLayout
    ) throws(FeatureError) -> FeatureSetWriter {
        let path = "\(folder)/\(FeatureSetManifest.fileName)"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw FeatureError(
                file: path, found: "a feature set already exists there",
                remedy: "Remove it, choose another folder, or add layers to it.")
        }
        let manifest = FeatureSetManifest(
            name: name, backbone: backbone, samples: samples, layout: layout, layers: [])
        return try FeatureSetWriter(folder: folder, manifest: manifest)
    }

    /// Continues an existing set: its layers and tasks stay.
    package init(extending set: FeatureSet) throws(FeatureError) {
        self.folder = set.folder
        self.manifest = set.manifest
        try Self.makeFolders(folder)
    }

    private init(folder: String, manifest: FeatureSetManifest) throws(FeatureError) {
        self.folder = folder
        self.manifest = manifest
        try Self.makeFolders(folder)
    }

    private static func makeFolders(_ folder: String) throws(FeatureError) {
        for path in ["\(folder)/layers", "\(folder)/\(TaskFile.folder)"] {
            do {
                try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
            } catch {
                throw FeatureError(
                    file: path, found: "cannot be created: \(systemReason(of: error))",
                    remedy: "Check path and permissions.")
            }
        }
    }

    /// The description of a layer, without its tokens.
    package struct LayerDescription: Sendable {
        package var index: Int
        package var name: String
        /// D.
        package var width: Int
        /// `BF16`, `F16` or `F32`.
        package var dtype: ElementType
        package var finalNorm: Bool

        package init(index: Int, name: String, width: Int, dtype: ElementType, finalNorm: Bool) {
            self.index = index
            self.name = name
            self.width = width
            self.dtype = dtype
            self.finalNorm = finalNorm
        }
    }

    /// Writes a layer in shards, requesting its tokens a few megabytes at a time.
    ///
    /// - Parameters:
    ///   - lengths: stored tokens of every sample.
    ///   - shardSamples: samples in a shard; by default as many as make about half a gigabyte.
    ///   - fill: puts the stored tokens of consecutive samples, `[Σ tokens, D]` in the layer's type, into the buffer.
    package func writeLayer(
        _ layer: LayerDescription, lengths: SampleLengths, shardSamples: Int? = nil,
        fill: (Range<Int>, UnsafeMutableRawBufferPointer) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        let bytesPerToken = layer.width * layer.dtype.byteCount
        let perShard = shardSamples ?? max(1, (1 << 29) / (lengths.longest * bytesPerToken))
        var entry = FeatureSetManifest.Layer(
            index: layer.index, name: layer.name, width: layer.width, tokens: lengths.longest - manifest.layout.prefix,
            dtype: layer.dtype, finalNorm: layer.finalNorm, shards: [])
        for first in stride(from: 0, to: lengths.samples, by: perShard) {
            let samples = first..<min(first + perShard, lengths.samples)
            let file = "layers/\(layer.index)-\(Self.fiveDigits(entry.shards.count)).safetensors"
            let sha256 = try writeShard(file, samples, of: layer, lengths: lengths, fill: fill)
            entry.shards.append(.init(file: file, sha256: sha256, samples: samples.count))
        }
        manifest.layers.append(entry)
        manifest.layers.sort { $0.index < $1.index }
    }

    private func writeShard(
        _ file: String, _ samples: Range<Int>, of layer: LayerDescription, lengths: SampleLengths,
        fill: (Range<Int>, UnsafeMutableRawBufferPointer) throws(FeatureError) -> Void
    ) throws(FeatureError) -> String {
        let writer: SafetensorsWriter
        switch lengths {
        case .equal(let tokens, _):
            writer = try SafetensorsWriter.create(
                "\(folder)/\(file)", tensors: [("tokens", layer.dtype, [samples.count, tokens, layer.width])])
        case .each(let all):
            var offsets: [Int64] = [0]
            for length in all[samples] { offsets.append(offsets[offsets.count - 1] + Int64(length)) }
            writer = try SafetensorsWriter.create(
                "\(folder)/\(file)",
                tensors: [
                    ("offsets", .int64, [samples.count + 1]),
                    ("tokens", layer.dtype, [lengths.total(samples), layer.width]),
                ])
            try writer.append(offsets)
        }
        let bytesPerToken = layer.width * layer.dtype.byteCount
        try Self.forEachChunk(of: samples, lengths, bytesPerToken: bytesPerToken) {
            (chunk, buffer) throws(FeatureError) in
            try fill(chunk, buffer)
            try writer.append(UnsafeRawBufferPointer(buffer))
        }
        return try writer.finish()
    }

    /// Runs of samples of a few megabytes, or of one larger sample, each with a buffer of its size.
    private static func forEachChunk(
        of samples: Range<Int>, _ lengths: SampleLengths, bytesPerToken: Int,
        _ body: (Range<Int>, UnsafeMutableRawBufferPointer) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        let perChunk = max(1, (4 << 20) / (lengths.longest * bytesPerToken))
        let buffer = UnsafeMutableRawBufferPointer.allocate(
            byteCount: perChunk * lengths.longest * bytesPerToken, alignment: 64)
        defer { buffer.deallocate() }
        for first in stride(from: samples.lowerBound, to: samples.upperBound, by: perChunk) {
            let chunk = first..<min(first + perChunk, samples.upperBound)
            let count = lengths.total(chunk) * bytesPerToken
            try body(chunk, UnsafeMutableRawBufferPointer(rebasing: buffer[..<count]))
        }
    }

    private static func fiveDigits(_ number: Int) -> String {
        let digits = String(number)
        return String(repeating: "0", count: max(0, 5 - digits.count)) + digits
    }

    /// Gives the samples ids, once for all layers.
    package func writeIDs(_ ids: [String]) throws(FeatureError) {
        manifest.ids = .init(file: "ids.txt", sha256: try SampleIDFile.write(ids, to: "\(folder)/ids.txt"))
    }

    /// Adds a task, or replaces the one of its name.
    package func writeTask(_ task: FeatureTask) throws(FeatureError) {
        try TaskFile.write(task, folder: folder)
    }

    /// Writes the manifest, which makes the set complete, and opens the set as any reader would.
    package func finish(origin: [String: String]? = nil) throws(FeatureError) -> FeatureSet {
        let path = "\(folder)/\(FeatureSetManifest.fileName)"
        if let origin { manifest.origin = (manifest.origin ?? [:]).merging(origin) { $1 } }
        try manifest.validate(file: path)
        try JSONFile.write(manifest, to: path)
        return try FeatureSet.open(folder)
    }
}
