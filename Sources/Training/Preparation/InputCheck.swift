import Features
import Foundation
package import Identities
import Numerics
package import Units

/// Tells whether this machine can read what units need, at the cost of a look at every file's size and times: nothing
/// large is read. Whether the bytes are right is checked when a layer is first trained on.
package struct InputCheck {
    private var locator: FeatureLocator
    /// Digests of tasks, with the files that they were computed from.
    private var tasks: [String: (files: [FileIdentity?], digest: String)] = [:]
    /// Inputs that turned out to be bad when they were read.
    private var faults: [InputID: Fault] = [:]

    private struct Fault {
        let problem: String
        /// What the files were then.
        let files: [FileIdentity?]
        /// How often this was found in a row, and until when the input is not tried again: an error may have passed.
        let count: Int
        let end: ContinuousClock.Instant
    }

    package init(roots: [String]) { locator = FeatureLocator(roots: roots) }

    /// Why the inputs cannot be read here, nil if they seem in order.
    package mutating func problem(of id: InputID, _ content: InputContent, folders: [String]) -> String? {
        if let kernel = content.kernel, !KernelPath.available.contains(where: { $0.rawValue == kernel }) {
            return "\(WorkError.otherKernel(kernel))"
        }
        do {
            let set = try locator.find(content.features, hints: folders)
            if let fault = faults[id], fault.end > .now, try fault.files == files(of: content, in: set, folders) {
                return fault.problem
            }
            return try problem(of: content, in: set, folders)
        } catch {
            return "\(error)"
        }
    }

    /// The inputs were read and were not what they should be: they count as unreadable until their files change, or for a
    /// minute, and for longer each time that nothing was better.
    package mutating func hold(_ problem: String, against id: InputID, _ content: InputContent, folders: [String]) {
        let set = try? locator.find(content.features, hints: folders)
        let files = set.flatMap { try? self.files(of: content, in: $0, folders) } ?? []
        let count = faults[id].map { $0.files == files ? $0.count + 1 : 1 } ?? 1
        faults[id] = Fault(
            problem: problem, files: files, count: count, end: .now + .seconds(60 << min(count - 1, 6)))
    }

    private mutating func problem(
        of content: InputContent, in set: FeatureSet, _ folders: [String]
    ) throws -> String? {
        for layer in content.layers {
            guard try set.digest(ofLayer: layer.layer) == layer.digest else {
                return "\(WorkError.otherContent(of: "layer \(layer.layer)", folder: set.folder))"
            }
            for shard in try set.entry(layer.layer).shards
            where FileIdentity(path: "\(set.folder)/\(shard.file)") == nil {
                return "\(set.folder)/\(shard.file) is missing"
            }
        }
        if let weights = content.weights, !set.weights.contains(weights.name) {
            return "\(set.folder) has no weights \(weights.name)"
        }
        guard try digest(of: content.task, in: set, folders) == content.task.digest else {
            return "\(WorkError.otherLabels(task: content.task.name, folder: set.folder))"
        }
        return nil
    }

    /// Tasks are small; each is read once, and again when its files have changed.
    private mutating func digest(
        of task: TaskReference, in set: FeatureSet, _ folders: [String]
    ) throws -> String {
        let path = "\(set.folder) \(task.nameInPass)"
        let files = locator.files(of: task, in: set, hints: folders)
        if let known = tasks[path], known.files == files { return known.digest }
        let digest =
            task.common == nil
            ? try set.task(task.name).digest : try locator.task(task, of: set, hints: folders).digest
        tasks[path] = (files, digest)
        return digest
    }

    private mutating func files(
        of content: InputContent, in set: FeatureSet, _ folders: [String]
    ) throws -> [FileIdentity?] {
        let shards = try content.layers.flatMap { try set.entry($0.layer).shards.map { "\(set.folder)/\($0.file)" } }
        let weights = content.weights.map { [set.file(ofWeights: $0.name)] } ?? []
        return (["\(set.folder)/\(FeatureSetManifest.fileName)"] + shards + weights).map { FileIdentity(path: $0) }
            + locator.files(of: content.task, in: set, hints: folders)
    }
}
