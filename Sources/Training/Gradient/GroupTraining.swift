import Features
import Numerics
import Probes
import Units

/// Trains the units of one stream that fit into memory together: candidates, choice, refit, test.
final class GroupTraining {
    private let stream: GradientGroup
    let units: [GradientUnit]
    let context: PassContext
    private let core: AttentionCore<Float>
    /// Elements that heads at work may take, with what they share.
    private let limit: Int
    var selections: [UnitSelection]
    private var rowSets: [RowSetKey: RowSet] = [:]
    private var cancelled: Set<Int> = []
    private var arena = Arena(extent: 0)
    /// What each unit resumes from; nil for those that start over.
    var checkpoints: [UnitCheckpoint?]
    let start = ContinuousClock.now
    /// Each unit's part of the time that the stream takes; they sum up to one.
    let shares: [Double]

    private struct RowSetKey: Hashable {
        let task: TaskReference
        let classWeights: String?
        let rows: [Int]
    }

    /// One candidate of one unit: the heads that train it, one for each inner fold.
    private struct Run {
        let unit: Int
        let candidate: Int
        let trainees: Range<Int>
    }

    init(
        _ stream: GradientGroup, units: [GradientUnit], core: AttentionCore<Float>, context: PassContext, limit: Int
    ) {
        self.stream = stream
        self.units = units
        self.core = core
        self.context = context
        self.limit = limit
        selections = units.map {
            UnitSelection(
                candidates: $0.candidates.count, metric: $0.prepared.unit.task.metric, network: $0.network)
        }
        checkpoints = Array(repeating: nil, count: units.count)
        shares = Self.shares(of: units, in: context.layer, samples: stream.samples)
    }

    func run() {
        resume()
        trainCandidates()
        refit()
        test()
    }

    // MARK: Candidates

    private func trainCandidates() {
        var trainees: [TrainingHead] = []
        var validation: [StackMember] = []
        var runs: [Run] = []
        for (index, unit) in units.enumerated() where checkpoints[index]?.stage != .refit {
            let inner = unit.prepared.rows.inner.map { inner in
                (training: rowSet(unit.prepared, inner.training), heldBack: rowSet(unit.prepared, inner.validation))
            }
            for (place, candidate) in unit.candidates.enumerated() {
                let start = trainees.count
                for rows in inner {
                    let trainee = trainee(index, candidate, rows.training, epochs: unit.settings.epochs)
                    trainees.append(trainee)
                    validation.append(StackMember(head: trainee.head, rows: rows.heldBack))
                }
                runs.append(Run(unit: index, candidate: place, trainees: start..<trainees.count))
            }
        }
        initialize(trainees)
        restore(trainees, .candidates)
        guard !trainees.isEmpty else { return }
        let (training, comparison) = stacks(
            training: trainees.map { StackMember(head: $0.head, rows: $0.rows) }, comparison: validation)
        for epoch in epochs(of: trainees) {
            train(trainees, training, epoch)
            compare(trainees, comparison, runs, after: epoch + 1)
            keep(trainees, .candidates, after: epoch + 1)
        }
    }

    private func trainee(
        _ unit: Int, _ candidate: GradientUnit.Candidate, _ rows: RowSet, epochs: Int
    ) -> TrainingHead {
        TrainingHead(
            unit: unit, head: HeadParameters(units[unit].network), optimizer: units[unit].optimizer,
            schedule: units[unit].schedule(candidate, training: rows.count, in: stream.schedule),
            weightDecay: candidate.weightDecay, rows: rows, lastEpoch: epochs)
    }

    /// Gives heads their first values, which all candidates of a unit have in common. Units that lack weights to start
    /// from fail.
    private func initialize(_ trainees: [TrainingHead]) {
        let groups = Dictionary(grouping: trainees, by: \.unit).sorted { $0.key < $1.key }.map(\.value)
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
        for (index, group) in groups.enumerated() {
            guard let error = errors[index] else { continue }
            cancelled.insert(group[0].unit)
            for trainee in group { trainee.isCancelled = true }
            context.observer.finished(.failed(units[group[0].unit].key, error))
        }
    }

    /// Scores every candidate on the rows that its unit holds back, or by the mean over inner folds.
    private func compare(
        _ trainees: [TrainingHead], _ stack: HeadBatch, _ runs: [Run], after epochs: Int
    ) {
        let scores = SlotArray<Double>(count: trainees.count)
        let (units, members) = (units, stack.members)
        stack.predict(
            in: arena, isActive: { trainees[$0].trains(inEpoch: epochs - 1) && members[$0].rows.count > 0 }
        ) { member, logits in
            let trainee = trainees[member]
            let outputs = trainee.rows.targets?.scale.map { logits.map($0.restored) } ?? logits
            scores[member] = units[trainee.unit].prepared.score(outputs, on: members[member].rows.members)
        }
        context.progress.advance(by: comparisonWork(stack, trainees, after: epochs))
        var winners: [Int: TrainingHead] = [:]
        for run in runs {
            // A candidate that is lost on one inner fold is lost.
            guard run.trainees.allSatisfy({ trainees[$0].trains(inEpoch: epochs - 1) }) else { continue }
            let (unit, trainee) = (units[run.unit], trainees[run.trainees.lowerBound])
            let known = run.trainees.compactMap { scores[$0] }
            if known.count == run.trainees.count {
                let score = Scoring.mean(known, by: unit.prepared.unit.task.metric)
                let isBest = selections[run.unit].note(score, of: run.candidate, after: epochs)
                if isBest { winners[run.unit] = trainee }
            } else if epochs == unit.settings.epochs {
                selections[run.unit].choose(run.candidate, after: epochs)
                winners[run.unit] = trainee
            }
        }
        take(Array(winners.values), after: epochs)
    }

    /// Takes heads in the place of their units' best ones: themselves where they train no more, else copies. Taken
    /// heads say the same in the unit of the targets.
    private func take(_ winners: [TrainingHead], after epochs: Int) {
        for winner in winners where epochs == winner.lastEpoch { selections[winner.unit].best = winner.head }
        let selections = selections
        context.threads.forEach(winners.count) { index in
            let (winner, best) = (winners[index], selections[winners[index].unit].best)
            if best !== winner.head { best.copy(from: winner.head) }
            if let scale = winner.rows.targets?.scale { best.restore(scale) }
        }
    }

    // MARK: Refit and test

    private func refit() {
        var trainees: [TrainingHead] = []
        for (index, unit) in units.enumerated() where unit.prepared.unit.solver.selection.trainsAgain {
            guard let candidate = selections[index].candidate else { continue }
            trainees.append(
                trainee(
                    index, unit.candidates[candidate], rowSet(unit.prepared, unit.prepared.rows.fold),
                    epochs: selections[index].epochs))
        }
        initialize(trainees)
        restore(trainees, .refit)
        guard !trainees.isEmpty else { return }
        let training = stack(trainees.map { StackMember(head: $0.head, rows: $0.rows) }, outputs: 0)
        for epoch in epochs(of: trainees) {
            train(trainees, training, epoch)
            keep(trainees, .refit, after: epoch + 1)
        }
        for trainee in trainees {
            if trainee.hasFailed { selections[trainee.unit].reject() }
            take([trainee], after: trainee.lastEpoch)
        }
    }

    /// Tests each unit's chosen head on its test fold, and hands the units over chunk by chunk.
    private func test() {
        let members = units.enumerated().map { index, unit in
            StackMember(head: selections[index].best, rows: rowSet(unit.prepared, unit.prepared.rows.test))
        }
        let stack = stack(members, outputs: 2)
        let results = SlotArray<[Float]>(count: units.count)
        stack.predict(
            in: arena,
            isActive: { selections[$0].candidate != nil && !cancelled.contains($0) },
            receive: { results[$0] = $1 },
            finish: { chunk in
                finish(chunk.filter { !cancelled.contains($0) }, results)
            })
    }

    /// Scores tested units, and hands them over in their order.
    private func finish(_ indices: [Int], _ results: SlotArray<[Float]>) {
        let (units, selections, seconds, settings) = (units, selections, seconds, context.settings)
        let outcomes = SlotArray<TrainingOutcome>(count: indices.count)
        context.threads.forEach(indices.count) { place in
            let index = indices[place]
            outcomes[place] = Self.outcome(
                units[index], selections[index], results[index], seconds: seconds[index], settings)
            results[index] = nil
        }
        for place in indices.indices {
            if let outcome = outcomes[place] { context.observer.finished(outcome) }
            outcomes[place] = nil
        }
    }

    private static func outcome(
        _ unit: GradientUnit, _ selection: UnitSelection, _ logits: [Float]?, seconds: Double, _ settings: PassSettings
    ) -> TrainingOutcome {
        guard let candidate = selection.candidate, let logits else {
            return .failed(unit.prepared.key, divergence(unit))
        }
        let chosen = unit.candidates[candidate]
        let trained = unit.prepared.trained(
            logits: logits,
            choice: [
                "learningRate": chosen.learningRate, "weightDecay": chosen.weightDecay,
                "epoch": Double(selection.epochs),
            ],
            candidateScores: unit.prepared.rows.canChoose ? selection.scores : [],
            parameters: unit.network.probe.cost.parameters, trainingMACs: unit.work(chosenEpochs: selection.epochs),
            head: selection.best.exported, seconds: seconds, settings: settings)
        return .trained(trained)
    }

    private static func divergence(_ unit: GradientUnit) -> TrainingError {
        TrainingError(
            field: "solver.gradient.learningRates",
            problem: "the loss of every candidate became infinite or NaN, at rates \(unit.settings.learningRates)",
            remedy: "give smaller learning rates; if they are small, look at the features with features verify")
    }

    // MARK: Common to candidates and refit

    /// One epoch of all trainees that are still in training.
    private func train(_ trainees: [TrainingHead], _ stack: HeadBatch, _ epoch: Int) {
        let path = context.path
        let work = work(trainees, epoch) / Double(stream.schedule.stepsPerEpoch)
        stack.trainEpoch(stream.schedule, epoch) { step, batch in
            dropCancelled(trainees)
            let time = stream.schedule.epoch(epoch, step: step)
            stack.train(
                batch, in: arena,
                isActive: { trainees[$0].trains(inEpoch: epoch) },
                observe: { trainees[$0].observe(loss: $1) },
                learn: { trainees[$0].move($1, against: $2, atEpoch: time, on: path) })
            context.progress.advance(by: work)
        }
    }

    private func work(_ trainees: [TrainingHead], _ epoch: Int) -> Double {
        trainees.reduce(0) { sum, trainee in
            let cost = trainee.network.probe.cost.executed
            let work = Double((cost.forward + cost.backward) * trainee.rows.count)
            return sum + (trainee.isScheduled(inEpoch: epoch) ? work : 0)
        }
    }

    private func comparisonWork(_ stack: HeadBatch, _ trainees: [TrainingHead], after epochs: Int) -> Double {
        zip(stack.members, trainees).reduce(0) { sum, pair in
            let (member, trainee) = pair
            let work = Double(trainee.network.probe.cost.executed.forward * member.rows.count)
            return sum + (trainee.isScheduled(inEpoch: epochs - 1) ? work : 0)
        }
    }

    private func dropCancelled(_ trainees: [TrainingHead]) {
        for (index, unit) in units.enumerated() where !cancelled.contains(index) {
            if context.observer.isCancelled(unit.prepared.key) { cancelled.insert(index) }
        }
        for trainee in trainees where cancelled.contains(trainee.unit) { trainee.isCancelled = true }
    }

    /// Grows the arena if needed. An existing one is kept if it leaves room for what heads need beside it: first-touch
    /// page faults cost more than a step.
    private func reserve(_ extent: Int, beside: Int) {
        if arena.extent >= extent && arena.extent + beside <= limit { return }
        // Freed before its successor is allocated.
        arena = Arena(extent: 0)
        arena = Arena(extent: extent)
    }

    /// A stack, and room for it in the arena.
    ///
    /// - Parameter outputs: Copies of each member's logits that are held at once.
    private func stack(_ members: [StackMember], outputs: Int) -> HeadBatch {
        let demand = demand(members, outputs: outputs)
        let plan = ChunkPlan(extents: demand.slots, beside: demand.beside, limit: limit - demand.shared)
        reserve(plan.extent, beside: plan.beside + demand.shared)
        return stack(members, plan)
    }

    /// Two stacks that work in the same arena by turns.
    private func stacks(
        training: [StackMember], comparison: [StackMember]
    ) -> (training: HeadBatch, comparison: HeadBatch) {
        let (trained, compared) = (demand(training, outputs: 0), demand(comparison, outputs: 1))
        let free = limit - trained.shared - compared.shared
        // The arena stays while logits are gathered beside it.
        let plan = ChunkPlan(
            extents: trained.slots, beside: trained.beside, limit: free - (compared.beside.max() ?? 0))
        let rest = ChunkPlan(
            extents: compared.slots, beside: compared.beside, limit: plan.extent, besideLimit: free - plan.extent)
        reserve(max(plan.extent, rest.extent), beside: 0)
        return (stack(training, plan), stack(comparison, rest))
    }

    private func demand(_ members: [StackMember], outputs: Int) -> HeadFootprint {
        HeadFootprint(members, capacity: stream.schedule.size, context) { member in
            outputs * member.rows.count * member.head.network.probe.shape.classes
        }
    }

    private func stack(_ members: [StackMember], _ plan: ChunkPlan) -> HeadBatch {
        HeadBatch(
            members, plan: plan, samples: stream.samples, capacity: stream.schedule.size, core: core, context: context)
    }

    /// The same object for the same rows of the same task, so that their tables are made once a batch.
    private func rowSet(_ unit: PreparedUnit, _ rows: [Int]) -> RowSet {
        let key = RowSetKey(task: unit.unit.task, classWeights: unit.unit.solver.classWeights, rows: rows)
        if let known = rowSets[key] { return known }
        let set = RowSet(
            rows, of: unit.task.samples.count, targets: rows.isEmpty ? nil : unit.targets(rows))
        rowSets[key] = set
        return set
    }
}
