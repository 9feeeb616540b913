import Foundation
import Probes

/// Multiply–accumulates of ridge regression.
package struct RidgeWork: Hashable, Sendable {
    /// D.
    let width: Double
    /// C.
    let outputs: Double

    package init(width: Double, outputs: Double) {
        self.width = width
        self.outputs = outputs
    }

    /// Of XᵀX and XᵀY over some rows.
    package func sums(rows: Double) -> Double { rows * width * (width + outputs) }

    /// Of one factorisation and the solution that follows from it.
    package var solution: Double { width * width * (width / 6 + outputs) }
}

/// The operations of training, choosing and testing one unit, all candidates and epochs, as counts that a `CostModel`
/// turns into seconds.
package struct UnitWork: Hashable, Sendable {
    private var counts = [Double](repeating: 0, count: WorkKind.allCases.count)

    package subscript(kind: WorkKind) -> Double {
        get { counts[Self.places[kind] ?? 0] }
        set { counts[Self.places[kind] ?? 0] = newValue }
    }

    /// Bytes that its heads take while they are at work, all at once.
    package private(set) var slotBytes = 0.0

    private static let places = Dictionary(
        uniqueKeysWithValues: WorkKind.allCases.enumerated().map { ($0.element, $0.offset) })

    /// No work at all.
    package init() {}

    init(_ probe: any Probe, _ solver: Solver, _ sizes: FoldSizes, samples: Int, shots: Shots?, tokens: TokenFacts) {
        if let settings = solver.gradient {
            count(settings, probe, solver.selection, sizes, samples: samples, tokens)
        } else if let settings = solver.logistic {
            count(settings, probe, solver.selection, sizes)
        } else if let settings = solver.ridge {
            count(settings, probe, solver.selection, sizes, direct: shots != nil)
        } else if let settings = solver.neighbours {
            count(settings, probe, solver.selection, sizes, samples: samples)
        }
    }

    /// The work of a unit by itself; nil for a probe that does not fit.
    package init?(_ unit: ProbeUnit, samples: Int, tokens: TokenFacts) {
        let sizes = FoldSizes(
            samples: samples, count: unit.fold.count, selection: unit.solver.selection, shots: unit.shots,
            classes: unit.task.classes)
        let rows = Int(sizes.tested(unit.solver.selection))
        guard let probe = try? unit.fittedProbe(trainingSamples: rows) else { return nil }
        self.init(probe, unit.solver, sizes, samples: samples, shots: unit.shots, tokens: tokens)
    }
}

extension UnitWork {
    /// Adds the operations of some units like another. The memory of heads at work is not added: heads take turns.
    package mutating func add(_ other: UnitWork, times factor: Double) {
        for index in counts.indices { counts[index] += factor * other.counts[index] }
    }

    /// Adds touching the memory in which the heads of a pass take turns, which grows to what all need at once, up to
    /// the bound that a pass keeps.
    ///
    /// - Parameter slots: ``slotBytes`` of all units.
    package mutating func addArena(slots: Double) {
        self[.touchedBytes] += min(slots, Self.largestArena)
    }

    /// Bytes of heads at work beyond which a pass lets them take turns: more at once only touch more memory, and
    /// reading tokens again is cheaper by then.
    package static let largestArena = Double(512 << 20)
}

/// What a prediction needs to know of a layer's tokens besides their extents.
package struct TokenFacts: Hashable, Sendable {
    /// T, the mean over samples.
    package var mean: Double
    /// Whether they lie in memory as pairs of bfloat16.
    package var arePaired: Bool

    package init(mean: Double, arePaired: Bool) {
        self.mean = mean
        self.arePaired = arePaired
    }
}

// MARK: Gradient

extension UnitWork {
    private mutating func count(
        _ settings: GradientSettings, _ probe: any Probe, _ selection: SelectionSettings, _ sizes: FoldSizes,
        samples: Int, _ tokens: TokenFacts
    ) {
        let heads = Double(settings.learningRates.count * settings.weightDecays.count * (selection.folds ?? 1))
        let epochs = Double(settings.epochs)
        let refit = selection.trainsAgain ? 1.0 : 0
        let trained = epochs * (heads * sizes.training + refit * sizes.fold)
        let looked = epochs * heads * sizes.validation + sizes.test
        let size = Double(min(settings.batch, max(1, samples)))
        let batch = max(1, sizes.training / Double(max(1, samples)) * size)
        self[.steps] = trained / batch
        countCore(probe, trained: trained, looked: looked, tokens)
        countProducts(probe, trained: trained, looked: looked, tokens)
        countHead(probe, trained: trained, looked: looked)
        countScores(probe, looked: looked, tested: sizes.test)
        let parameters = Double(probe.cost.parameters)
        slotBytes = heads * 4 * (size * Double(probe.slotWidth(areRounded: tokens.arePaired)) + parameters)
        self[.moves] = self[.steps] * parameters
        // A step packs a head's matrices on the way forward and back, and writes their gradients.
        self[.packing] += (3 * self[.steps] + looked / size) * parameters
        let normal = probe.normalDraws
        self[.normalDraws] = (1 + refit) * normal
        self[.draws] = (1 + refit) * (parameters - normal)
        // Parameters with the optimiser's moments; candidates beside the first are copies.
        self[.touchedBytes] = 4 * parameters * (heads + refit) * (settings.optimizer == "adamw" ? 3 : 2)
    }

    private mutating func countCore(_ probe: any Probe, trained: Double, looked: Double, _ tokens: TokenFacts) {
        guard case .attention(let demand) = probe.reading else { return }
        let visits = Double(demand.queries * probe.shape.width) * (trained + looked / 2)
        self[tokens.arePaired ? .pairedVisits : .coreVisits] = visits
        self[tokens.arePaired ? .pairedTokens : .coreTokens] =
            visits * min(tokens.mean, Double(max(1, probe.shape.tokens.upperBound)))
    }

    /// Products in front of the head, and those elements of them that change from sample to sample.
    private mutating func countProducts(_ probe: any Probe, trained: Double, looked: Double, _ tokens: TokenFacts) {
        guard !probe.passesOn else { return }
        let head = Double(probe.outputWidth * probe.shape.classes)
        let reading = Double(max(probe.readingWidth, probe.outputWidth))
        var (core, fill) = (0.0, 1.0)
        if case .attention(let demand) = probe.reading {
            core = 2 * Double(demand.queries * probe.shape.width * max(1, probe.shape.tokens.upperBound))
            fill = Self.fill(Double(probe.outputWidth) / Double(max(1, demand.queries)))
        }
        let cost = probe.cost.executed
        let forward = max(0, Double(cost.forward) - core - head)
        let backward = max(0, Double(cost.backward) - core - 2 * head)
        self[.products] += (trained * (forward + backward) + looked * forward) * fill
        // What comes out of the core rounded is half as long.
        self[.readings] = (3 * trained + looked) * reading * (tokens.arePaired ? 0.5 : 1)
    }

    /// Batch norm, the linear layer and the loss. Linear heads on the same rows share norm and packing.
    private mutating func countHead(_ probe: any Probe, trained: Double, looked: Double) {
        let (width, classes) = (Double(probe.outputWidth), Double(probe.shape.classes))
        let isShared = probe.passesOn
        self[.products] +=
            trained * (isShared ? 2 : 3) * width * classes * (isShared ? 1 : Self.fill(classes))
            + looked * width * Self.fill(classes) * classes
        self[.packing] += trained * (3 * classes + (isShared ? 0.5 : 3) * width) + looked * (width + classes)
        self[.normed] = trained * (isShared ? 0.1 : 1) * width + looked / 3 * width
        self[.exponentials] = (trained + looked) * classes
        self[.softmaxRows] = trained + looked
    }

    /// One metric for each candidate, all of them for what is tested.
    private mutating func countScores(_ probe: any Probe, looked: Double, tested: Double) {
        self[.scores] = (looked + 5 * tested) * Double(probe.shape.classes)
    }

    /// The padding factor of a product with this many columns: columns come in vectors of sixteen.
    private static func fill(_ columns: Double) -> Double {
        (columns / 16).rounded(.up) * 16 / max(1, columns)
    }
}

extension Probe {
    /// Whether the head reads the pooled vector itself, so that it alone is trained.
    fileprivate var passesOn: Bool {
        guard case .pooled = reading else { return false }
        return outputWidth == readingWidth && (self as? any GradientProbe)?.tensors.isEmpty ?? true
    }

    /// Elements that a sample takes while a head is at work: what it reads and its gradient, attention, output, logits.
    fileprivate func slotWidth(areRounded: Bool) -> Int {
        guard case .attention(let demand) = reading else { return 2 * outputWidth + shape.classes }
        let attention = demand.queries * shape.tokens.upperBound
        return (areRounded ? 1 : 2) * readingWidth + attention + 2 * outputWidth + shape.classes
    }

    /// Elements of its tensors whose first values are drawn from a normal distribution.
    fileprivate var normalDraws: Double {
        guard let probe = self as? any GradientProbe else { return 0 }
        return Double(probe.tensors.reduce(0) { $0 + ($1.initializer.isNormal ? $1.count : 0) })
    }
}

// MARK: Fits

extension UnitWork {
    private mutating func count(
        _ settings: LogisticSettings, _ probe: any Probe, _ selection: SelectionSettings, _ sizes: FoldSizes
    ) {
        let (folds, refit) = (Double(selection.folds ?? 1), selection.trainsAgain ? 1.0 : 0)
        let (width, classes) = (Double(probe.outputWidth), Double(probe.shape.classes))
        let searched = folds * settings.expectedEvaluations(rows: sizes.training)
        let evaluations = searched + refit * LogisticSettings.firstEvaluations
        let rows = searched * sizes.training + refit * LogisticSettings.firstEvaluations * sizes.fold
        let looked = Double(settings.penalties.count) * folds * sizes.validation + sizes.test
        countScores(probe, looked: looked, tested: sizes.test)
        self[.fullProducts] = (2 * rows + looked) * width * Self.fill(classes) * classes
        self[.fullPacking] = (2 * rows + looked) * classes
        self[.readings] = rows * width
        self[.exponentials] = (rows + looked) * classes
        self[.softmaxRows] = rows + looked
        let fits = Double(settings.penalties.count) * folds + refit
        countSearch(evaluations, fits: fits, width: width, classes: classes)
        // The moments that the preconditioner is made of.
        self[.fullProducts] += (folds + refit) * min(sizes.training, 16 * (width + 1)) * width * width
    }

    /// What L-BFGS does between evaluations: a two-loop recursion, and its preconditioner, a decomposition per fit,
    /// applied twice.
    private mutating func countSearch(_ evaluations: Double, fits: Double, width: Double, classes: Double) {
        let (side, parameters) = (width + 1, (width + 1) * classes)
        self[.moves] += 100 * evaluations * parameters
        self[.doubleProducts] +=
            Self.triangles * (evaluations * 2 * side * parameters + fits * side * side * side / 6)
    }

    /// How much longer decompositions, and triangles with a few right-hand sides, take than large products of as many
    /// multiply–accumulates.
    private static let triangles = 3.0

    private mutating func count(
        _ settings: RidgeSettings, _ probe: any Probe, _ selection: SelectionSettings, _ sizes: FoldSizes, direct: Bool
    ) {
        let (folds, refit) = (Double(selection.folds ?? 1), selection.trainsAgain ? 1.0 : 0)
        let (width, outputs) = (Double(probe.outputWidth), Double(probe.shape.classes))
        let fits = RidgeWork(width: width, outputs: outputs)
        let summed = direct ? folds * sizes.training + sizes.fold : folds * sizes.validation + sizes.test
        let solutions = Double(settings.penalties.count) * folds + refit
        self[.doubleProducts] = fits.sums(rows: summed) + Self.triangles * solutions * fits.solution
        // Vectors are gathered as single numbers and widened.
        self[.readings] = 4 * summed * width
        let looked = Double(settings.penalties.count) * folds * sizes.validation + sizes.test
        self[.fullProducts] = looked * width * Self.fill(outputs) * outputs
        self[.fullPacking] = looked * outputs + (summed + folds * sizes.validation + sizes.test) * width
        countScores(probe, looked: looked, tested: sizes.test)
        // Each solution has a matrix of its own, as the sums of the fold and of the inner split have.
        let read = folds * sizes.validation + sizes.test
        self[.touchedBytes] = 8 * (solutions + 2) * width * (width + outputs) + 4 * (looked * outputs + read * width)
    }

    private mutating func count(
        _ settings: NeighbourSettings, _ probe: any Probe, _ selection: SelectionSettings, _ sizes: FoldSizes,
        samples: Int
    ) {
        let queries = Double(selection.folds ?? 1) * sizes.validation + sizes.test
        let depth = settings.neighbours.max() ?? 1
        let votes = settings.temperatures.count * settings.neighbours.reduce(0, +)
        countScores(probe, looked: queries * Double(settings.neighbours.count), tested: sizes.test)
        self[.keys] = queries * (Self.keys(depth: depth, candidates: sizes.training) + Double(votes))
        // Each similarity is computed once for both of its rows, and once for all folds.
        let shared = Double(samples) * Double(samples) / 2 * sizes.test / Double(max(1, samples))
        let width = Double(probe.outputWidth)
        let similarities = min(queries * sizes.training, shared)
        self[.fullProducts] = similarities * width
        // Blocks of similarities are a few hundred vectors high and wide.
        self[.fullPacking] = similarities * (1 + width / 288)
        self[.touchedBytes] = queries * (16 * Double(depth) + 8 * width)
    }

    /// Keys inserted into a list of the `depth` nearest while candidates come in random order: all until it is full,
    /// then those nearer than its worst; and the cost of reading the candidates, in keys.
    package static func keys(depth: Int, candidates: Double) -> Double {
        let depth = Double(depth)
        return depth * (2 + log(max(1, candidates / depth))) + candidates / 64
    }
}

extension LogisticSettings {
    /// Assumed evaluations of the objective for a fit on the whole fold, starting from the chosen fit.
    static let firstEvaluations = 30.0

    /// Assumed evaluations of the objective for all penalties; the actual number depends on the data.
    ///
    /// A fit takes longer the weaker the penalty, C·n for the mean loss: from the origin it takes about 2.5·∛(C·n)
    /// evaluations, and a warm start from penalty to penalty 2.6·∛(C·n) for each factor of ten, but 65 at most, however
    /// finely penalties are spaced. Counted on four levels of MiniLM over WordNet's glosses.
    package func expectedEvaluations(rows: Double) -> Double {
        let weights = penalties.map { $0 * rows }
        guard let first = weights.min(), let last = weights.max(), first > 0 else { return Self.firstEvaluations }
        let (perDecade, most) = (2.6, 65.0)
        // The weight at which a decade takes `most`, and ∛w's integral over the decades before it.
        let turn = pow(most / perDecade, 3)
        let rising = 3 / log(10) * perDecade * (cbrt(max(first, min(last, turn))) - cbrt(first))
        let level = most * max(0, log10(last / max(first, turn)))
        return 2.5 * cbrt(first) + rising + level
    }
}
