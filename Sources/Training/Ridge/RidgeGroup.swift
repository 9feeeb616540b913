import Features
import Numerics
import Probes
import Units

/// Ridge units on the same rows, targets and vectors: all folds and penalties from one reading of each row.
///
/// The sums of a training fold are those of the other folds in their order, and the sums of an inner split those of its
/// fold less the rows that are held back. Both are functions of a unit's key, whatever else is in the group.
struct RidgeGroup {
    private(set) var units: [RidgeUnit] = []

    static func groups(of units: [RidgeUnit]) -> [RidgeGroup] {
        var groups: [RidgeGroup] = []
        for unit in units {
            let place = groups.firstIndex { $0.units[0].isSummed(like: unit) }
            if place == nil { groups.append(RidgeGroup()) }
            groups[place ?? groups.count - 1].units.append(unit)
        }
        return groups
    }

    func run(_ context: PassContext) {
        guard let pooled = context.pooled, let first = units.first else { return }
        let prepared = first.prepared
        let samples = RidgeSamples(
            prepared.task, prepared.unit.task.trainingLoss, first.input, pooled, on: context.path)
        var start = ContinuousClock.now
        let parts = parts(samples, context)
        let seconds = (ContinuousClock.now - start) / .seconds(1) / Double(units.count)
        // One unit a thread at a time; fewer where memory is short.
        let largest = units.map(\.bytes).max() ?? 0
        let side = max(1, min(context.threads.threads, (context.freeMemory - first.sharedBytes) / max(largest, 1)))
        for first in stride(from: 0, to: units.count, by: side) {
            start = .now
            let wave = units[first..<min(first + side, units.count)].filter {
                !context.observer.isCancelled($0.prepared.key)
            }
            let results = SlotArray<TrainedUnit>(count: wave.count)
            let solve = { @Sendable (index: Int) in
                results[index] = RidgeSolution(wave[index], samples, parts, context).trained(sharedSeconds: seconds)
            }
            if wave.count == 1 {
                context.threads.sharingProducts { solve(0) }
            } else {
                context.threads.forEach(wave.count, solve)
            }
            for (index, unit) in wave.enumerated() {
                if let trained = results[index] { context.observer.finished(.trained(trained)) }
                context.progress.advance(by: unit.work)
            }
        }
    }

    /// The sums of every fold of the assignment; nil where units train on less than their folds.
    private func parts(_ samples: RidgeSamples, _ context: PassContext) -> [CrossProducts]? {
        guard let key = units.first?.parts,
            units.contains(where: { !context.observer.isCancelled($0.prepared.key) }),
            let task = units.first?.prepared.task,
            let assignment = try? FoldAssignment.make(
                scheme: key.scheme, count: key.count, seed: key.seed, for: task)
        else { return nil }
        return context.threads.sharingProducts {
            (0..<key.count).map { samples.sums(assignment.testRows(heldOut: $0)) }
        }
    }
}

extension RidgeUnit {
    /// Whether both have the same folds, and sums over the same rows are the same numbers.
    fileprivate func isSummed(like other: RidgeUnit) -> Bool {
        let (task, otherTask) = (prepared.unit.task, other.prepared.unit.task)
        return task.name == otherTask.name && task.sampling == otherTask.sampling
            && task.permutation == otherTask.permutation && input == other.input
            && task.trainingLoss == otherTask.trainingLoss && parts == other.parts
    }
}

/// The fits of one unit: every penalty on the inner split, the choice, the refit, the test.
private struct RidgeSolution {
    let unit: RidgeUnit
    let samples: RidgeSamples
    let parts: [CrossProducts]?
    let context: PassContext

    init(
        _ unit: RidgeUnit, _ samples: RidgeSamples, _ parts: [CrossProducts]?, _ context: PassContext
    ) {
        self.unit = unit
        self.samples = samples
        self.parts = parts
        self.context = context
    }

    private var prepared: PreparedUnit { unit.prepared }
    private var isCancelled: Bool { context.observer.isCancelled(prepared.key) }

    /// Nil where the unit was cancelled meanwhile.
    func trained(sharedSeconds: Double) -> TrainedUnit? {
        context.observer.reached("ridge regression of unit \(prepared.key)")
        let start = ContinuousClock.now
        let (rows, penalties) = (prepared.rows, unit.settings.penalties)
        let fold = foldSums
        let chosen = choose(fold)
        var (parameters, scores) = (chosen.parameters, chosen.scores)
        if prepared.unit.solver.selection.trainsAgain, !isCancelled {
            parameters = regression(fold ?? samples.sums(rows.fold)).fit(penalty: penalties[chosen.choice])
        }
        guard !isCancelled, let parameters else { return nil }
        if !rows.canChoose { scores = [] }
        let logits = parameters.scores(samples.features(rows.test), on: context.path)
        return prepared.trained(
            logits: logits, choice: ["penalty": penalties[chosen.choice]], candidateScores: scores,
            diagnostics: TrainingDiagnostics(candidates: ["penalty": penalties]),
            parameters: prepared.probe.cost.parameters, trainingMACs: unit.work, head: parameters.head,
            seconds: sharedSeconds + (ContinuousClock.now - start) / .seconds(1), settings: context.settings)
    }

    /// The sums of the training fold; nil where the unit trains on a part of it.
    private var foldSums: CrossProducts? {
        guard let parts else { return nil }
        var sums = CrossProducts(width: samples.width, outputs: samples.outputs)
        for (index, part) in parts.enumerated() where index != prepared.unit.fold.heldOut { sums.add(part) }
        return sums
    }

    /// Fits every penalty on every inner fold; the best on the validation rows wins, of equals the first in the order
    /// of the settings.
    private func choose(_ fold: CrossProducts?) -> (choice: Int, parameters: LinearParameters?, scores: [Double]) {
        let (penalties, metric) = (unit.settings.penalties, prepared.unit.task.metric)
        var scoresOfFolds: [[Double]] = []
        var solutions: [LinearParameters] = []
        for inner in prepared.rows.inner {
            let regression = regression(sums(inner, of: fold))
            let validation = inner.validation.isEmpty ? nil : samples.features(inner.validation)
            solutions = []
            var scores: [Double] = []
            for penalty in penalties {
                if isCancelled { return (0, nil, []) }
                let solution = regression.fit(penalty: penalty)
                solutions.append(solution)
                scores.append(
                    validation.map { prepared.score(solution.scores($0, on: context.path), on: inner.validation) }
                        ?? Scoring.worst(metric))
            }
            scoresOfFolds.append(scores)
        }
        let scores = penalties.indices.map { candidate in
            Scoring.mean(scoresOfFolds.map { $0[candidate] }, by: metric)
        }
        var best = 0
        for candidate in penalties.indices where Scoring.isBetter(scores[candidate], than: scores[best], by: metric) {
            best = candidate
        }
        return (best, solutions[best], scores)
    }

    /// The sums of an inner split: those of its fold less the rows that are held back, where it has all the others.
    private func sums(_ inner: FoldRows.Inner, of fold: CrossProducts?) -> CrossProducts {
        guard let fold else { return samples.sums(inner.training) }
        if inner.training.count == fold.count { return fold.copy() }
        guard inner.training.count + inner.validation.count == fold.count else { return samples.sums(inner.training) }
        var sums = fold.copy()
        sums.add(samples.sums(inner.validation), sign: -1)
        return sums
    }

    private func regression(_ sums: CrossProducts) -> RidgeRegression {
        RidgeRegression(sums, shift: samples.shift, on: context.path)
    }
}
