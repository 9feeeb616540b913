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
    /// remembers, moments of the features and their decomposition, the rows that are judged, and their scores meanwhile.
    var bytes: Int {
        let (rows, width, classes) = (prepared.rows.fold.count, prepared.probe.outputWidth, prepared.outputs)
        let (single, double) = (MemoryLayout<Float>.size, MemoryLayout<Double>.size)
        let judged = max(prepared.rows.fold.count, prepared.rows.test.count)
        let vectors = 2 * LimitedMemoryBFGS().memory + 14 + 2 * (settings.penalties.count + settings.extend)
        return rows * (width * (single + double) + 64) + prepared.preparationBytes(input)
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
