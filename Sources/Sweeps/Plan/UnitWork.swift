import Foundation
import Probes

/// Multiply–accumulates of ridge regression.
public struct RidgeWork: Hashable, Sendable {
    /// D.
    let width: Double
    /// C.
    let outputs: Double

    public init(width: Double, outputs: Double) {
        self.width = width
        self.outputs = outputs
    }

    /// Of XᵀX and XᵀY over some rows.
    public func sums(rows: Double) -> Double { rows * width * (width + outputs) }

    /// Of one factorisation and the solution that follows from it.
    public var solution: Double { width * width * (width / 6 + outputs) }
}

/// What training, choosing and testing one unit does, all candidates and epochs, in counts that a `CostModel` turns into
/// seconds.
public struct UnitWork: Hashable, Sendable {
    /// Σ M·D·T over samples that pass the attention core forward and backward; forward alone counts half.
    public var coreTokens = 0.0
    /// The same without T.
    public var coreVisits = 0.0
    /// Multiply–accumulates of training's products, thin ones counted as the wide ones that take as long.
    public var products = 0.0
    /// Multiply–accumulates of fits and similarities, which never round their inputs.
    public var fullProducts = 0.0
    /// Keys that lists of neighbours take.
    public var keys = 0.0
    /// Bytes of element-wise work: norms, losses, optimisers.
    public var elements = 0.0

    /// No work at all.
    init() {}

    init(
        _ probe: any Probe, _ solver: Solver, _ sizes: FoldSizes, samples: Int, shots: Shots?, meanTokens: Double
    ) {
        let cost = probe.cost.executed
        let (forward, backward) = (Double(cost.forward), Double(cost.backward))
        let folds = Double(solver.selection.folds ?? 1)
        let refit = solver.selection.trainsAgain ? 1.0 : 0
        if let settings = solver.gradient {
            let candidates = Double(settings.learningRates.count * settings.weightDecays.count) * folds
            let epochs = Double(settings.epochs)
            let trained = epochs * (candidates * sizes.training + refit * sizes.fold)
            let looked = epochs * candidates * sizes.validation + sizes.test
            let share = sizes.training / Double(max(1, samples))
            let batch = max(1, share * Double(min(settings.batch, max(1, samples))))
            countGradient(probe, trained: trained, looked: looked, batch: batch, meanTokens: meanTokens)
        } else if let settings = solver.logistic {
            let evaluations = settings.expectedEvaluations * folds * sizes.training
                + refit * LogisticSettings.firstEvaluations * sizes.fold
            fullProducts = evaluations * (forward + backward)
        } else if let settings = solver.ridge {
            let (width, outputs) = (Double(probe.outputWidth), Double(probe.shape.classes))
            let fits = RidgeWork(width: width, outputs: outputs)
            let direct = shots == nil ? folds * sizes.validation + sizes.test : folds * sizes.training + sizes.fold
            let solutions = Double(settings.penalties.count) * folds + refit
            // In double precision.
            fullProducts = 2 * (fits.sums(rows: direct) + solutions * fits.solution)
        } else if let settings = solver.neighbours {
            let queries = folds * sizes.validation + sizes.test
            let depth = settings.neighbours.max() ?? 1
            let votes = settings.temperatures.count * settings.neighbours.reduce(0, +)
            keys = queries * (Self.keys(depth: depth, candidates: sizes.training) + Double(votes))
            // Each similarity is computed once for both of its rows, and once for all folds.
            let shared = Double(samples) * Double(samples) / 2 * sizes.test / Double(max(1, samples))
            fullProducts = min(queries * sizes.training, shared) * Double(probe.outputWidth)
        }
    }

    /// Keys that a list of the `depth` nearest takes while candidates pass in any order: all until it is full, then those
    /// that are nearer than what it holds; and what it takes to look at the candidates, in keys.
    public static func keys(depth: Int, candidates: Double) -> Double {
        let depth = Double(depth)
        return depth * (2 + log(max(1, candidates / depth))) + candidates / 64
    }

    private mutating func countGradient(
        _ probe: any Probe, trained: Double, looked: Double, batch: Double, meanTokens: Double
    ) {
        let cost = probe.cost.executed
        let (width, classes) = (Double(probe.outputWidth), Double(probe.shape.classes))
        var (core, thinness, passesOn) = (0.0, 1.0, false)
        switch probe.reading {
        case .attention(let demand):
            let queries = Double(demand.queries * probe.shape.width)
            let longest = Double(max(1, probe.shape.tokens.upperBound))
            core = 2 * queries * longest
            coreVisits = queries * (trained + looked / 2)
            coreTokens = coreVisits * min(meanTokens, longest)
            thinness = Self.thinness(width / Double(max(1, demand.queries)))
        case .pooled: passesOn = probe.outputWidth == probe.readingWidth
        case .tokens: break
        }
        let head = width * classes
        // Linear heads go through one product together, which is as wide as all of them.
        let heads = head * (passesOn ? 1 : Self.thinness(classes))
        let (forward, backward) = (Double(cost.forward) - core, Double(cost.backward) - core)
        let headBackward = passesOn ? head : 2 * head
        products = trained * (max(0, forward - head) + max(0, backward - headBackward)) * thinness
        products += looked * max(0, forward - head) * thinness
        products += (trained * (passesOn ? 2 : 3) + looked) * heads
        // Batch norm walks a row about eight times, softmax and its bias about six, and a loss takes a logarithm; AdamW
        // moves seven words.
        elements = (trained + looked) * 4 * ((passesOn ? 1 : 8) * width + 6 * classes + 400)
        elements += trained / batch * 28 * Double(probe.cost.parameters)
    }

    /// The work of a unit by itself; nil for a probe that does not fit.
    public init?(_ unit: Unit, samples: Int, meanTokens: Double) {
        let sizes = FoldSizes(
            samples: samples, count: unit.fold.count, selection: unit.solver.selection, shots: unit.shots,
            classes: unit.task.classes)
        guard let probe = try? unit.fittedProbe(trainingSamples: Int(sizes.fold)) else { return nil }
        self.init(probe, unit.solver, sizes, samples: samples, shots: unit.shots, meanTokens: meanTokens)
    }

    /// How much longer a product of so many columns takes for each of them: columns come in vectors of sixteen, and packing
    /// the other matrix takes as long as a vector more.
    private static func thinness(_ columns: Double) -> Double {
        ((columns / 16).rounded(.up) * 16 + 16) / max(1, columns) / 1.125
    }
}

extension LogisticSettings {
    /// Evaluations of the objective that a first fit is taken to need.
    static let firstEvaluations = 30.0

    /// Evaluations of the objective that all penalties are taken to need: so many for the first, and so many for each
    /// factor of ten between the first and the last, however finely penalties lie. How many it does need depends on the
    /// data.
    public var expectedEvaluations: Double {
        Self.firstEvaluations + 26 * log10((penalties.max() ?? 1) / (penalties.min() ?? 1))
    }
}
