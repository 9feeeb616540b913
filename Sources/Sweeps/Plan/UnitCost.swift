public import Probes

/// What one unit costs, before it is trained.
public struct UnitCost: Hashable, Sendable {
    /// Of one head: parameters, and MACs per sample in the literature's order and as executed.
    public var probe: ProbeCost
    /// Multiply–accumulates of training, choosing and testing, all candidates and epochs.
    public var trainingMACs: Double
}

/// How many of a task's samples a unit trains on, chooses on and tests on, in expectation.
struct FoldSizes {
    /// Of the inner split.
    let training: Double
    let validation: Double
    let test: Double

    /// What a refit trains on.
    var fold: Double { training + validation }

    /// - Parameters:
    ///   - count: k, 1 for a predefined split, whose halves are then taken to be of equal size.
    ///   - shots: nil for the whole training fold.
    init(samples: Int, count: Int, selection: SelectionSettings, shots: Shots? = nil, classes: Int = 1) {
        test = Double(samples) / Double(max(2, count))
        let fold = Double(samples) - test
        if selection.isOptimistic {
            (training, validation) = (fold, test)
        } else if let perClass = shots?.perClass {
            training = min(fold, Double(perClass * classes))
            validation = min(fold, Double(min(perClass, 4) * classes))
        } else {
            let part = fold * (shots?.share ?? 1)
            let heldBack = selection.folds.map { 1 / Double($0) } ?? selection.fraction
            validation = part * heldBack
            training = part - validation
        }
    }
}

extension UnitCost {
    /// Iterations that a logistic fit is taken to need; how many it does need depends on the data.
    private static let expectedIterations = 100.0

    /// Forward and backward over training rows, forward over validation rows, once an epoch for each candidate, and
    /// forward over the test rows; a refit adds one training on the whole fold.
    init(_ probe: ProbeCost, _ solver: Solver, _ sizes: FoldSizes) {
        self.probe = probe
        let forward = Double(probe.executed.forward)
        let both = forward + Double(probe.executed.backward)
        var macs = sizes.test * forward
        if let gradient = solver.gradient {
            let candidates = Double(
                gradient.learningRates.count * gradient.weightDecays.count * (solver.selection.folds ?? 1))
            let epochs = Double(gradient.epochs)
            macs += candidates * epochs * (sizes.training * both + sizes.validation * forward)
            if solver.selection.trainsAgain { macs += epochs * sizes.fold * both }
        } else if let logistic = solver.logistic {
            let fit = Self.expectedIterations * sizes.training * both + sizes.validation * forward
            macs += Double(logistic.penalties.count * (solver.selection.folds ?? 1)) * fit
            if solver.selection.trainsAgain { macs += Self.expectedIterations * sizes.fold * both }
        } else {
            macs += sizes.validation * forward
        }
        trainingMACs = macs
    }
}

/// A machine as the prediction of a pass's time sees it.
///
/// seconds = multiply–accumulates / rate + bytes / bandwidth; reading and computing are taken not to overlap, and
/// everything else to be free. Good to a factor of about two, which is what planning needs.
public struct MachineModel: Codable, Hashable, Sendable {
    /// Multiply–accumulates per second of one worker.
    public var multiplyAccumulates: Double
    /// Bytes per second at which one worker reads tokens.
    public var bytes: Double

    /// One worker on one core with AVX-512, features in the page cache.
    public static let standard = MachineModel(multiplyAccumulates: 25e9, bytes: 4e9)

    public init(multiplyAccumulates: Double, bytes: Double) {
        self.multiplyAccumulates = multiplyAccumulates
        self.bytes = bytes
    }
}

/// What one pass costs.
public struct PassCost: Hashable, Sendable {
    public var units: Int
    /// Trainable parameters of all heads that come out of it, one for each unit.
    public var parameters: Int
    public var trainingMACs: Double
    /// Tokens read from memory: once for all pooled vectors, and once an epoch for each stream of attentive probes.
    public var bytes: Double

    public func seconds(on machine: MachineModel) -> Double {
        trainingMACs / machine.multiplyAccumulates + bytes / machine.bytes
    }
}
