import Features
import Probes
import Units

/// A unit that is solved in closed form.
struct RidgeUnit: TrainableUnit, Sendable {
    let prepared: PreparedUnit
    let settings: RidgeSettings
    let input: PooledInput

    /// - Throws: `TrainingError` for a choice that nothing can be chosen by, and for what has no closed form.
    init(_ prepared: PreparedUnit, _ settings: RidgeSettings) throws(TrainingError) {
        try prepared.check(canChooseAmong: settings.penalties.count, "penalties", orGive: "one penalty")
        let loss = prepared.unit.task.trainingLoss
        guard loss != .pairwise else {
            throw TrainingError(
                field: "solver.ridge", problem: "it fits numbers, and the task's loss compares pairs",
                remedy: "train the probe by gradient, or take the squared loss")
        }
        guard prepared.unit.solver.classWeights == nil || loss == .squared else {
            throw TrainingError(
                field: "solver.classWeights", problem: "ridge regression weighs all rows alike",
                remedy: "train the probe by gradient, or leave classes unweighted")
        }
        self.prepared = prepared
        self.settings = settings
        input = try prepared.pooledInput
    }

    /// The parts that the folds of its assignment are the sums without: one for each fold, none where the unit trains
    /// on less than its fold, where its rows prepare the vectors, where its targets are permuted, or where there is no
    /// other fold.
    var parts: FoldParts? {
        let fold = prepared.unit.fold
        // Folds are those of the targets as they are, which a unit with permuted ones does not have.
        guard prepared.unit.shots == nil, input.preparation == nil, prepared.unit.task.permutation == nil,
            fold.count > 1
        else { return nil }
        return FoldParts(scheme: fold.scheme, count: fold.count, seed: fold.seed)
    }

    /// Bytes that the unit takes while it is solved: sums of its fold, of its inner split and of the rows that are held
    /// back, matrices with a penalty and their factors, vectors that are judged, and the scores.
    var bytes: Int {
        let (width, outputs) = (prepared.probe.outputWidth, prepared.outputs)
        let judged = max(prepared.rows.fold.count, prepared.rows.test.count)
        let solutions = (settings.penalties.count + settings.extend + 2) * outputs * (width + 1)
        return 7 * CrossProducts.bytes(width: width, outputs: outputs) + solutions * MemoryLayout<Double>.size
            + RidgeSamples.batchBytes(width: width, outputs: outputs) + prepared.preparationBytes(input)
            + judged * (width + 6 * outputs + 8) * MemoryLayout<Float>.size
    }

    /// Bytes of the sums that it shares with the other folds.
    var sharedBytes: Int {
        let (width, outputs) = (prepared.probe.outputWidth, prepared.outputs)
        return (parts?.count ?? 0) * CrossProducts.bytes(width: width, outputs: outputs)
            + RidgeSamples.batchBytes(width: width, outputs: outputs)
    }

    func bytesAlone(_ context: PassContext) -> Int { bytes + sharedBytes }

    /// Multiply–accumulates of the rows that are its own to read, and of its solutions. The rows of other folds are
    /// counted by the units that are tested on them.
    var work: Double { work(extensions: 0) }

    /// - Parameter extensions: Penalties beyond the grid's.
    func work(extensions: Int) -> Double {
        let (rows, settings) = (prepared.rows, settings)
        let sizes = RidgeWork(width: Double(prepared.probe.outputWidth), outputs: Double(prepared.outputs))
        let trainsAgain = prepared.unit.solver.selection.trainsAgain
        let own =
            parts == nil
            ? rows.innerTraining + (trainsAgain ? rows.fold.count : 0)
            : rows.innerValidation + rows.test.count
        let penalties = settings.penalties.count + extensions
        let solutions = penalties * rows.inner.count + (trainsAgain ? 1 : 0)
        let predicted = Double(
            penalties * rows.innerValidation + rows.test.count + prepared.testedTrainingRows.count)
        return sizes.sums(rows: Double(own)) + Double(solutions) * sizes.solution
            + predicted * Double(prepared.probe.cost.executed.forward)
    }
}

/// The folds of one assignment.
struct FoldParts: Hashable {
    let scheme: String
    let count: Int
    let seed: Int
}
