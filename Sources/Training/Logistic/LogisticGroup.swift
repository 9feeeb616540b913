import Features
import Numerics
import Probes
import Sweeps

/// A unit that is solved by L-BFGS.
struct LogisticUnit: Sendable {
    let prepared: PreparedUnit
    let settings: LogisticSettings
    let input: PooledInput

    /// - Throws: `TrainingError` for a choice that nothing can be chosen by.
    init(_ prepared: PreparedUnit, _ settings: LogisticSettings, _ input: PooledInput) throws(TrainingError) {
        guard !prepared.rows.validation.isEmpty || settings.penalties.count == 1 else {
            throw TrainingError(
                field: "solver.selection.fraction",
                problem: "\(settings.penalties.count) penalties, and no rows of the training fold to compare them on",
                remedy: "hold back a larger share, or give one penalty")
        }
        self.prepared = prepared
        self.settings = settings
        self.input = input
    }

    /// Multiply–accumulates of one evaluation of the objective and its gradient over some rows.
    func work(rows: Int) -> Double {
        Double(rows) * Double(prepared.probe.cost.executed.forward + prepared.probe.cost.executed.backward)
    }

    /// Iterations vary with the data; a hundred for each penalty is the order of magnitude.
    var expectedWork: Double {
        work(rows: prepared.rows.training.count) * 100 * Double(settings.penalties.count)
    }
}

/// Logistic units of a pass that are solved side by side.
struct LogisticGroup {
    let units: [LogisticUnit]

    func run(_ context: PassContext) {
        guard let pooled = context.pooled else { return }
        // One unit a thread at a time, so that each is reported soon after it is done.
        for start in stride(from: 0, to: units.count, by: context.threads.threads) {
            let wave = units[start..<min(start + context.threads.threads, units.count)].filter {
                !context.observer.isCancelled($0.prepared.key)
            }
            let results = ResultBoard<TrainedUnit>(count: wave.count)
            context.threads.forEach(wave.count) { index in
                results[index] = LogisticSolution(wave[index], pooled, context).trained()
            }
            for (index, unit) in wave.enumerated() {
                if let trained = results[index] { context.observer.finished(.trained(trained)) }
                context.progress.advance(by: unit.expectedWork)
            }
        }
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
    private var classes: Int { prepared.task.classes }
    private var solver: LimitedMemoryBFGS {
        LimitedMemoryBFGS(maximumIterations: unit.settings.maximumIterations, tolerance: unit.settings.tolerance)
    }

    func trained() -> TrainedUnit {
        let start = ContinuousClock.now
        let rows = prepared.rows
        var work = 0.0
        var (choice, scores) = choose(&work)
        if prepared.unit.solver.selection.refit {
            let fit = fit(rows.fold, penalty: unit.settings.penalties[choice.candidate], from: choice.parameters, &work)
            choice.parameters = fit.parameters
        }
        let logits = predict(rows.test, choice.parameters)
        work += Double(rows.test.count) * Double(prepared.probe.cost.executed.forward)
        let trainingRows = prepared.unit.solver.selection.refit ? rows.fold : rows.training
        if rows.validation.isEmpty { scores = [] }
        return prepared.trained(
            logits: logits, choice: ["penalty": unit.settings.penalties[choice.candidate]], candidateScores: scores,
            trainingRows: trainingRows.count, parameters: prepared.probe.cost.parameters, trainingMACs: work,
            head: head(choice.parameters), seconds: (ContinuousClock.now - start) / .seconds(1),
            settings: context.settings)
    }

    /// Fits every penalty, the strongest first, each from the one before; the best on the validation rows wins, of equals
    /// the first in the order of the settings.
    private func choose(_ work: inout Double) -> ((candidate: Int, parameters: [Double]), scores: [Double]) {
        let (rows, penalties) = (prepared.rows, unit.settings.penalties)
        let metric = prepared.unit.task.metric
        var scores = [Double](repeating: Scoring.worst(metric), count: penalties.count)
        var solutions = [[Double]](repeating: [], count: penalties.count)
        var start: [Double]?
        let features: Matrix<Double> = pooled.matrix(unit.input, samples: prepared.samples(rows.training))
        let regression = regression(features, rows.training)
        for candidate in penalties.indices.sorted(by: { (penalties[$0], $0) < (penalties[$1], $1) }) {
            let fit = regression.fit(penalty: penalties[candidate], solver: solver, from: start)
            work += Double(fit.evaluations) * unit.work(rows: rows.training.count)
            start = fit.parameters
            solutions[candidate] = fit.parameters
            guard !rows.validation.isEmpty else { continue }
            work += Double(rows.validation.count) * Double(prepared.probe.cost.executed.forward)
            scores[candidate] = Scoring.score(
                predict(rows.validation, fit.parameters), classes: classes, labels: prepared.labels(rows.validation),
                by: metric)
        }
        withExtendedLifetime(features) {}
        var best = 0
        for candidate in penalties.indices where Scoring.isBetter(scores[candidate], than: scores[best], by: metric) {
            best = candidate
        }
        return ((best, solutions[best]), scores)
    }

    private func fit(
        _ rows: [Int], penalty: Double, from start: [Double], _ work: inout Double
    ) -> LogisticRegression<Double>.Fit {
        let features: Matrix<Double> = pooled.matrix(unit.input, samples: prepared.samples(rows))
        defer { withExtendedLifetime(features) {} }
        let fit = regression(features, rows).fit(penalty: penalty, solver: solver, from: start)
        work += Double(fit.evaluations) * unit.work(rows: rows.count)
        return fit
    }

    private func regression(_ features: Matrix<Double>, _ rows: [Int]) -> LogisticRegression<Double> {
        LogisticRegression(
            features: features.view, labels: prepared.labels(rows), classes: classes, path: context.path)
    }

    private func predict(_ rows: [Int], _ parameters: [Double]) -> [Float] {
        let features: Matrix<Double> = pooled.matrix(unit.input, samples: prepared.samples(rows))
        defer { withExtendedLifetime(features) {} }
        return LogisticRegression.predict(parameters, features: features.view, classes: classes, on: context.path)
    }

    /// W and b under the head's names. There is no batch norm, which is one with mean 0 and variance 1 − ε.
    private func head(_ parameters: [Double]) -> TrainedHead {
        let width = prepared.probe.outputWidth
        let count = classes * width
        return TrainedHead(tensors: [
            HeadTensor(name: "head.weight", shape: [classes, width], values: parameters[..<count].map(Float.init)),
            HeadTensor(name: "head.bias", shape: [classes], values: parameters[count...].map(Float.init)),
        ])
    }
}
