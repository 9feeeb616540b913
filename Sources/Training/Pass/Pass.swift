public import Features
internal import Numerics
internal import Probes
public import Sweeps

/// One reading of one layer's tokens, epoch after epoch, that trains many units at once.
///
/// A unit's result is a function of its key alone, on one kernel path: what trains beside it, in which order, on how many
/// threads and in how much memory changes no bit of it.
///
/// Units on pooled vectors that are not trained by gradient come first, then the streams of the others; each unit is
/// handed to the observer as soon as it is done.
public struct Pass: Sendable {
    public let units: [Unit]
    public let layer: LayerTokens
    /// The tasks of the units, by name.
    public let tasks: [String: FeatureTask]
    public let settings: PassSettings
    /// The layers before this one that any of the units reads, the nearest first.
    public let earlierLayers: [LayerTokens]
    /// The tensors beside the features that any of the units starts from, by name.
    public let weights: [String: FeatureWeights]

    public init(
        units: [Unit], layer: LayerTokens, tasks: [String: FeatureTask], settings: PassSettings,
        earlierLayers: [LayerTokens] = [], weights: [String: FeatureWeights] = [:]
    ) {
        self.units = units
        self.layer = layer
        self.tasks = tasks
        self.settings = settings
        self.earlierLayers = earlierLayers
        self.weights = weights
    }

    /// Trains all units. Returns when each is finished or cancelled; blocks its thread until then.
    ///
    /// - Parameter checkpoints: Where units that are trained by gradient are kept at the ends of epochs, and gone on from.
    public func run(_ observer: PassObserver, checkpoints: CheckpointStore? = nil) {
        let methods = UnitsByMethod(self) { key, error in observer.finished(.failed(key, error)) }
        let threads = ThreadPool(threads: settings.threads)
        let pooled = pooledVectors(for: methods, threads)
        let context = PassContext(
            layer: layer, pooled: pooled, frozen: frozenTokens(for: methods, threads),
            settings: settings, threads: threads, observer: observer,
            progress: PassProgress(total: methods.work, report: observer.progressed),
            checkpoints: checkpoints.map { PassCheckpoints($0, settings: settings, threads: threads) })
        for group in NeighbourGroup.groups(of: methods.neighbours) { group.run(context) }
        ZeroShotGroup(units: methods.zeroShot).run(context)
        for group in RidgeGroup.groups(of: methods.ridge) { group.run(context) }
        LogisticGroup(units: methods.logistic).run(context)
        let core = AttentionCore<Float>(path: settings.kernel, threads: threads)
        for stream in GradientStream.streams(of: methods.gradient) { run(stream, core, context) }
    }

    private func pooledVectors(for methods: UnitsByMethod, _ threads: ThreadPool) -> PooledVectors? {
        let inputs = methods.pooledInputs
        guard !inputs.isEmpty else { return nil }
        return PooledVectors(
            [layer] + earlierLayers, samples: methods.pooledSamples, inputs: inputs, threads: threads)
    }

    private func frozenTokens(for methods: UnitsByMethod, _ threads: ThreadPool) -> FrozenTokens? {
        let (summaries, norms) = (methods.summaries, methods.norms)
        guard !summaries.isEmpty || !norms.isEmpty else { return nil }
        return FrozenTokens(
            layer, samples: methods.gradientSamples, summaries: summaries, norms: norms, threads: threads)
    }

    /// Bytes of heads at work beyond which more at once only touch more memory: reading tokens again is cheaper by then.
    private static let largestChunk = 512 << 20

    /// Cuts a stream into parts whose heads fit into memory together, and trains one after the other.
    private func run(_ stream: GradientStream, _ core: AttentionCore<Float>, _ context: PassContext) {
        let free = context.freeMemory
        // Half for what heads keep between batches, the rest for the chunk that is at work.
        for part in ChunkPlan(extents: stream.units.map(\.bytes), limit: free / 2).chunks {
            let units = Array(stream.units[part])
            let kept = units.reduce(0) { $0 + $1.bytes }
            StreamTraining(
                stream, units: units, core: core, context: context,
                limit: min(free - kept, Self.largestChunk) / MemoryLayout<Float>.size
            ).run()
        }
    }
}
