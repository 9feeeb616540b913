import Features
import Numerics
import Probes
import Units

// Saving units at the ends of epochs, and resuming them.

extension GroupTraining {
    /// Looks for checkpoints of the units. Each resumes at its own epoch: those that are ahead wait for the others.
    func resume() {
        guard let store = context.checkpoints else { return }
        let (units, selections) = (units, selections)
        checkpoints = store.resume(units.map(\.prepared.key)) { units[$0].fits($1, selections[$0].best) }
        for index in units.indices {
            if let checkpoint = checkpoints[index] { self.selections[index].restore(checkpoint.selection) }
        }
    }

    /// Sets heads to where their units' checkpoints left them.
    func restore(_ trainingHeads: [TrainingHead], _ stage: UnitCheckpoint.Stage) {
        for (index, group) in Dictionary(grouping: trainingHeads, by: \.unit) {
            guard let checkpoint = checkpoints[index], checkpoint.stage == stage else { continue }
            for (trainingHead, state) in zip(group, checkpoint.trainingHeads) {
                trainingHead.restore(state, after: checkpoint.epochs)
            }
            // The heads have it now; what else the checkpoint says is asked for until the end.
            checkpoints[index]?.trainingHeads = []
        }
    }

    /// From the first that any trainingHead has not trained in to the last that any is to train in.
    func epochs(of trainingHeads: [TrainingHead]) -> Range<Int> {
        let first = trainingHeads.lazy.map(\.firstEpoch).min() ?? 0
        return first..<max(first, trainingHeads.lazy.map(\.lastEpoch).max() ?? 0)
    }

    /// Saves the units that trained in the epoch that has just ended, if it is time to.
    func keep(_ trainingHeads: [TrainingHead], _ stage: UnitCheckpoint.Stage, after epochs: Int) {
        guard let store = context.checkpoints, store.isDue else { return }
        let atWork = Dictionary(
            grouping: trainingHeads.filter { $0.isScheduled(inEpoch: epochs - 1) && !$0.isCancelled }, by: \.unit)
        let (seconds, selections) = (seconds, selections)
        store.keep(atWork.keys.sorted().map { ($0, units[$0].prepared.key) }) { unit in
            UnitCheckpoint(
                stage: stage, epochs: epochs, seconds: seconds[unit],
                trainingHeads: (atWork[unit] ?? []).map(\.checkpoint), selection: selections[unit].checkpoint)
        }
    }

    /// Each unit's share of this pass's time so far, by predicted seconds, and what it had of earlier passes'.
    var seconds: [Double] {
        let elapsed = (ContinuousClock.now - start) / .seconds(1)
        return units.indices.map { (checkpoints[$0]?.seconds ?? 0) + elapsed * shares[$0] }
    }

    /// By predicted seconds rather than by multiply–accumulates: what limits one probe is not what limits another.
    static func shares(of units: [GradientUnit], in layer: LayerTokens, samples: [Int]) -> [Double] {
        let tokens = samples.reduce(0) { $0 + layer.patchTokens($1).tokens }
        let facts = TokenFacts(
            mean: Double(tokens) / Double(max(1, samples.count)), arePaired: layer.type == .bfloat16)
        let seconds = units.map { $0.predictedSeconds(samples: samples.count, facts) }
        let total = seconds.reduce(0, +)
        return seconds.map { total > 0 ? $0 / total : 1 / Double(units.count) }
    }
}

extension GradientUnit {
    fileprivate func predictedSeconds(samples: Int, _ tokens: TokenFacts) -> Double {
        let work = UnitWork(prepared.unit, samples: samples, tokens: tokens)
        // A probe that cannot be fitted without its weights is counted by its products.
        return work.map(CostModel.reference.seconds)
            ?? self.work(chosenEpochs: settings.epochs) * (CostModel.reference.paces[.products] ?? 0)
    }

    /// Whether a checkpoint has the shape of this unit's training.
    ///
    /// - Parameter head: Any head of the unit.
    fileprivate func fits(_ checkpoint: UnitCheckpoint, _ head: HeadParameters) -> Bool {
        let moments = optimizer.momentCount * network.parameters.extent
        let selection = checkpoint.selection
        let grid = CandidateGrid(settings, added: selection.added)
        let inTraining = checkpoint.stage == .refit ? 1 : grid.latest.count * prepared.rows.inner.count
        return (0...settings.epochs).contains(checkpoint.epochs) && selection.added.count <= settings.extend
            && checkpoint.trainingHeads.count == inTraining
            && checkpoint.trainingHeads.allSatisfy { head.fits($0.head) && $0.moments.count == moments }
            && selection.records.count == grid.candidates.count && head.fits(selection.best)
            && grid.candidates.indices.contains(selection.candidate ?? 0)
            && (checkpoint.stage == .candidates || selection.candidate != nil)
    }
}
