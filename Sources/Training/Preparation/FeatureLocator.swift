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

    /// A task as units name it: of the content that their key holds, and cut to the samples that all sets of the sweep
    /// have where the key says so.
    ///
    /// - Parameter hints: folders where clients saw the feature sets of the sweep. Folders beside the set are searched
    ///   too.
    /// - Throws: ``WorkError`` where it has other content, or a set that it is cut by is missing; `FeatureError`.
    package mutating func task(
        _ reference: TaskReference, of set: FeatureSet, hints: [String]
    ) throws -> FeatureTask {
        var task = try set.task(reference.name)
        if let common = reference.common {
            var kept = Set(task.ids ?? [])
            for digest in common where digest != task.digest {
                let other = try self.task(reference.name, digest: digest, in: hints + Self.neighbours(of: set))
                kept.formIntersection(other.ids ?? [])
            }
            task = task.keeping(kept)
            task.name = reference.nameInPass
        }
        guard task.digest == reference.digest else {
            throw WorkError.otherLabels(task: reference.name, folder: set.folder)
        }
        return task
    }

    /// The files that a task's content depends on, in the set and, where it is cut, in those that may cut it.
    mutating func files(of reference: TaskReference, in set: FeatureSet, hints: [String]) -> [FileIdentity?] {
        let others = reference.common == nil ? [] : candidates(hints + Self.neighbours(of: set))
        let paths = others.compactMap { try? open($0) }.flatMap { $0.files(ofTask: reference.name) }
        return (set.files(ofTask: reference.name) + paths).map { FileIdentity(path: $0) }
    }

    private mutating func task(_ name: String, digest: String, in hints: [String]) throws -> FeatureTask {
        for folder in candidates(hints) {
            guard let set = try? open(folder), set.tasks.contains(name), let task = try? set.task(name) else {
                continue
            }
            if task.digest == digest { return task }
        }
        throw WorkError.missingTask(task: name, digest: digest)
    }

    private static func neighbours(of set: FeatureSet) -> [String] {
        let parent = URL(filePath: set.folder).deletingLastPathComponent().path
        let names = (try? FileManager.default.contentsOfDirectory(atPath: parent)) ?? []
        return names.sorted().map { "\(parent)/\($0)" }
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

/// This machine has no feature set with the digest that a unit names.
package struct FeatureSetNotFound: Error, CustomStringConvertible {
    package let layer: LayerReference
    package let tried: [String]

    package var description: String {
        let found = tried.isEmpty ? "no feature set was found" : tried.joined(separator: "; ")
        return """
            layer \(layer.layer) of \(layer.set) (\(layer.digest.prefix(12))…) is not on this machine: \(found). Share \
            the folder at the same path, or say where it is: --features FOLDER, or --feature-folder FOLDER of attend.
            """
    }
}
