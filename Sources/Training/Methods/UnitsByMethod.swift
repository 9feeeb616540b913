import Features
import Identities
import Numerics
import Probes
import Units

/// The units of a pass, looked up and sorted by how they are trained.
struct UnitsByMethod {
    private var methods = MethodCatalog.passMethods.map { $0.noUnits() }
    /// Bytes of the lists of rows that units train, choose and are tested on.
    private(set) var rowBytes = 0

    var count: Int { methods.reduce(0) { $0 + $1.prepared.count } }

    /// Every unit of the pass that can be trained.
    var all: [PreparedUnit] { methods.flatMap(\.prepared) }

    /// - Parameter fail: Gets every unit that cannot be trained, with the reason.
    init(_ pass: Pass, fail: (UnitKey, TrainingError) -> Void) {
        let layer = pass.layer
        var rows: [RowsKey: FoldRows] = [:]
        let extent = layer.extent
        var sampled: SampledTasks = [:]
        for unit in pass.units {
            let key = unit.key
            do throws(TrainingError) {
                try add(Self.prepare(unit, key, of: pass, extent, sampled: &sampled, rows: &rows))
            } catch {
                fail(key, error)
            }
        }
        rowBytes = rows.values.reduce(0) { $0 + $1.count * MemoryLayout<Int>.size }
    }

    /// Leaves out the units that do not fit into memory by themselves.
    ///
    /// - Parameter isAdmitted: Gets each unit and the bytes that it needs while nothing trains beside it.
    mutating func admit(_ context: PassContext, _ isAdmitted: (PreparedUnit, Int) -> Bool) {
        for index in methods.indices.reversed() { methods[index].admit(context, isAdmitted) }
    }

    /// Trains all of them, method by method.
    func train(_ context: PassContext) {
        for units in methods.reversed() where !units.prepared.isEmpty {
            units.train(context)
            ProcessMemory.returnFreed()
        }
    }

    /// Every unit that is trained on pooled vectors, and what it reads.
    private var pooled: [(unit: PreparedUnit, input: PooledInput)] {
        all.compactMap { unit in
            if case .pooled(let input) = unit.probe.reading { (unit, input) } else { nil }
        }
    }

    var pooledInputs: Set<PooledInput> { Set(pooled.map(\.input)) }

    /// Samples of the layer whose pooled vectors are read, rising.
    var pooledSamples: [Int] {
        var samples: Set<Int> = []
        var seen: Set<String> = []
        for (unit, _) in pooled where seen.insert(unit.task.name).inserted { samples.formUnion(unit.task.samples) }
        return samples.sorted()
    }

    /// The units that read tokens every epoch, and their probes.
    private var tokenReaders: [(unit: PreparedUnit, probe: any GradientProbe)] {
        all.compactMap { unit in
            guard unit.unit.solver.method.tokenReading != nil, let probe = unit.probe as? any GradientProbe else {
                return nil
            }
            return (unit, probe)
        }
    }

    /// What they read of samples beside tokens and pooled vectors.
    var summaries: Set<TokenSummary> {
        tokenReaders.reduce(into: []) { $0.formUnion($1.probe.context) }
    }

    /// The layer norms of tokens that they fold into the core.
    var norms: Set<FrozenTokens.Norm> {
        tokenReaders.reduce(into: []) { norms, reader in
            guard case .attention(let demand) = reader.probe.reading else { return }
            if let norm = FrozenTokens.Norm(demand) { norms.insert(norm) }
        }
    }

    /// Whether any of them standardises tokens channel by channel.
    var fitsChannels: Bool { tokenReaders.contains { $0.probe.standardisesTokens } }

    /// Samples of the layer that they train, choose or are tested on, rising.
    var tokenSamples: [Int] {
        var samples: Set<Int> = []
        var seen: Set<String> = []
        for (unit, _) in tokenReaders where seen.insert(unit.task.name).inserted {
            samples.formUnion(unit.task.samples)
        }
        return samples.sorted()
    }

    /// Multiply–accumulates of the whole pass, as far as they can be told beforehand.
    var work: Double { methods.reduce(0) { $0 + $1.work } }

    private struct RowsKey: Hashable {
        let task: String
        let fold: FoldReference
        let selection: SelectionSettings
        let shots: Shots?
    }

    /// Tasks of which units use a draw of the negatives, or a permutation of the targets.
    private typealias SampledTasks = [TaskReference: FeatureTask]

    private static func prepare(
        _ unit: ProbeUnit, _ key: UnitKey, of pass: Pass, _ extent: LayerExtent, sampled: inout SampledTasks,
        rows: inout [RowsKey: FoldRows]
    ) throws(TrainingError) -> PreparedUnit {
        let (layer, settings) = (pass.layer, pass.settings)
        // Folds are those of the labels as they are.
        let task = try task(of: unit, pass.tasks, &sampled)
        guard unit.kernel == nil || unit.kernel == settings.kernel.rawValue else {
            throw TrainingError(
                field: "kernel",
                problem: "it is pinned to \(unit.kernel ?? ""), and this process uses \(settings.kernel)",
                remedy: "start the worker, or the command that trains here, with PROBESWEEP_KERNEL=\(unit.kernel ?? "")"
            )
        }
        let rowsKey = RowsKey(task: task.name, fold: unit.fold, selection: unit.solver.selection, shots: unit.shots)
        let split: FoldRows
        if let known = rows[rowsKey] {
            split = known
        } else {
            split = try FoldRows(
                task: task, fold: unit.fold, selection: unit.solver.selection, shots: unit.shots)
            rows[rowsKey] = split
        }
        var shape = ProbeShape(
            width: unit.features.width, tokens: extent.tokens.lowerBound...layer.maximumTokens, classes: task.outputs,
            hasClassToken: layer.hasClassToken, trainingSamples: split.fold.count)
        shape.meanTokens = Int(extent.mean.rounded())
        let weights = try weights(of: unit, pass)
        shape.surroundings = ProbeSurroundings(
            layer: unit.features.layer, earlierLayers: pass.earlierLayers.count, hasFinalNorm: layer.hasFinalNorm,
            registers: layer.registers, weights: weights?.shapes)
        shape.surroundings?.weightsMetadata = weights?.file.metadata ?? [:]
        return PreparedUnit(
            unit: unit, key: key, task: taught(task, unit.task, &sampled), rows: split, probe: try probe(unit, shape),
            weights: weights)
    }

    private static func weights(of unit: ProbeUnit, _ pass: Pass) throws(TrainingError) -> FeatureWeights? {
        guard let reference = unit.weights else { return nil }
        guard let weights = pass.weights[reference.name], weights.digest == reference.digest else {
            throw TrainingError(
                field: "weights", problem: "the feature set has no weights \(reference.name), or other ones",
                remedy: "use the feature set that the sweep was planned with")
        }
        return weights
    }

    /// What heads learn and are scored by: the task, or one with other targets.
    private static func taught(
        _ task: FeatureTask, _ reference: TaskReference, _ sampled: inout SampledTasks
    ) -> FeatureTask {
        guard reference.permutation != nil else { return task }
        if let known = sampled[reference] { return known }
        let relabelled = task.relabelled(for: reference)
        sampled[reference] = relabelled
        return relabelled
    }

    private static func task(
        of unit: ProbeUnit, _ tasks: [String: FeatureTask], _ sampled: inout SampledTasks
    ) throws(TrainingError) -> FeatureTask {
        guard let task = tasks[unit.task.nameInPass], task.kind.rawValue == unit.task.kind else {
            throw TrainingError(
                field: "task.name", problem: "the feature set has no \(unit.task.kind) task \(unit.task.name)",
                remedy: "use the feature set that the sweep was planned with")
        }
        guard let sampling = unit.task.sampling else { return task }
        var reference = unit.task
        (reference.permutation, reference.isLabelledByType) = (nil, nil)
        if let known = sampled[reference] { return known }
        guard let drawn = task.sampled(negatives: sampling.negatives, seed: sampling.seed) else {
            throw TrainingError(
                field: "task.sampling.negatives",
                problem: "no group of task \(task.name) has \(sampling.negatives) negatives for one of its positives",
                remedy: "ask for fewer negatives")
        }
        sampled[reference] = drawn
        return drawn
    }

    private static func probe(_ unit: ProbeUnit, _ shape: ProbeShape) throws(TrainingError) -> any Probe {
        do throws(ProbeError) {
            return try ProbeCatalog.probe(unit.probe, shape: shape)
        } catch {
            throw TrainingError(field: "probe", problem: error.description, remedy: error.remedy)
        }
    }

    private mutating func add(_ prepared: PreparedUnit) throws(TrainingError) {
        for index in methods.indices { try methods[index].add(prepared) }
    }
}
