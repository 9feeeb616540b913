import Foundation

/// Writes a feature set: layers shard by shard, tasks, and the manifest last, so that an interrupted set is not taken
/// for a complete one.
package final class FeatureSetWriter {
    /// Where files are written.
    private let folder: String
    /// The folder of the set, where it is another.
    private let published: String
    private var manifest: FeatureSetManifest

    /// Begins a new set in a folder, which is created if needed.
    ///
    /// - Parameter staging: where to write instead, for files that get their places later.
    /// - Throws: `FeatureError` if a set is there already.
    package static func create(
        _ folder: String, name: String, backbone: FeatureSetManifest.Backbone, samples: Int,
        layout: FeatureSetManifest.TokenLayout, staging: String? = nil
    ) throws(FeatureError) -> FeatureSetWriter {
        let path = "\(folder)/\(FeatureSetManifest.fileName)"
        guard !FileManager.default.fileExists(atPath: path) else {
            throw FeatureError(
                file: path, found: "a feature set already exists there",
                remedy: "Remove it, choose another folder, or add layers to it.")
        }
        let manifest = FeatureSetManifest(
            name: name, backbone: backbone, samples: samples, layout: layout, layers: [])
        return try FeatureSetWriter(folder: staging ?? folder, published: folder, manifest: manifest)
    }

    /// Continues an existing set: its layers and tasks stay.
    ///
    /// - Parameter staging: where to write instead, for files that get their places later.
    package convenience init(extending set: FeatureSet, staging: String? = nil) throws(FeatureError) {
        try self.init(folder: staging ?? set.folder, published: set.folder, manifest: set.manifest)
    }

    private init(folder: String, published: String, manifest: FeatureSetManifest) throws(FeatureError) {
        self.folder = folder
        self.published = published
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
        let stem = freeStem(forLayer: layer.index)
        for first in stride(from: 0, to: lengths.samples, by: perShard) {
            let samples = first..<min(first + perShard, lengths.samples)
            let file = "\(stem)-\(Self.fiveDigits(entry.shards.count)).safetensors"
            let sha256 = try writeShard(file, samples, of: layer, lengths: lengths, fill: fill)
            entry.shards.append(.init(file: file, sha256: sha256, samples: samples.count))
        }
        manifest.layers.append(entry)
        manifest.layers.sort { $0.index < $1.index }
    }

    /// Where a layer's files begin: a name of which no file of another layer makes use, whatever that one is called.
    private func freeStem(forLayer index: Int) -> String {
        var stem = "layers/\(index)"
        while manifest.layers.contains(where: { $0.shards.contains { $0.file.hasPrefix("\(stem)-") } }) { stem += "b" }
        return stem
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
        // A header that still counts must go on naming the arrays that it was written with.
        let data = folder == published ? TaskFile.dataPath(of: task.name) : freeDataPath(of: task.name)
        try TaskFile.write(task, folder: folder, data: data)
    }

    private func freeDataPath(of task: String) -> String {
        var path = TaskFile.dataPath(of: task)
        var number = 1
        while FileManager.default.fileExists(atPath: "\(published)/\(path)") {
            number += 1
            path = TaskFile.dataPath(of: "\(task).\(number)")
        }
        return path
    }

    /// Writes the manifest, which makes the set complete, and opens the set as any reader would.
    @discardableResult
    package func finish(origin: [String: String]? = nil) throws(FeatureError) -> FeatureSet {
        if let origin { manifest.origin = (manifest.origin ?? [:]).merging(origin) { $1 } }
        try manifest.validate(file: "\(published)/\(FeatureSetManifest.fileName)")
        try JSONFile.write(manifest, to: "\(folder)/\(FeatureSetManifest.fileName)")
        return try FeatureSet.open(folder)
    }

    /// Opens what was written as any reader would: layers by their indices, and tasks, which must be what was given.
    func check(_ layers: [Int], _ tasks: [FeatureTask]) throws(FeatureError) {
        let written = FeatureSet(folder: folder, manifest: manifest)
        for index in layers { _ = try written.layer(index) }
        for task in tasks {
            guard try written.storedTask(task.name) == task else {
                throw FeatureError(
                    file: "\(folder)/\(TaskFile.path(of: task.name))", found: "another task than was written",
                    remedy: "Check the disk.")
            }
        }
    }
}
