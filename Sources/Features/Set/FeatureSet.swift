import Digests
import Foundation

/// A folder of frozen tokens: the manifest, and access to layers, ids and tasks, each opened on demand.
package struct FeatureSet: Sendable {
    package let folder: String
    package let manifest: FeatureSetManifest

    /// Reads and checks the manifest; no shard is opened.
    ///
    /// - Throws: `FeatureError` if the manifest is missing, is not JSON, lacks a field or contradicts itself.
    package static func open(_ folder: String) throws(FeatureError) -> FeatureSet {
        let path = "\(folder)/\(FeatureSetManifest.fileName)"
        let manifest = try JSONFile.read(FeatureSetManifest.self, path)
        try manifest.validate(file: path)
        return FeatureSet(folder: folder, manifest: manifest)
    }

    /// Whether a folder holds a manifest.
    package static func exists(in folder: String) -> Bool {
        FileManager.default.fileExists(atPath: "\(folder)/\(FeatureSetManifest.fileName)")
    }

    /// Maps one layer's shards and checks their headers against the manifest; no token is read.
    package func layer(_ index: Int) throws(FeatureError) -> LayerTokens {
        try LayerTokens(self, entry(index))
    }

    /// The manifest's entry of a layer.
    package func entry(_ index: Int) throws(FeatureError) -> FeatureSetManifest.Layer {
        guard let entry = manifest.layers.first(where: { $0.index == index }) else {
            throw FeatureError(
                file: "\(folder)/\(FeatureSetManifest.fileName)", field: "layers", found: "no layer \(index)",
                expected: "one of \(manifest.layers.map { String($0.index) }.joined(separator: ", "))",
                remedy: "Name a layer that the set has, or add the layer with features import.")
        }
        return entry
    }

    /// SHA-256 that identifies a layer's tokens: over shard digests in order, type, width, tokens, token layout and
    /// sample ids. Computed from the manifest alone; `features verify` compares shards with the manifest.
    ///
    /// It leaves out names, the layer's index and the folder, which change no result.
    package func digest(ofLayer index: Int) throws(FeatureError) -> String {
        let layer = try entry(index)
        let layout = manifest.layout
        let facts =
            [
                "probesweep layer 1", layer.dtype.rawValue, "\(layer.width)", "\(layer.tokens)",
                "\(layout.classToken)", "\(layout.registers)", "\(layout.grid ?? [])", manifest.ids?.sha256 ?? "",
            ] + layer.shards.map { "\($0.sha256) \($0.samples)" }
        return SHA256.hash(facts.joined(separator: "\n").utf8).hexadecimal
    }

    /// The ids of the samples in order; their positions, written as numbers, where the set gives no ids.
    package func sampleIDs() throws(FeatureError) -> [String] {
        guard let ids = manifest.ids else { return (0..<manifest.samples).map(String.init) }
        return try SampleIDFile.read("\(folder)/\(ids.file)", samples: manifest.samples)
    }

    /// The ids in the file, including empty and duplicate ones; nil if the set has none.
    package func uncheckedSampleIDs() throws(FeatureError) -> [String]? {
        guard let ids = manifest.ids else { return nil }
        return try SampleIDFile.lines(of: "\(folder)/\(ids.file)", samples: manifest.samples)
    }
}
