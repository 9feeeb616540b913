package import Features
import Foundation
package import Identities
package import Numerics
internal import Probes
package import Units

/// The units and features of a pass, from the canonical forms of a lease.
package struct PassWork {
    package let units: [ProbeUnit]
    /// Units whose task, weights or earlier layers are missing here or are other ones, with the reason.
    package let unreadable: [(ProbeUnit, reason: String)]
    package let layer: LayerTokens
    /// The feature set that the layer was found in.
    package let set: FeatureSet
    /// By `TaskReference.nameInPass`.
    package let tasks: [String: FeatureTask]
    /// Earlier layers that units read too, the nearest first.
    package let earlierLayers: [LayerTokens]
    /// Levels that units mix, the layer itself left out, by index.
    package let levels: [Int: LayerTokens]
    /// By name.
    package let weights: [String: FeatureWeights]
    /// The kernel path that the sweep pins, nil for this worker's own.
    package let kernel: KernelPath?
    /// Which of the units wait for each that is trained.
    package let waiting: WaitingUnits
    /// The boxes or masks that analyses hold maps against, or why there are none to be read; nil where none asks.
    let regions: Result<SampleRegions?, FeatureError>?

    /// - Parameter folders: where clients saw the feature set.
    /// - Throws: ``WorkError`` if a form does not match its key, ``InputsUnreadable`` if no unit can be trained here,
    ///   `FeatureError` if it can be trained nowhere.
    package init(_ forms: [UnitKey: [UInt8]], folders: [String], _ locator: inout FeatureLocator) throws {
        let units = try forms.sorted { $0.key < $1.key }.map { digest, form in try Self.unit(digest, form) }
        guard let reference = units.first?.features else { throw WorkError.empty }
        let pinned = units.first?.kernel
        guard units.allSatisfy({ $0.features == reference && $0.kernel == pinned }) else { throw WorkError.mixed }
        do {
            try self.init(units, reference, pinned: pinned, folders: folders, &locator)
        } catch let error as FeatureError where error.isOfContent {
            throw error
        } catch WorkError.mixed {
            throw WorkError.mixed
        } catch {
            throw InputsUnreadable(units: units, cause: error)
        }
    }

    private init(
        _ units: [ProbeUnit], _ reference: LayerReference, pinned: String?, folders: [String],
        _ locator: inout FeatureLocator
    ) throws {
        kernel = try pinned.map(Self.available)
        set = try locator.find(reference, hints: folders)
        layer = try locator.layer(reference, of: set)
        var tasks: [String: FeatureTask] = [:]
        var faults: [TaskReference: String] = [:]
        for task in Set(units.map(\.task)) {
            do {
                tasks[task.nameInPass] = try locator.task(task, of: set, hints: folders)
            } catch {
                faults[task] = "\(error)"
            }
        }
        self.tasks = tasks
        let earlier = try Self.earlierLayers(of: units.filter { !$0.mixesLevels }, in: set, &locator)
        earlierLayers = earlier.layers
        let mixed = try Self.levels(of: units.filter(\.mixesLevels), in: set, &locator)
        levels = mixed.layers
        var weights: [String: FeatureWeights] = [:]
        var weightFaults: [WeightsReference: String] = [:]
        for reference in Set(units.compactMap(\.weights)) {
            do {
                weights[reference.name] = try Self.weights(reference, in: set)
            } catch {
                weightFaults[reference] = "\(error)"
            }
        }
        self.weights = weights
        // What is wrong with one part says nothing of units that do not read it.
        let reasons = units.map { unit in
            faults[unit.task] ?? unit.weights.flatMap { weightFaults[$0] }
                ?? (unit.mixesLevels
                    ? unit.earlierLayers?.lazy.compactMap { mixed.faults[$0] }.first
                    : unit.earlierLayers?.count ?? 0 > earlier.layers.count ? earlier.fault : nil)
        }
        self.units = zip(units, reasons).filter { $1 == nil }.map(\.0)
        waiting = WaitingUnits(self.units)
        let areHeldAgainstRegions = self.units.contains { $0.analysis?.regions != nil }
        regions = areHeldAgainstRegions ? Self.regions(of: set) : nil
        unreadable = zip(units, reasons).compactMap { unit, reason in reason.map { (unit, $0) } }
    }

    private static func regions(of set: FeatureSet) -> Result<SampleRegions?, FeatureError> {
        do throws(FeatureError) {
            return .success(try set.regions())
        } catch {
            return .failure(error)
        }
    }

    private static func weights(_ reference: WeightsReference, in set: FeatureSet) throws -> FeatureWeights {
        let found = try set.weights(reference.name)
        guard found.digest == reference.digest else {
            throw WorkError.otherContent(of: "weights \(reference.name)", folder: set.folder)
        }
        return found
    }

    /// The earlier layers that units read, the nearest first, up to the first that cannot be read.
    private static func earlierLayers(
        of units: [ProbeUnit], in set: FeatureSet, _ locator: inout FeatureLocator
    ) throws -> (layers: [LayerTokens], fault: String?) {
        let references = units.compactMap(\.earlierLayers).max { $0.count < $1.count } ?? []
        guard units.allSatisfy({ references.starts(with: $0.earlierLayers ?? []) }) else { throw WorkError.mixed }
        var layers: [LayerTokens] = []
        for reference in references {
            do {
                layers.append(try layer(reference, in: set, &locator))
            } catch let error as FeatureError where error.isOfContent {
                throw error
            } catch {
                return (layers, "\(error)")
            }
        }
        return (layers, nil)
    }

    /// The levels that units mix beside their own layer, by index, and what is wrong with those that cannot be read.
    private static func levels(
        of units: [ProbeUnit], in set: FeatureSet, _ locator: inout FeatureLocator
    ) throws -> (layers: [Int: LayerTokens], faults: [LayerReference: String]) {
        var layers: [Int: LayerTokens] = [:]
        var faults: [LayerReference: String] = [:]
        for reference in Set(units.flatMap { $0.earlierLayers ?? [] }) {
            do {
                layers[reference.layer] = try layer(reference, in: set, &locator)
            } catch let error as FeatureError where error.isOfContent {
                throw error
            } catch {
                faults[reference] = "\(error)"
            }
        }
        return (layers, faults)
    }

    private static func layer(
        _ reference: LayerReference, in set: FeatureSet, _ locator: inout FeatureLocator
    ) throws -> LayerTokens {
        guard try set.digest(ofLayer: reference.layer) == reference.digest else {
            throw WorkError.otherContent(of: "layer \(reference.layer)", folder: set.folder)
        }
        return try locator.layer(reference, of: set)
    }

    /// The pass that trains these units, or the units that they are analyses of. It leaves room for the analyses, which are
    /// made while its heads are still at work.
    package func pass(_ settings: PassSettings) -> Pass {
        var settings = settings
        settings.memoryHeld += analysisFootprint(threads: settings.threads).bytes(within: settings.memoryBudget)
        return Pass(
            units: waiting.trained, layer: layer, tasks: tasks, settings: settings, earlierLayers: earlierLayers,
            levels: levels, weights: weights)
    }

    /// Seconds that each unit is predicted to take alone, on a worker of a speed relative to the reference machine. A unit
    /// that cannot be predicted counts nothing.
    package func predictedSeconds(speed: Double) -> [UnitKey: Double] {
        let mean = layer.extent.mean
        let seconds = units.map { unit in
            let samples = tasks[unit.task.nameInPass]?.samples.count ?? layer.samples
            // Tokens that are computed first are in single precision.
            let arePaired = layer.type == .bfloat16 && unit.probe.tokenSource == nil
            let work = UnitWork(unit, samples: samples, tokens: TokenFacts(mean: mean, arePaired: arePaired))
            return (unit.key, (work.map(CostModel.reference.seconds) ?? 0) / speed)
        }
        return Dictionary(seconds, uniquingKeysWith: max)
    }

    private static func available(_ name: String) throws -> KernelPath {
        guard let path = KernelPath(rawValue: name), KernelPath.available.contains(path) else {
            throw WorkError.otherKernel(name)
        }
        return path
    }

    private static func unit(_ digest: UnitKey, _ form: [UInt8]) throws -> ProbeUnit {
        let unit = try JSONDecoder.ofUnits().decode(ProbeUnit.self, from: Data(form))
        guard unit.protocolVersion == ProbeUnit.currentProtocolVersion else {
            throw WorkError.otherVersion(unit.protocolVersion)
        }
        if let form = unit.analysis?.form, form != HeadAnalysis.currentForm { throw WorkError.otherAnalysis(form) }
        guard unit.key == digest else {
            throw WorkError.otherKey(expected: "\(digest)", found: "\(unit.key)")
        }
        return unit
    }
}

extension ProbeUnit {
    /// Whether its earlier layers are levels that it mixes, rather than those right before its own.
    fileprivate var mixesLevels: Bool { probe.mixedLevels != nil }
}

/// What the units of a lease read is not here, or is not what it was: no fault of the units.
package struct InputsUnreadable: Error, CustomStringConvertible {
    package let units: [ProbeUnit]
    package let cause: any Error

    package var description: String { "\(cause)" }
}

/// Why a lease cannot be trained.
package enum WorkError: Error, CustomStringConvertible, Equatable {
    case empty
    case mixed
    case otherKernel(String)
    case otherVersion(Int)
    case otherAnalysis(Int)
    case otherKey(expected: String, found: String)
    case otherLabels(task: String, folder: String)
    /// Another feature set of the sweep, whose samples the task is cut to, is not to be found.
    case missingTask(task: String, digest: String)
    case otherContent(of: String, folder: String)

    package var description: String {
        switch self {
        case .empty: "the lease has no units"
        case .mixed: "the lease mixes units of several layers or kernel paths"
        case .otherKernel(let name):
            """
            the sweep is pinned to kernel path \(name), which this machine cannot run (it can run \
            \(KernelPath.available.map(\.rawValue).joined(separator: ", "))); for different machines pin it to \
            kernel: portable
            """
        case .otherVersion(let version):
            """
            the units have protocol version \(version), but this worker trains version \
            \(ProbeUnit.currentProtocolVersion); use the same version of ProbeSweep on all machines
            """
        case .otherAnalysis(let form):
            """
            the units ask for form \(form) of the analysis of heads, but this worker has form \(HeadAnalysis.currentForm); use \
            the same version of ProbeSweep on all machines
            """
        case .otherKey(let expected, let found): "the unit \(expected) has the canonical form of \(found)"
        case .otherContent(let part, let folder):
            "\(part) in \(folder) has changed since the sweep was planned; restore it, or plan again"
        case .missingTask(let task, let digest):
            """
            task \(task) is cut to the samples that all feature sets of the sweep have, and the set whose task has \
            the digest \(digest.prefix(12))… is not on this worker; share its folder at the same path, or put it beside \
            the other sets
            """
        case .otherLabels(let task, let folder):
            "task \(task) in \(folder) has other labels than when the sweep was planned; restore it, or plan again"
        }
    }
}
