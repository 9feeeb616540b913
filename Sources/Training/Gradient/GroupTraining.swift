import Features
import Metrics
import Numerics
import Probes
import Units

/// Trains the units of one stream that fit into memory together: candidates, choice, refit, test.
final class GroupTraining {
    let stream: GradientGroup
    let units: [GradientUnit]
    let context: PassContext
    private let core: AttentionCore<Float>
    /// Elements that heads at work may take, with what they share.
    private let limit: Int
    var selections: [UnitSelection]
    private var rowSets: [RowSetKey: RowSet] = [:]
    var deviations = TokenDeviations()
    var channels = FittedChannels()
    var cancelled: Set<Int> = []
    /// In which the chunks of stacks take turns.
    private(set) var arena = Matrix<Float>(rows: 1, columns: 0)
    /// What each unit resumes from; nil for those that start over.
    var checkpoints: [UnitCheckpoint?]
    /// The task's metric of each unit's chosen head on the rows that it was trained on.
    private let trainingScores: SlotArray<Double>
    let start = ContinuousClock.now
    /// Each unit's part of the time that the stream takes; they sum up to one.
    let shares: [Double]

    /// The vectors of units that prepare them.
    let tables: PreparedTables

    private struct RowSetKey: Hashable {
        let task: TaskReference
        let classWeights: String?
        let rows: [Int]
        let vectors: ObjectIdentifier?
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
                CandidateGrid($0.settings), epochs: $0.settings.epochs, by: $0.prepared.criterion,
                metric: $0.prepared.unit.task.metric, network: $0.network)
        }
        checkpoints = Array(repeating: nil, count: units.count)
        trainingScores = SlotArray(count: units.count)
        tables = PreparedTables(units.map(\.prepared), context)
        shares = Self.shares(of: units, in: context.layer, samples: stream.samples)
    }

    func run() {
        failUnprepared()
        resume()
        trainCandidates(units.indices.filter { checkpoints[$0]?.stage != .refit })
        while case let extended = unitsToExtend(), !extended.isEmpty { trainCandidates(extended) }
        refit()
        test()
    }

    /// Fails the units whose vectors cannot be prepared.
    private func failUnprepared() {
        for (unit, error) in tables.errors {
            cancelled.insert(unit)
            context.observer.finished(.failed(units[unit].prepared.key, error))
        }
    }

    // MARK: Refit and test

    private func refit() {
        var trainingHeads: [TrainingHead] = []
        for (index, unit) in units.enumerated() where unit.prepared.unit.solver.selection.trainsAgain {
            guard let candidate = selections[index].candidate else { continue }
            trainingHeads.append(
                trainingHead(
                    index, selections[index].grid.candidates[candidate],
                    rowSet(unit.prepared, unit.prepared.rows.fold, trainedOn: unit.prepared.rows.fold),
                    epochs: selections[index].epochs))
        }
        initialize(trainingHeads)
        restore(trainingHeads, .refit)
        guard !trainingHeads.isEmpty else { return }
        let training = stack(trainingHeads.map { StackMember(head: $0.head, rows: $0.rows) }, outputs: 0)
        for epoch in epochs(of: trainingHeads) {
            train(trainingHeads, training, epoch)
            end(trainingHeads, .refit, after: epoch + 1)
        }
        for trainingHead in trainingHeads {
            if trainingHead.hasFailed { selections[trainingHead.unit].reject() }
            take([trainingHead], after: trainingHead.lastEpoch)
        }
    }

    /// Tests each unit's chosen head on the rows that it was trained on and on its test fold, and hands the units over
    /// chunk by chunk.
    private func test() {
        scoreTrainingRows()
        context.observer.reached("the test after gradient training")
        let stack = stackOfChosen { $0.rows.test }
        let results = SlotArray<[Float]>(count: units.count)
        stack.predict(
            in: arena, isActive: isChosen,
            receive: { results[$0] = $1 },
            finish: { chunk in
                finish(chunk.filter { !cancelled.contains($0) }, results)
            })
    }

    /// Scores each unit's chosen head on the rows that it was trained on.
    private func scoreTrainingRows() {
        context.observer.reached("the chosen heads on the rows that they were trained on")
        let stack = stackOfChosen { $0.testedTrainingRows }
        let (units, members, trainingScores) = (units, stack.members, trainingScores)
        stack.predict(in: arena, isActive: isChosen) { unit, logits in
            let prepared = units[unit].prepared
            trainingScores[unit] = prepared.prediction(logits, of: members[unit].rows.members).value(
                of: prepared.unit.task.metric)
        }
    }

    private func isChosen(_ unit: Int) -> Bool { selections[unit].candidate != nil && !cancelled.contains(unit) }

    /// The chosen heads on rows of their units.
    private func stackOfChosen(on rows: (PreparedUnit) -> [Int]) -> HeadBatch {
        let members = units.enumerated().map { index, unit in
            StackMember(
                head: selections[index].best,
                rows: rowSet(unit.prepared, rows(unit.prepared), trainedOn: unit.prepared.testedTrainingRows))
        }
        return stack(members, outputs: 2)
    }

    /// Scores tested units, and hands them over in their order.
    private func finish(_ indices: [Int], _ results: SlotArray<[Float]>) {
        let (units, selections, seconds, settings) = (units, selections, seconds, context.settings)
        let trainingScores = trainingScores
        let preparations = units.map { unit in
            tables.table(unit.prepared, trainedOn: unit.prepared.testedTrainingRows)?.preparation
        }
        let outcomes = SlotArray<TrainingOutcome>(count: indices.count)
        context.threads.forEach(indices.count) { place in
            let index = indices[place]
            outcomes[place] = Self.outcome(
                units[index], selections[index], results[index], preparation: preparations[index],
                trainingScore: trainingScores[index],
                seconds: seconds[index], settings)
            results[index] = nil
        }
        for place in indices.indices {
            if let outcome = outcomes[place] { context.observer.finished(outcome) }
            outcomes[place] = nil
        }
    }

    private static func outcome(
        _ unit: GradientUnit, _ selection: UnitSelection, _ logits: [Float]?, preparation: FittedPreparation?,
        trainingScore: Double?, seconds: Double, _ settings: PassSettings
    ) -> TrainingOutcome {
        guard let candidate = selection.candidate, let logits else {
            return .failed(unit.prepared.key, divergence(unit, selection))
        }
        let chosen = selection.grid.candidates[candidate]
        var choice = [
            "learningRate": chosen.learningRate, "weightDecay": chosen.weightDecay, "epoch": Double(selection.epochs),
        ]
        choice["components"] = preparation?.components.map(Double.init)
        for (level, weight) in zip(unit.prepared.unit.probe.mixedLevels ?? [], selection.best.mixingWeights ?? []) {
            choice["mixingWeight\(level)"] = weight
        }
        let trained = unit.prepared.trained(
            logits: logits, choice: choice,
            candidateScores: unit.prepared.rows.canChoose ? selection.scores : [],
            diagnostics: unit.diagnostics(of: selection, trainingScore: trainingScore),
            parameters: unit.network.probe.cost.parameters,
            trainingMACs: unit.work(rates: selection.grid.added.count, chosenEpochs: selection.epochs),
            head: selection.best.exported.preparing(preparation), seconds: seconds, settings: settings)
        return .trained(trained)
    }

    private static func divergence(_ unit: GradientUnit, _ selection: UnitSelection) -> TrainingError {
        let candidates = selection.grid.candidates
        if let rejected = selection.rejected {
            return TrainingError(
                field: "solver.gradient.learningRates",
                problem:
                    "the loss of the chosen candidate, at the rate \(candidates[rejected].learningRate), became infinite "
                    + "or NaN when it was trained again on the whole training fold",
                remedy: "give smaller learning rates")
        }
        let rates = Set(candidates.map(\.learningRate)).sorted()
        return TrainingError(
            field: "solver.gradient.learningRates",
            problem: "the loss of every candidate became infinite or NaN, at rates \(rates)",
            remedy: "give smaller learning rates; if they are small, look at the features with features verify")
    }

    // MARK: Common to candidates and refit

    /// One epoch of all trainingHeads that are still in training.
    func train(_ trainingHeads: [TrainingHead], _ stack: HeadBatch, _ epoch: Int) {
        let path = context.path
        context.observer.reached(
            "epoch \(epoch + 1) of \(trainingHeads.lazy.map(\.lastEpoch).max() ?? 0) of gradient training")
        let work = work(trainingHeads, epoch) / Double(stream.schedule.stepsPerEpoch)
        stack.trainEpoch(stream.schedule, epoch) { step, batch in
            dropCancelled(trainingHeads)
            let time = stream.schedule.epoch(epoch, step: step)
            stack.train(
                batch, in: arena,
                isActive: { trainingHeads[$0].trains(inEpoch: epoch) },
                observe: { trainingHeads[$0].observe(loss: $1) },
                learn: { trainingHeads[$0].move($1, against: $2, atEpoch: time, on: path) })
            context.progress.advance(by: work)
        }
    }

    /// Saves units at the end of an epoch; drops them if it may have read other bytes than were verified.
    func end(_ trainingHeads: [TrainingHead], _ stage: UnitCheckpoint.Stage, after epochs: Int) {
        if context.files.areUnchanged() {
            keep(trainingHeads, stage, after: epochs)
        } else {
            dropCancelled(trainingHeads)
        }
    }

    private func work(_ trainingHeads: [TrainingHead], _ epoch: Int) -> Double {
        trainingHeads.reduce(0) { sum, trainingHead in
            let cost = trainingHead.network.probe.cost.executed
            let work = Double((cost.forward + cost.backward) * trainingHead.rows.count)
            return sum + (trainingHead.isScheduled(inEpoch: epoch) ? work : 0)
        }
    }

    func comparisonWork(_ stack: HeadBatch, _ trainingHeads: [TrainingHead], after epochs: Int) -> Double {
        zip(stack.members, trainingHeads).reduce(0) { sum, pair in
            let (member, trainingHead) = pair
            let work = Double(trainingHead.network.probe.cost.executed.forward * member.rows.count)
            return sum + (trainingHead.isScheduled(inEpoch: epochs - 1) ? work : 0)
        }
    }

    private func dropCancelled(_ trainingHeads: [TrainingHead]) {
        for (index, unit) in units.enumerated() where !cancelled.contains(index) {
            if context.observer.isCancelled(unit.prepared.key) { cancelled.insert(index) }
        }
        for trainingHead in trainingHeads where cancelled.contains(trainingHead.unit) {
            trainingHead.isCancelled = true
        }
    }

    /// Grows the arena if needed. An existing one is kept if it leaves room for what heads need beside it: first-touch
    /// page faults cost more than a step.
    private func reserve(_ extent: Int, beside: Int) {
        if arena.columns >= extent && arena.columns + beside <= limit { return }
        // Freed before its successor is allocated.
        arena = Matrix(rows: 1, columns: 0)
        arena = Matrix(rows: 1, columns: extent)
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
    func stacks(
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
    ///
    /// - Parameter trainingRows: Those of the heads that look at the rows, which prepare their vectors.
    func rowSet(_ unit: PreparedUnit, _ rows: [Int], trainedOn trainingRows: [Int]) -> RowSet {
        let vectors = tables.table(unit, trainedOn: trainingRows)
        let key = RowSetKey(
            task: unit.unit.task, classWeights: unit.unit.solver.classWeights, rows: rows,
            vectors: vectors.map { ObjectIdentifier($0) })
        if let known = rowSets[key] { return known }
        let set = RowSet(
            rows, of: unit.task.samples.count, targets: rows.isEmpty ? nil : unit.targets(rows), vectors: vectors)
        rowSets[key] = set
        return set
    }
}
