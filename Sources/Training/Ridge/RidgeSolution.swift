import Features
import Probes
import Units

/// The fits of one unit: every penalty on the inner splits, the choice, the refit, the test.
struct RidgeSolution {
    private typealias Search = PenaltySearch<LinearParameters>

    private let unit: RidgeUnit
    /// Vectors as they were gathered, for units that read them so.
    private let shared: RidgeSamples
    private let parts: [CrossProducts]?
    private let pooled: PooledVectors
    private let context: PassContext

    /// - Parameters:
    ///   - shared: Of the unit's group.
    ///   - parts: The sums of every fold; nil for a unit that sums its rows itself.
    init(
        _ unit: RidgeUnit, _ shared: RidgeSamples, _ parts: [CrossProducts]?, _ pooled: PooledVectors,
        _ context: PassContext
    ) {
        self.unit = unit
        self.shared = shared
        self.parts = parts
        self.pooled = pooled
        self.context = context
    }

    private var prepared: PreparedUnit { unit.prepared }
    private var isCancelled: Bool { context.observer.isCancelled(prepared.key) }

    /// Nil where the unit was cancelled meanwhile.
    func outcome(sharedSeconds: Double) -> TrainingOutcome? {
        do throws(TrainingError) {
            return try trained(sharedSeconds: sharedSeconds).map(TrainingOutcome.trained)
        } catch {
            return .failed(prepared.key, error)
        }
    }

    private func trained(sharedSeconds: Double) throws(TrainingError) -> TrainedUnit? {
        context.observer.reached("ridge regression of unit \(prepared.key)")
        let start = ContinuousClock.now
        let fold = foldSums
        let rules = Search.Rules(prepared, strongest: .highest, extensions: unit.settings.extend)
        let found = try Search(unit.settings.penalties, rules) { penalties throws(TrainingError) in
            try Search.trials(penalties, of: prepared) { inner throws(TrainingError) in
                try attempt(penalties, on: inner, fold)
            }
        }
        guard let search = found, !isCancelled else { return nil }
        let rows = prepared.testedTrainingRows
        let samples = try samples(rows)
        let head =
            prepared.unit.solver.selection.trainsAgain
            ? regression(fold ?? samples.sums(rows), samples).fit(relative: search.best.penalty)
            : search.best.solution
        guard !isCancelled else { return nil }
        let logits = head.scores(samples.features(prepared.rows.test), on: context.path)
        let trainingScore = prepared.metric(head.scores(samples.features(rows), on: context.path), on: rows)
        let vectors = try vectors(rows)
        return prepared.trained(
            logits: logits, choice: prepared.choice(penalty: search.best.penalty, vectors),
            candidateScores: search.scores,
            diagnostics: search.diagnostics(of: prepared, isCutOff: false, trainingScore: trainingScore),
            parameters: prepared.probe.cost.parameters, trainingMACs: unit.work(extensions: search.extensions),
            head: head.head.preparing(vectors.preparation),
            seconds: sharedSeconds + (ContinuousClock.now - start) / .seconds(1), settings: context.settings)
    }

    /// The sums of the training fold; nil where the unit trains on a part of it.
    private var foldSums: CrossProducts? {
        guard let parts else { return nil }
        var sums = CrossProducts(width: shared.width, outputs: shared.outputs)
        for (index, part) in parts.enumerated() where index != prepared.unit.fold.heldOut { sums.add(part) }
        return sums
    }

    /// Fits penalties on one inner split. Nil where the unit was cancelled meanwhile.
    private func attempt(
        _ penalties: [Double], on inner: FoldRows.Inner, _ fold: CrossProducts?
    ) throws(TrainingError) -> [Search.InnerFit]? {
        let samples = try samples(inner.training)
        let regression = regression(sums(inner, samples, of: fold), samples)
        let targets = prepared.targets(inner.training)
        let validation = samples.features(inner.validation)
        var fits: [Search.InnerFit] = []
        for penalty in penalties {
            if isCancelled { return nil }
            let solution = regression.fit(relative: penalty)
            var (losses, score): ([Float]?, Double) = (nil, Scoring.worst(prepared.unit.task.metric))
            if !inner.validation.isEmpty {
                let scores = solution.scores(validation, on: context.path)
                losses = samples.losses(scores, of: inner.validation, targets)
                score = prepared.score(scores, on: inner.validation)
            }
            fits.append(Search.InnerFit(losses: losses, score: score, solution: solution))
        }
        return fits
    }

    /// The sums of an inner split: those of its fold less the rows that are held back, where it has all the others.
    private func sums(_ inner: FoldRows.Inner, _ samples: RidgeSamples, of fold: CrossProducts?) -> CrossProducts {
        guard let fold else { return samples.sums(inner.training) }
        if inner.training.count == fold.count { return fold.copy() }
        guard inner.training.count + inner.validation.count == fold.count else { return samples.sums(inner.training) }
        var sums = fold.copy()
        sums.add(samples.sums(inner.validation), sign: -1)
        return sums
    }

    private func regression(_ sums: CrossProducts, _ samples: RidgeSamples) -> RidgeRegression {
        RidgeRegression(sums, shift: samples.shift, on: context.path)
    }

    /// The rows as a head reads them that trains on some of them.
    private func samples(_ trainingRows: [Int]) throws(TrainingError) -> RidgeSamples {
        guard unit.input.preparation != nil else { return shared }
        return RidgeSamples(
            prepared.task, prepared.unit.task.trainingLoss, try vectors(trainingRows), on: context.path)
    }

    private func vectors(_ trainingRows: [Int]) throws(TrainingError) -> VectorReader {
        try context.vectors(pooled, unit.input, of: prepared, trainedOn: trainingRows)
    }
}

extension RidgeRegression {
    /// - Parameter penalty: α, in units of s.
    fileprivate func fit(relative penalty: Double) -> LinearParameters { fit(penalty: penalty * scale.meanSquare) }
}
