import Features
import Numerics
import Probes
import Units

// Training candidates side by side, and choosing among them.

extension GroupTraining {
    /// One candidate of one unit: the heads that train it, one for each inner fold.
    private struct Run {
        let unit: Int
        let candidate: Int
        let trainingHeads: Range<Int>
    }

    /// Trains the latest candidates of some units: those of their settings, or those that a grid was extended by.
    func trainCandidates(_ members: [Int]) {
        var trainingHeads: [TrainingHead] = []
        var validation: [StackMember] = []
        var runs: [Run] = []
        for index in members where !cancelled.contains(index) {
            let (unit, grid) = (units[index], selections[index].grid)
            let inner = unit.prepared.rows.inner.map { inner in
                (
                    training: rowSet(unit.prepared, inner.training, trainedOn: inner.training),
                    heldBack: rowSet(unit.prepared, inner.validation, trainedOn: inner.training)
                )
            }
            for place in grid.latest {
                let start = trainingHeads.count
                for rows in inner {
                    let trainingHead = trainingHead(
                        index, grid.candidates[place], rows.training, epochs: unit.settings.epochs)
                    trainingHeads.append(trainingHead)
                    validation.append(StackMember(head: trainingHead.head, rows: rows.heldBack))
                }
                runs.append(Run(unit: index, candidate: place, trainingHeads: start..<trainingHeads.count))
            }
        }
        initialize(trainingHeads)
        restore(trainingHeads, .candidates)
        guard !trainingHeads.isEmpty else { return }
        let (training, comparison) = stacks(
            training: trainingHeads.map { StackMember(head: $0.head, rows: $0.rows) }, comparison: validation)
        for epoch in epochs(of: trainingHeads) {
            train(trainingHeads, training, epoch)
            compare(trainingHeads, comparison, runs, after: epoch + 1)
            end(trainingHeads, .candidates, after: epoch + 1)
        }
    }

    /// Extends the grids that ask for it.
    ///
    /// - Returns: Their units.
    func unitsToExtend() -> [Int] {
        units.indices.filter { index in
            guard !cancelled.contains(index), checkpoints[index]?.stage != .refit else { return false }
            guard selections[index].extend() else { return false }
            // Whatever it was resumed from lies behind it.
            checkpoints[index]?.epochs = 0
            return true
        }
    }

    func trainingHead(
        _ unit: Int, _ candidate: CandidateGrid.Candidate, _ rows: RowSet, epochs: Int
    ) -> TrainingHead {
        let network = units[unit].network
        let channels = channels(for: network, rows)
        return TrainingHead(
            unit: unit, head: HeadParameters(network), optimizer: units[unit].optimizer,
            schedule: units[unit].schedule(candidate, training: rows.count, in: stream.schedule),
            weightDecay: candidate.weightDecay,
            treatments: units[unit].settings.treatments(of: network) { tokens in
                deviations.value(
                    of: tokens, in: context.layer, stream.samples, rows: rows, scaledBy: channels?.scale,
                    on: context.threads)
            },
            rows: rows, lastEpoch: epochs)
    }

    /// What was fitted of the tokens of some rows; nil for a probe that reads tokens as they are.
    private func channels(for network: ProbeNetwork, _ rows: RowSet) -> TokenChannels? {
        channels.value(for: network, in: context.layer, stream.samples, rows: rows, on: context.threads)
    }

    /// Gives heads their first values, which all candidates of a unit have in common. Units that lack weights to start
    /// from fail.
    func initialize(_ trainingHeads: [TrainingHead]) {
        let groups = Dictionary(grouping: trainingHeads, by: \.unit).sorted { $0.key < $1.key }.map(\.value)
        let units = units.map(\.prepared)
        let errors = SlotArray<TrainingError>(count: groups.count)
        context.threads.forEach(groups.count) { index in
            let first = groups[index][0]
            do throws(TrainingError) {
                try first.head.initialize(for: units[first.unit])
                for other in groups[index].dropFirst() { other.head.copy(from: first.head) }
            } catch {
                errors[index] = error
            }
        }
        for trainingHead in trainingHeads {
            if let channels = channels(for: trainingHead.network, trainingHead.rows) {
                trainingHead.head.standardise(by: channels)
            }
        }
        for (index, group) in groups.enumerated() {
            guard let error = errors[index] else { continue }
            cancelled.insert(group[0].unit)
            for trainingHead in group { trainingHead.isCancelled = true }
            context.observer.finished(.failed(units[group[0].unit].key, error))
        }
    }

    /// Scores every candidate on the rows that its unit holds back, over all inner folds.
    private func compare(
        _ trainingHeads: [TrainingHead], _ stack: HeadBatch, _ runs: [Run], after epochs: Int
    ) {
        let scores = SlotArray<InnerScore>(count: trainingHeads.count)
        let (units, members) = (units, stack.members)
        stack.predict(
            in: arena, isActive: { trainingHeads[$0].trains(inEpoch: epochs - 1) && members[$0].rows.count > 0 }
        ) { member, logits in
            let trainingHead = trainingHeads[member]
            let outputs = trainingHead.rows.targets?.scale.map { logits.map($0.restored) } ?? logits
            scores[member] = units[trainingHead.unit].prepared.innerScore(
                outputs, on: members[member].rows.members, taught: trainingHead.rows.targets)
        }
        context.progress.advance(by: comparisonWork(stack, trainingHeads, after: epochs))
        var winners: [Int: TrainingHead] = [:]
        for run in runs {
            // A candidate that is lost on one inner fold is lost.
            guard run.trainingHeads.allSatisfy({ trainingHeads[$0].trains(inEpoch: epochs - 1) }) else { continue }
            let (unit, trainingHead) = (units[run.unit], trainingHeads[run.trainingHeads.lowerBound])
            if !unit.prepared.rows.canChoose {
                guard epochs == unit.settings.epochs else { continue }
                selections[run.unit].choose(run.candidate, after: epochs)
                winners[run.unit] = trainingHead
                continue
            }
            guard unit.looks(after: epochs) else { continue }
            let known = run.trainingHeads.compactMap { scores[$0] }
            guard known.count == run.trainingHeads.count else { continue }
            let score = InnerScore(joining: known, metric: unit.prepared.unit.task.metric)
            if selections[run.unit].note(score, of: run.candidate, after: epochs) { winners[run.unit] = trainingHead }
        }
        take(Array(winners.values), after: epochs)
    }

    /// Takes heads in the place of their units' best ones: themselves where they train no more, else copies. Taken
    /// heads say the same in the unit of the targets.
    func take(_ winners: [TrainingHead], after epochs: Int) {
        for winner in winners where epochs == winner.lastEpoch { selections[winner.unit].best = winner.head }
        let selections = selections
        context.threads.forEach(winners.count) { index in
            let (winner, best) = (winners[index], selections[winners[index].unit].best)
            if best !== winner.head { best.copy(from: winner.head) }
            if let scale = winner.rows.targets?.scale { best.restore(scale) }
        }
    }
}

extension InnerScore {
    /// Over inner folds: the losses of all their rows, and the mean of their metrics, which has no value where one of
    /// them has none.
    init(joining folds: [InnerScore], metric: String) {
        let losses = folds.compactMap(\.rowLosses)
        rowLosses = losses.count == folds.count ? losses.flatMap { $0 } : nil
        let metrics = folds.compactMap(\.metric)
        self.metric =
            metrics.count == folds.count && !metrics.isEmpty
            ? metrics.reduce(0, +) / Double(metrics.count) : nil
    }
}
