import Features
import Numerics
import Probes
import Units

/// The fits of one unit: every penalty on the inner splits, the choice, the refit, the test.
struct LogisticSolution {
    private typealias Search = PenaltySearch<[Double]>

    private let unit: LogisticUnit
    private let pooled: PooledVectors
    private let context: PassContext

    init(_ unit: LogisticUnit, _ pooled: PooledVectors, _ context: PassContext) {
        self.unit = unit
        self.pooled = pooled
        self.context = context
    }

    private var prepared: PreparedUnit { unit.prepared }
    private var isCancelled: Bool { context.observer.isCancelled(prepared.key) }
    private var solver: LimitedMemoryBFGS {
        LimitedMemoryBFGS(
            maximumIterations: unit.settings.maximumIterations, tolerance: unit.settings.tolerance,
            gap: unit.settings.gap)
    }

    /// Nil where the unit was cancelled meanwhile.
    func outcome() -> TrainingOutcome? {
        do throws(TrainingError) {
            return try trained().map(TrainingOutcome.trained)
        } catch {
            return .failed(prepared.key, error)
        }
    }

    private func trained() throws(TrainingError) -> TrainedUnit? {
        let start = ContinuousClock.now
        var work = 0.0
        let rules = Search.Rules(prepared, strongest: .lowest, extensions: unit.settings.extend)
        let found = try Search(unit.settings.penalties, rules) { penalties throws(TrainingError) in
            try Search.trials(penalties, of: prepared) { inner throws(TrainingError) in
                try attempt(penalties, on: inner, &work)
            }
        }
        guard let search = found, let final = try finalFit(search, &work), !isCancelled else { return nil }
        let forward = Double(prepared.probe.cost.executed.forward)
        let vectors = try vectors(final.rows)
        let trainingScores = final.head.scores(vectors.matrix(prepared.samples(final.rows)), on: context.path)
        let logits = final.head.scores(vectors.matrix(prepared.samples(prepared.rows.test)), on: context.path)
        work += Double(final.rows.count + prepared.rows.test.count) * forward
        let trainingScore = prepared.metric(trainingScores, on: final.rows)
        return prepared.trained(
            logits: logits, choice: prepared.choice(penalty: search.best.penalty, vectors),
            candidateScores: search.scores,
            diagnostics: search.diagnostics(of: prepared, isCutOff: final.isCutOff, trainingScore: trainingScore),
            parameters: prepared.probe.cost.parameters, trainingMACs: work,
            head: final.head.head.preparing(vectors.preparation), seconds: (ContinuousClock.now - start) / .seconds(1),
            settings: context.settings)
    }

    /// The tested head, and the rows that it was trained on; nil where the unit was cancelled meanwhile.
    private func finalFit(
        _ search: Search, _ work: inout Double
    ) throws(TrainingError) -> (head: LinearParameters, rows: [Int], isCutOff: Bool)? {
        guard prepared.unit.solver.selection.trainsAgain else {
            return (linear(search.best.solution), prepared.rows.inner[0].training, false)
        }
        if isCancelled { return nil }
        let rows = prepared.rows.fold
        let again = try ScaledPath(rows, self)
        // Nothing was chosen of one penalty, so nothing that was found on the way to the choice is to go into the head.
        let start = search.trials.count > 1 ? search.best.solution : nil
        let fit = try fit(again, search.best.penalty, from: start, rows: rows.count, &work)
        return (linear(fit.parameters), rows, fit.isCutOff)
    }

    /// Fits penalties on one inner split, the strongest first, each from the one before. Nil where the unit was cancelled
    /// meanwhile.
    private func attempt(
        _ penalties: [Double], on inner: FoldRows.Inner, _ work: inout Double
    ) throws(TrainingError) -> [Search.InnerFit]? {
        let path = try ScaledPath(inner.training, self)
        let targets = prepared.targets(inner.training)
        let validation = try vectors(inner.training).matrix(prepared.samples(inner.validation))
        var fits: [Search.InnerFit] = []
        for penalty in penalties.sorted() {
            let fit = try fit(path, penalty, rows: inner.training.count, &work)
            if isCancelled { return nil }
            var (losses, score): ([Float]?, Double) = (nil, Scoring.worst(prepared.unit.task.metric))
            if !inner.validation.isEmpty {
                work += Double(inner.validation.count) * Double(prepared.probe.cost.executed.forward)
                let scores = linear(fit.parameters).scores(validation, on: context.path)
                losses = targets.rowLosses(scores, of: inner.validation)
                score = prepared.score(scores, on: inner.validation)
            }
            fits.append(
                Search.InnerFit(losses: losses, score: score, isCutOff: fit.isCutOff, solution: fit.parameters))
        }
        return fits
    }

    /// W and b for one penalty, of features as they are read.
    ///
    /// - Parameter start: Where it begins; nil for where the path is.
    /// - Throws: `TrainingError` where features are so large that the loss has no gradient.
    private func fit(
        _ path: ScaledPath, _ penalty: Double, from start: [Double]? = nil, rows: Int, _ work: inout Double
    ) throws(TrainingError) -> (parameters: [Double], isCutOff: Bool) {
        context.observer.reached("logistic regression of unit \(prepared.key), penalty \(penalty)")
        let begin = start.map { path.scale.scaled($0, outputs: prepared.outputs) }
        let fit = path.path.fit(penalty: penalty, from: begin, isInterrupted: { isCancelled })
        work += Double(fit.evaluations) * unit.work(rows: rows)
        guard fit.isFinite else {
            throw TrainingError(
                field: "features",
                problem: "the loss of logistic regression has no finite gradient, because pooled features are infinite "
                    + "or not numbers",
                remedy: "divide the features by a constant, and import them again")
        }
        return (path.scale.unscaled(fit.parameters, outputs: prepared.outputs), fit.ending == .exhausted)
    }

    private func linear(_ parameters: [Double]) -> LinearParameters {
        LinearParameters(values: parameters, outputs: prepared.outputs, width: prepared.probe.outputWidth)
    }

    private func vectors(_ rows: [Int]) throws(TrainingError) -> VectorReader {
        try context.vectors(pooled, unit.input, of: prepared, trainedOn: rows)
    }

    /// Fits on some rows of the task, whose features are centred and in units of their scale meanwhile.
    private struct ScaledPath {
        let path: RegularizationPath
        let scale: FeatureScale

        init(_ rows: [Int], _ solution: LogisticSolution) throws(TrainingError) {
            let (prepared, kernel) = (solution.prepared, solution.context.path)
            let targets = prepared.targets(rows)
            let features = try solution.vectors(rows).matrix(prepared.samples(rows))
            let scale = FeatureScale(features)
            let reader = try solution.vectors(rows)
            let makeDouble = {
                let single = reader.matrix(prepared.samples(rows))
                let wide = Matrix<Double>(rows: single.rows, columns: single.columns)
                for index in 0..<single.rows * single.columns { wide.elements[index] = Double(single.elements[index]) }
                scale.apply(to: wide)
                return LogisticLoss(wide, targets, rows: rows, on: kernel)
            }
            scale.apply(to: features)
            self.scale = scale
            path = RegularizationPath(
                LogisticLoss(features, targets, rows: rows, on: kernel), double: makeDouble, solution.solver)
        }
    }
}
