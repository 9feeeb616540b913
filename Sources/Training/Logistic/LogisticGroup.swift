import Features
import Numerics
import Probes
import Units
import Synchronization

/// A unit that is solved by L-BFGS.
struct LogisticUnit: TrainableUnit, Sendable {
    let prepared: PreparedUnit
    let settings: LogisticSettings
    let input: PooledInput

    /// - Throws: `TrainingError` for a choice that nothing can be chosen by.
    init(_ prepared: PreparedUnit, _ settings: LogisticSettings) throws(TrainingError) {
        try prepared.check(canChooseAmong: settings.penalties.count, "penalties", orGive: "one penalty")
        let loss = prepared.unit.task.trainingLoss
        guard loss == .softmax || loss == .sigmoid else {
            throw TrainingError(
                field: "solver.logistic", problem: "it predicts classes, and the task's loss is \(loss.rawValue)",
                remedy: "train the probe by gradient")
        }
        self.prepared = prepared
        self.settings = settings
        input = try prepared.pooledInput
    }

    /// Multiply–accumulates of one evaluation of the objective and its gradient over some rows.
    func work(rows: Int) -> Double {
        Double(rows) * Double(prepared.probe.cost.executed.forward + prepared.probe.cost.executed.backward)
    }

    /// Bytes that the unit takes while it is solved: features, sums and logits in both precisions, what L-BFGS
    /// remembers, moments of the features and their decomposition, the validation rows, and the scores while they are
    /// judged.
    var bytes: Int {
        let (rows, width, classes) = (prepared.rows.fold.count, prepared.probe.outputWidth, prepared.outputs)
        let (single, double) = (MemoryLayout<Float>.size, MemoryLayout<Double>.size)
        let judged = max(prepared.rows.inner.map(\.validation.count).max() ?? 0, prepared.rows.test.count)
        let vectors = 2 * LimitedMemoryBFGS().memory + 14 + 2 * settings.penalties.count
        return rows * (width * (single + double) + 64)
            + LogisticLoss<Float>.bytes(rows: rows, width: width, classes: classes)
            + LogisticLoss<Double>.bytes(rows: rows, width: width, classes: classes)
            + (vectors * classes + 4 * (width + 1)) * (width + 1) * double + judged * (width + 6 * classes + 8) * single
    }

    func bytesAlone(_ context: PassContext) -> Int { bytes }

    /// Of the search among penalties, as far as it can be expected.
    var work: Double {
        let rows = prepared.rows.innerTraining
        return work(rows: rows) * settings.expectedEvaluations(rows: Double(rows))
    }
}

/// Logistic units of a pass.
struct LogisticGroup {
    let units: [LogisticUnit]

    func run(_ context: PassContext) {
        guard let pooled = context.pooled else { return }
        let reporting = Mutex(())
        let solve = { @Sendable (unit: LogisticUnit) in
            guard !context.observer.isCancelled(unit.prepared.key) else { return }
            let outcome = LogisticSolution(unit, pooled, context).outcome()
            reporting.withLock { _ in
                if let outcome { context.observer.finished(outcome) }
                context.progress.advance(by: unit.work)
            }
        }
        let side = unitsSideBySide(context)
        context.threads.forEach(side) { solve(units[$0]) }
        for unit in units[side...] { context.threads.sharingProducts { solve(unit) } }
    }

    /// How many units, from the first, get a thread each. The others get all threads, one unit after the other: those
    /// for which a last round would leave half of the threads or more idle, and all where memory is too short for one
    /// on every thread.
    private func unitsSideBySide(_ context: PassContext) -> Int {
        let threads = context.threads.threads
        guard threads * (units.map(\.bytes).max() ?? 0) <= context.freeMemory else { return 0 }
        let last = units.count % threads
        return 2 * last <= threads ? units.count - last : units.count
    }
}

/// The fits of one unit: every penalty on the inner split, the choice, the refit, the test.
private struct LogisticSolution {
    let unit: LogisticUnit
    let pooled: PooledVectors
    let context: PassContext

    init(_ unit: LogisticUnit, _ pooled: PooledVectors, _ context: PassContext) {
        self.unit = unit
        self.pooled = pooled
        self.context = context
    }

    private var prepared: PreparedUnit { unit.prepared }
    private var solver: LimitedMemoryBFGS {
        LimitedMemoryBFGS(
            maximumIterations: unit.settings.maximumIterations, tolerance: unit.settings.tolerance,
            gap: unit.settings.gap)
    }

    private var isCancelled: Bool { context.observer.isCancelled(prepared.key) }

    /// Nil where the unit was cancelled meanwhile.
    func outcome() -> TrainingOutcome? {
        do throws(TrainingError) {
            return try trained().map(TrainingOutcome.trained)
        } catch {
            return .failed(prepared.key, error)
        }
    }

    /// Nil where the unit was cancelled meanwhile.
    private func trained() throws(TrainingError) -> TrainedUnit? {
        let start = ContinuousClock.now
        let rows = prepared.rows
        var work = 0.0
        guard var (choice, scores) = try choose(&work) else { return nil }
        if prepared.unit.solver.selection.trainsAgain {
            choice.parameters = try fit(
                path(rows.fold), choice.candidate, from: choice.parameters, rows: rows.fold.count, &work)
        }
        guard !isCancelled else { return nil }
        let head = linear(choice.parameters)
        let logits = head.scores(
            pooled.matrix(unit.input, samples: prepared.samples(rows.test)), on: context.path)
        work += Double(rows.test.count) * Double(prepared.probe.cost.executed.forward)
        if !rows.canChoose { scores = [] }
        return prepared.trained(
            logits: logits, choice: ["penalty": unit.settings.penalties[choice.candidate]], candidateScores: scores,
            diagnostics: TrainingDiagnostics(candidates: ["penalty": unit.settings.penalties]),
            parameters: prepared.probe.cost.parameters, trainingMACs: work,
            head: head.head,
            seconds: (ContinuousClock.now - start) / .seconds(1),
            settings: context.settings)
    }

    /// Fits every penalty on every inner fold; the best on the validation rows wins, of equals the first in the order
    /// of the settings. Nil where the unit was cancelled meanwhile.
    private func choose(
        _ work: inout Double
    ) throws(TrainingError) -> (choice: (candidate: Int, parameters: [Double]), scores: [Double])? {
        let (penalties, metric) = (unit.settings.penalties, prepared.unit.task.metric)
        var scoresOfFolds: [[Double]] = []
        var solutions: [[Double]] = []
        for inner in prepared.rows.inner {
            guard let path = try fits(inner, &work) else { return nil }
            scoresOfFolds.append(path.scores)
            solutions = path.solutions
        }
        let scores = penalties.indices.map { candidate in
            Scoring.mean(scoresOfFolds.map { $0[candidate] }, by: metric)
        }
        var best = 0
        for candidate in penalties.indices where Scoring.isBetter(scores[candidate], than: scores[best], by: metric) {
            best = candidate
        }
        return ((best, solutions[best]), scores)
    }

    /// Fits every penalty, the strongest first, each from the one before. Nil where the unit was cancelled meanwhile.
    private func fits(
        _ rows: FoldRows.Inner, _ work: inout Double
    ) throws(TrainingError) -> (scores: [Double], solutions: [[Double]])? {
        let penalties = unit.settings.penalties
        var scores = [Double](repeating: Scoring.worst(prepared.unit.task.metric), count: penalties.count)
        var solutions = [[Double]](repeating: [], count: penalties.count)
        let path = path(rows.training)
        let validation: Matrix<Float> = pooled.matrix(unit.input, samples: prepared.samples(rows.validation))
        for candidate in penalties.indices.sorted(by: { (penalties[$0], $0) < (penalties[$1], $1) }) {
            let parameters = try fit(path, candidate, rows: rows.training.count, &work)
            if isCancelled { return nil }
            solutions[candidate] = parameters
            guard !rows.validation.isEmpty else { continue }
            work += Double(rows.validation.count) * Double(prepared.probe.cost.executed.forward)
            scores[candidate] = prepared.score(
                linear(parameters).scores(validation, on: context.path), on: rows.validation)
        }
        return (scores, solutions)
    }

    /// W and b for one penalty.
    ///
    /// - Throws: `TrainingError` where features are so large that the loss has no gradient.
    private func fit(
        _ path: RegularizationPath, _ candidate: Int, from start: [Double]? = nil, rows: Int, _ work: inout Double
    ) throws(TrainingError) -> [Double] {
        context.observer.reached(
            "logistic regression of unit \(prepared.key), penalty \(unit.settings.penalties[candidate])")
        let fit = path.fit(
            penalty: unit.settings.penalties[candidate], from: start, isInterrupted: { isCancelled })
        work += Double(fit.evaluations) * unit.work(rows: rows)
        guard fit.isFinite else {
            throw TrainingError(
                field: "features",
                problem: "the loss of logistic regression has no finite gradient, because pooled features are infinite "
                    + "or not numbers",
                remedy: "divide the features by a constant, and import them again")
        }
        return fit.parameters
    }

    /// Fits on some rows of the task.
    private func path(_ rows: [Int]) -> RegularizationPath {
        let (samples, targets) = (prepared.samples(rows), prepared.targets(rows))
        let single = LogisticLoss<Float>(
            pooled.matrix(unit.input, samples: samples), targets, rows: rows, on: context.path)
        return RegularizationPath(
            single,
            double: { [unit, pooled, context] in
                LogisticLoss<Double>(pooled.matrix(unit.input, samples: samples), targets, rows: rows, on: context.path)
            }, solver)
    }

    private func linear(_ parameters: [Double]) -> LinearParameters {
        LinearParameters(values: parameters, outputs: prepared.outputs, width: prepared.probe.outputWidth)
    }
}
