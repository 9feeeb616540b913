package import Features
internal import Numerics
internal import Probes
package import Units

/// One reading of one layer's tokens, epoch after epoch, that trains many units at once.
///
/// A unit's result is a function of its key alone, on one kernel path: what trains beside it, in which order, on how
/// many threads and in how much memory changes no bit of it.
///
/// Units on pooled vectors that are not trained by gradient come first, then the streams of the others; each unit is
/// handed to the observer as soon as it is done.
package struct Pass: Sendable {
    package let units: [ProbeUnit]
    package let layer: LayerTokens
    /// The tasks of the units, by name.
    package let tasks: [String: FeatureTask]
    package let settings: PassSettings
    /// The layers before this one that any of the units reads, the nearest first.
    package let earlierLayers: [LayerTokens]
    /// The levels that any of the units mixes, the layer itself left out, by index.
    package let levels: [Int: LayerTokens]
    /// The tensors beside the features that any of the units starts from, by name.
    package let weights: [String: FeatureWeights]

    package init(
        units: [ProbeUnit], layer: LayerTokens, tasks: [String: FeatureTask], settings: PassSettings,
        earlierLayers: [LayerTokens] = [], levels: [Int: LayerTokens] = [:],
        weights: [String: FeatureWeights] = [:]
    ) {
        self.units = units
        self.layer = layer
        self.tasks = tasks
        self.settings = settings
        self.earlierLayers = earlierLayers
        self.levels = levels
        self.weights = weights
    }

    /// Trains all units. Returns when each is finished or cancelled; blocks its thread until then.
    ///
    /// - Parameter checkpoints: Where units that are trained by gradient are saved at the ends of epochs, and resumed
    ///   from.
    /// - Throws: `FeatureError` for a file of layer or weights that has other bytes than when it was mapped. It is looked
    ///   for at the end of every epoch and before every outcome; from there on nothing is saved or finished.
    package func run(_ observer: PassObserver, checkpoints: CheckpointStore? = nil) throws(FeatureError) {
        ProcessMemory.returnLargeBlocks()
        defer { ProcessMemory.returnFreed() }
        let files = VerifiedFiles(
            [layer] + earlierLayers + Array(levels.values), weights: Array(weights.values))
        let observer = observer.dropping(outcomesOf: files)
        var done = 0
        for part in parts where part.units.contains(where: { !observer.isCancelled($0.key) }) {
            let share = (first: Double(done), count: Double(part.units.count), all: Double(units.count))
            train(
                part.units, reading: part.source, files,
                observer.scalingProgress { (share.first + $0 * share.count) / share.all }, checkpoints)
            done += part.units.count
        }
        if let fault = files.fault { throw fault }
    }

    /// The units that read tokens as they are stored, and those of each way of computing them, in the order in which
    /// each is first met.
    private var parts: [(source: TokenSource?, units: [ProbeUnit])] {
        var parts: [(source: TokenSource?, units: [ProbeUnit])] = []
        var places: [TokenSource?: Int] = [:]
        for unit in units {
            let source = unit.probe.tokenSource
            let place = places[source] ?? parts.count
            if place == parts.count { parts.append((source, [])) }
            places[source] = place
            parts[place].units.append(unit)
        }
        return parts
    }

    /// Trains units that read the same tokens: the layer's, or those that are computed of it first.
    private func train(
        _ units: [ProbeUnit], reading source: TokenSource?, _ files: VerifiedFiles, _ observer: PassObserver,
        _ checkpoints: CheckpointStore?
    ) {
        do throws(TrainingError) {
            let tokens = try source?.computation(of: layer, at: units[0].features.layer, levels)
            Pass(
                units: units, layer: tokens?.layer ?? layer, tasks: tasks, settings: settings,
                earlierLayers: earlierLayers, weights: weights
            ).train(files, observer, checkpoints, computing: tokens)
        } catch {
            for unit in units { observer.finished(.failed(unit.key, error)) }
        }
    }

    /// - Parameter tokens: The tokens of the layer if they are still to be computed.
    private func train(
        _ files: VerifiedFiles, _ observer: PassObserver, _ checkpoints: CheckpointStore?,
        computing tokens: TokenComputation?
    ) {
        var methods = UnitsByMethod(self) { key, error in observer.finished(.failed(key, error)) }
        let threads = ThreadPool(threads: settings.threads, on: settings.processors)
        var context = PassContext(
            layer: layer, pooled: nil, frozen: nil, settings: settings, threads: threads, observer: observer,
            progress: PassProgress(total: methods.work, report: observer.progressed),
            checkpoints: checkpoints.map { PassCheckpoints($0, settings: settings, threads: threads) },
            files: files, standing: PassFootprint(methods, layer, threads: settings.threads).bytes)
        var largest = 0
        methods.admit(context) { unit, bytes in
            guard context.admits(unit, needing: bytes) else { return false }
            largest = max(largest, bytes)
            return true
        }
        if methods.count == 0 { return }
        if let tokens {
            let keys = methods.all.map(\.key)
            observer.reached("computing the tokens that units read")
            let isComputed = tokens.compute(on: threads) { keys.contains { !observer.isCancelled($0) } }
            guard isComputed else { return }
        }
        do throws(FileMemoryError) {
            observer.reached("pooling the layer's tokens")
            try addTables(for: methods, largest: largest, to: &context)
            methods.train(context)
        } catch {
            let reason = TrainingError(
                field: "memory", problem: "its pass needs \(error)", remedy: "give more memory or temporary space")
            for unit in methods.all { observer.finished(.failed(unit.key, reason)) }
        }
    }

    /// Computes what is read of the layer once, in memory or, where that is too short, in a temporary file.
    ///
    /// - Parameter largest: Bytes of the unit that needs most.
    /// - Throws: `FileMemoryError` if there is no room for the file.
    private func addTables(
        for methods: UnitsByMethod, largest: Int, to context: inout PassContext
    ) throws(FileMemoryError) {
        let memory = PassFootprint(methods, layer, threads: settings.threads)
        var file: FileMemory?
        if memory.holdsTables(context.freeMemory, largest: largest) {
            context.standing += memory.tables
        } else {
            file = try FileMemory.reserve(memory.tables)
        }
        context.pooled = pooledVectors(for: methods, context.threads, file)
        context.frozen = frozenTokens(for: methods, context.threads, file)
    }

    private func pooledVectors(
        for methods: UnitsByMethod, _ threads: ThreadPool, _ file: FileMemory?
    ) -> PooledVectors? {
        let inputs = methods.pooledInputs
        guard !inputs.isEmpty else { return nil }
        return PooledVectors(
            [layer] + earlierLayers, samples: methods.pooledSamples, inputs: inputs, threads: threads, in: file)
    }

    private func frozenTokens(
        for methods: UnitsByMethod, _ threads: ThreadPool, _ file: FileMemory?
    ) -> FrozenTokens? {
        let (summaries, norms) = (methods.summaries, methods.norms)
        guard !summaries.isEmpty || !norms.isEmpty else { return nil }
        return FrozenTokens(
            layer, samples: methods.tokenSamples, summaries: summaries, norms: norms, threads: threads, in: file)
    }
}

extension PassObserver {
    fileprivate func scalingProgress(_ scale: @escaping @Sendable (Double) -> Double) -> PassObserver {
        PassObserver(
            finished: finished, progressed: { [progressed] in progressed(scale($0)) }, reached: reached,
            isCancelled: isCancelled)
    }

    /// Gets no outcome that changed files may have had a part in: once they have changed, every unit counts as
    /// cancelled.
    fileprivate func dropping(outcomesOf files: VerifiedFiles) -> PassObserver {
        PassObserver(
            finished: { [finished] outcome in if files.areUnchanged() { finished(outcome) } },
            progressed: progressed, reached: reached,
            isCancelled: { [isCancelled] unit in files.haveChanged || isCancelled(unit) })
    }
}
