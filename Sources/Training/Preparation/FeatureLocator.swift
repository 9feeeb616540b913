package import Features
import Foundation
package import Units

/// Finds the features of a unit by content: in the folder that the client used, or below the worker's `--features`
/// folders.
package struct FeatureLocator {
    private let roots: [String]
    private var opened: [String: OpenedSet] = [:]
    /// What the files of layers were when this process verified them, by the layers' digests.
    private var verified: [String: Set<[FileIdentity]>] = [:]

    private struct OpenedSet {
        let set: FeatureSet
        let manifest: FileIdentity?
    }

    package init(roots: [String]) { self.roots = roots }

    /// - Parameter hints: folders where clients saw it.
    /// - Returns: the feature set whose layer has the digest that units name.
    package mutating func find(_ layer: LayerReference, hints: [String]) throws(FeatureSetNotFound) -> FeatureSet {
        var tried: [String] = []
        for folder in candidates(hints) {
            do {
                let set = try open(folder)
                if try set.digest(ofLayer: layer.layer) == layer.digest { return set }
                tried.append("\(folder): its layer \(layer.layer) has different content")
            } catch {
                tried.append("\(error)")
            }
        }
        throw FeatureSetNotFound(layer: layer, tried: tried)
    }

    /// A layer for training. On its first use in this process, and whenever its files are not the ones that were verified
    /// then, every byte is checked against the manifest's hashes, and every number for being finite, so that corrupt
    /// data never produces a result.
    package mutating func layer(_ reference: LayerReference, of set: FeatureSet) throws(FeatureError) -> LayerTokens {
        let layer = try set.layer(reference.layer)
        if verified[reference.digest]?.contains(layer.identities) != true {
            try layer.verify()
            verified[reference.digest, default: []].insert(layer.identities)
        }
        return layer
    }

    private func candidates(_ hints: [String]) -> [String] {
        let below = roots.flatMap { root in
            let names = (try? FileManager.default.contentsOfDirectory(atPath: root)) ?? []
            return [root] + names.sorted().map { "\(root)/\($0)" }
        }
        return (hints + below).filter {
            FileManager.default.fileExists(atPath: "\($0)/\(FeatureSetManifest.fileName)")
        }
    }

    private mutating func open(_ folder: String) throws(FeatureError) -> FeatureSet {
        let manifest = FileIdentity(path: "\(folder)/\(FeatureSetManifest.fileName)")
        if let known = opened[folder], known.manifest == manifest { return known.set }
        let set = try FeatureSet.open(folder)
        opened[folder] = OpenedSet(set: set, manifest: manifest)
        return set
    }
}

/// This worker has no feature set with the digest that a unit names.
package struct FeatureSetNotFound: Error, CustomStringConvertible {
    package let layer: LayerReference
    package let tried: [String]

    package var description: String {
        let found = tried.isEmpty ? "no feature set was found" : tried.joined(separator: "; ")
        return """
            layer \(layer.layer) of \(layer.set) (\(layer.digest.prefix(12))…) is not on this worker: \(found). Share \
            the folder at the same path, or start the worker with --features FOLDER.
            """
    }
}
