import Features
import Foundation
import Scheduling
import Sweeps

/// What a pass needs, made from the canonical forms of a lease.
struct PassWork {
    let units: [Sweeps.Unit]
    let layer: LayerTokens
    /// By name.
    let tasks: [String: FeatureTask]

    /// - Throws: ``WorkError`` if a form is not that of its key, `FeatureNotHere` or a feature error.
    init(_ forms: [UnitDigest: Data], folder: String, _ locator: inout FeatureLocator) throws {
        units = try forms.sorted { $0.key < $1.key }.map { digest, form in try Self.unit(digest, form) }
        guard let reference = units.first?.features else { throw WorkError.empty }
        guard units.allSatisfy({ $0.features == reference }) else { throw WorkError.severalLayers }
        let set = try locator.find(reference, hint: folder)
        layer = try set.layer(reference.layer)
        var tasks: [String: FeatureTask] = [:]
        for task in Set(units.map(\.task)) {
            let found = try set.task(task.name)
            guard found.digest == task.digest else { throw WorkError.otherLabels(task: task.name, folder: set.folder) }
            tasks[task.name] = found
        }
        self.tasks = tasks
    }

    private static func unit(_ digest: UnitDigest, _ form: Data) throws -> Sweeps.Unit {
        let unit = try JSONDecoder().decode(Sweeps.Unit.self, from: form)
        guard unit.protocolVersion == Sweeps.Unit.currentProtocolVersion else {
            throw WorkError.otherVersion(unit.protocolVersion)
        }
        guard unit.key.digest == digest.bytes else { throw WorkError.otherKey(expected: "\(digest)", found: "\(unit.key)") }
        return unit
    }
}

/// Why a lease cannot be trained as it is.
enum WorkError: Error, CustomStringConvertible, Equatable {
    case empty
    case severalLayers
    case otherVersion(Int)
    case otherKey(expected: String, found: String)
    case otherLabels(task: String, folder: String)

    var description: String {
        switch self {
        case .empty: "the lease has no units"
        case .severalLayers: "the lease mixes units of several layers"
        case .otherVersion(let version):
            """
            the units are of protocol version \(version) and this worker trains version \(Sweeps.Unit.currentProtocolVersion); \
            use the same version of ProbeSweep everywhere
            """
        case .otherKey(let expected, let found): "the unit \(expected) has the canonical form of \(found)"
        case .otherLabels(let task, let folder):
            "task \(task) in \(folder) has other labels than when the sweep was planned; restore it or plan anew"
        }
    }
}
