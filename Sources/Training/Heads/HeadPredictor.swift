package import Features
package import Numerics
internal import Probes
internal import Units

/// Applies a trained head to a layer of a feature set.
///
/// On the kernel path on which the head was tested, its logits of the test fold equal the scored ones bit for bit.
package struct HeadPredictor: Sendable {
    /// C.
    package let classes: Int
    let head: HeadParameters
    /// What is done to vectors before the head reads them.
    private let preparation: FittedPreparation?
    /// What the head reads: the layer, or what was computed of its tokens.
    let layer: LayerTokens
    /// The layer as it is stored.
    let storedLayer: LayerTokens
    /// Those before it, the nearest first.
    private let earlierLayers: [LayerTokens]
    let threads: Int
    let path: KernelPath

    /// Opens a layer of a feature set, and those before it that the head reads too.
    ///
    /// - Throws: `FeatureError` where a layer cannot be opened, and as the initialiser on layers does.
    package init(
        _ file: HeadFile, set: FeatureSet, layer index: Int, threads: Int, on path: KernelPath
    ) throws {
        let layer = try set.layer(index)
        var earlierLayers: [LayerTokens] = []
        let before = set.manifest.layers.filter { $0.index < index }.sorted { $0.index > $1.index }
        for entry in before.prefix(while: { $0.width == layer.width }) {
            earlierLayers.append(try set.layer(entry.index))
        }
        var levels: [Int: LayerTokens] = [:]
        for level in file.description.probe.mixedLevels ?? [] where level != index {
            levels[level] = try set.layer(level)
        }
        try self.init(
            file, layer: layer, index: index, earlierLayers: earlierLayers, levels: levels, threads: threads, on: path)
    }

    /// - Parameters:
    ///   - index: The layer's index, where the head depends on it.
    ///   - earlierLayers: Those before it, the nearest first.
    ///   - levels: Further levels that the head's probe mixes, by index.
    /// - Throws: `TrainingError` where the head's tensors are not those of its probe at this layer's shape.
    package init(
        _ file: HeadFile, layer: LayerTokens, index: Int? = nil, earlierLayers: [LayerTokens] = [],
        levels: [Int: LayerTokens] = [:], threads: Int, on path: KernelPath
    ) throws(TrainingError) {
        guard let bias = file.head.tensors.first(where: { $0.name == "head.bias" }) else {
            throw TrainingError(
                field: "head.bias", problem: "the tensor is missing in the head",
                remedy: "write all tensors of the probe")
        }
        let shortest = (0..<layer.samples).reduce(layer.maximumTokens) { min($0, layer.patchTokens($1).tokens) }
        var shape = ProbeShape(
            width: layer.width, tokens: shortest...layer.maximumTokens, classes: bias.values.count,
            hasClassToken: layer.hasClassToken)
        shape.surroundings = ProbeSurroundings(
            layer: index ?? file.description.layer ?? 0, earlierLayers: earlierLayers.count,
            hasFinalNorm: layer.hasFinalNorm, registers: layer.registers, weights: nil)
        classes = bias.values.count
        let probe = try Self.probe(file.description, shape)
        head = try HeadParameters(file.head.withoutPreparation, of: probe)
        if case .pooled(let input) = probe.reading {
            preparation = try file.head.preparation(input, tokenWidth: layer.width)
        } else {
            preparation = nil
        }
        let source = file.description.probe.tokenSource
        self.layer =
            try source?.layer(
                of: layer, at: index ?? file.description.layer ?? 0, levels, on: ThreadPool(threads: threads)) ?? layer
        storedLayer = layer
        self.earlierLayers = earlierLayers
        self.threads = threads
        self.path = path
    }

    private static func probe(
        _ description: HeadDescription, _ shape: ProbeShape
    ) throws(TrainingError) -> any GradientProbe {
        do throws(ProbeError) {
            let probe = try ProbeCatalog.probe(description.probe, shape: shape)
            if let probe = probe as? any GradientProbe { return probe }
        } catch {
            throw TrainingError(
                field: error.option.map { "probe.options.\($0)" } ?? "probe",
                problem: "\(error.probe) probe: \(error.problem)",
                remedy: error.remedy)
        }
        throw TrainingError(
            field: "probe", problem: "probes of type \(description.probe.type) have no head",
            remedy: "export another unit")
    }

    /// Logits `[n, C]`, row-major, of some samples of the layer, in the order given.
    package func logits(of samples: [Int]) -> [Float] {
        let threads = ThreadPool(threads: threads)
        let stack = stack(samples, capacity: min(256, max(samples.count, 1)), context(of: samples, threads))
        let result = SlotArray<[Float]>(count: 1)
        let arena = Matrix<Float>(rows: 1, columns: stack.plan.extent)
        stack.predict(in: arena, isActive: { _ in true }) { result[$0] = $1 }
        return result[0] ?? []
    }

    /// What is computed of samples once.
    func context(of samples: [Int], _ threads: ThreadPool) -> PassContext {
        PassContext(
            layer: layer, pooled: pooled(samples, threads), frozen: frozen(samples, threads),
            settings: PassSettings(
                threads: self.threads, kernel: path, memoryBudget: .max,
                provenance: Provenance(
                    programVersion: "", kernelPath: path.rawValue, host: "", worker: "", threads: self.threads,
                    blasThreads: 0, attempt: 0, seconds: 0)),
            threads: threads, observer: PassObserver(finished: { _ in }),
            progress: PassProgress(total: 0, report: { _ in }))
    }

    /// The head alone, on samples as the rows of a task.
    func stack(_ samples: [Int], capacity: Int, _ context: PassContext) -> HeadBatch {
        let rows = RowSet(Array(samples.indices), of: samples.count, vectors: vectors(samples, context))
        let members = [StackMember(head: head, rows: rows)]
        return HeadBatch(
            members,
            plan: ChunkPlan(extents: HeadFootprint(members, capacity: capacity, context).slots, limit: .max),
            samples: samples, capacity: capacity, core: AttentionCore(path: path, threads: context.threads),
            context: context)
    }

    private func pooled(_ samples: [Int], _ threads: ThreadPool) -> PooledVectors? {
        guard case .pooled(let input) = head.network.probe.reading else { return nil }
        return PooledVectors(
            [layer] + earlierLayers, samples: Set(samples).sorted(), inputs: [input], threads: threads)
    }

    /// The prepared vectors; nil for a head that reads them as they are.
    private func vectors(_ samples: [Int], _ context: PassContext) -> VectorTable? {
        guard case .pooled(let input) = head.network.probe.reading, let pooled = context.pooled,
            let preparation
        else { return nil }
        return VectorTable(VectorReader(pooled, input, preparation, on: path), samples: samples)
    }

    private func frozen(_ samples: [Int], _ threads: ThreadPool) -> FrozenTokens? {
        var norms: Set<FrozenTokens.Norm> = []
        if case .attention(let demand) = head.network.probe.reading, let norm = FrozenTokens.Norm(demand) {
            norms.insert(norm)
        }
        let summaries = Set(head.network.probe.context)
        guard !norms.isEmpty || !summaries.isEmpty else { return nil }
        return FrozenTokens(
            layer, samples: Set(samples).sorted(), summaries: summaries, norms: norms, threads: threads)
    }
}

extension HeadParameters {
    /// A head of named tensors.
    ///
    /// A head without batch norm statistics, such as that of logistic regression, gets a norm that is the identity, and was
    /// fitted without rounding; a probe that does without the norm has none, and was trained like all others.
    ///
    /// - Throws: `TrainingError` for a tensor that is missing, unknown, or has the wrong shape.
    convenience init(_ head: TrainedHead, of probe: any GradientProbe) throws(TrainingError) {
        let tensors = Dictionary(head.tensors.map { ($0.name, $0) }, uniquingKeysWith: { first, _ in first })
        let network = ProbeNetwork(probe)
        // Before memory is allocated for the sizes that the options ask for.
        try HeadParameters.check(tensors, network)
        self.init(network, roundsInputs: !probe.normalizesOutput || tensors["norm.running_mean"] != nil)
        HeadParameters.take(tensors, into: parameters)
        HeadParameters.take(tensors, into: buffers)
    }

    /// The values of tensors that a head may lack: the norm that is the identity.
    private static let defaults: [String: Float] = ["norm.running_mean": 0, "norm.running_var": 1 - 1e-6]

    private static func check(_ tensors: [String: HeadTensor], _ network: ProbeNetwork) throws(TrainingError) {
        let specifications = network.parameters.tensors + network.buffers.tensors
        for specification in specifications {
            guard let tensor = tensors[specification.name] else {
                if defaults[specification.name] != nil { continue }
                throw TrainingError(
                    field: specification.name, problem: "the tensor is missing in the head",
                    remedy: "write all tensors of the probe")
            }
            guard tensor.shape == specification.shape, tensor.values.count == specification.count else {
                throw TrainingError(
                    field: specification.name,
                    problem: "its shape is \(tensor.shape), but this layer needs \(specification.shape)",
                    remedy: "use the layer that the head was trained on")
            }
        }
        if let stray = Set(tensors.keys).subtracting(specifications.map(\.name)).min() {
            throw TrainingError(
                field: stray, problem: "probes of type \(type(of: network.probe).name) have no such tensor",
                remedy: "remove it, or correct the probe's options")
        }
    }

    private static func take(_ tensors: [String: HeadTensor], into block: TensorBlock<Float>) {
        for (index, specification) in block.layout.tensors.enumerated() {
            if let tensor = tensors[specification.name] {
                _ = block[index].update(fromContentsOf: tensor.values)
            } else {
                block[index].update(repeating: defaults[specification.name] ?? 0)
            }
        }
    }
}
