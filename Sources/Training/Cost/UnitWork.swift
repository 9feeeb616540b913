package import Probes
package import Units

/// The operations of training, choosing and testing one unit, all candidates and epochs, as counts that a `CostModel`
/// turns into seconds.
package struct UnitWork: Hashable, Sendable {
    private var counts = [Double](repeating: 0, count: WorkKind.allCases.count)

    package subscript(kind: WorkKind) -> Double {
        get { counts[Self.places[kind] ?? 0] }
        set { counts[Self.places[kind] ?? 0] = newValue }
    }

    /// Bytes that its heads take while they are at work, all at once.
    package internal(set) var slotBytes = 0.0

    private static let places = Dictionary(
        uniqueKeysWithValues: WorkKind.allCases.enumerated().map { ($0.element, $0.offset) })

    /// No work at all.
    package init() {}

    /// The work of a unit by itself, the analysis of its head included where it is one; nil for a probe that does not fit.
    package init?(_ unit: ProbeUnit, samples: Int, tokens: TokenFacts) {
        let sizes = FoldSizes(
            samples: samples, count: unit.fold.count, selection: unit.solver.selection, shots: unit.shots,
            classes: unit.task.classes)
        let rows = Int(sizes.tested(unit.solver.selection))
        guard let probe = try? unit.fittedProbe(trainingSamples: rows, meanTokens: tokens.rounded) else { return nil }
        let inputs = CostInputs(
            probe: probe, selection: unit.solver.selection, sizes: sizes, samples: samples, shots: unit.shots,
            tokens: tokens)
        self.init(of: inputs, unit.solver)
        if unit.analysis != nil { add(UnitWork(analysing: inputs), times: 1) }
    }

    /// What the method does for a unit, and what every unit takes.
    init(of unit: CostInputs, _ solver: Solver) {
        self = solver.method.work(of: unit)
        countPreparation(unit)
        self[.units] = 1
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
    /// The same to the nearest token.
    package var rounded: Int? { Int(exactly: mean.rounded()) }
    /// Whether they lie in memory as pairs of bfloat16.
    package var arePaired: Bool

    package init(mean: Double, arePaired: Bool) {
        self.mean = mean
        self.arePaired = arePaired
    }
}

/// What a unit's cost depends on.
package struct CostInputs {
    package let probe: any Probe
    package let selection: SelectionSettings
    package let sizes: FoldSizes
    /// Of the task.
    package let samples: Int
    package let shots: Shots?
    package let tokens: TokenFacts

    package init(
        probe: any Probe, selection: SelectionSettings, sizes: FoldSizes, samples: Int, shots: Shots?,
        tokens: TokenFacts
    ) {
        self.probe = probe
        self.selection = selection
        self.sizes = sizes
        self.samples = samples
        self.shots = shots
        self.tokens = tokens
    }

    /// Multiply–accumulates of a sample forward, and forward and backward, as executed.
    var forward: Double { Double(probe.cost.executed.forward) }
    var both: Double { forward + Double(probe.cost.executed.backward) }
    /// J, 1 without inner folds; and 1 if the chosen head is trained again, else 0.
    var innerFolds: Double { Double(selection.folds ?? 1) }
    var refits: Double { selection.trainsAgain ? 1 : 0 }
}

// MARK: What methods have in common

extension UnitWork {
    /// One metric for each candidate, all of them for what is tested.
    mutating func countScores(_ probe: any Probe, looked: Double, tested: Double) {
        self[.scores] = (looked + 5 * tested) * Double(probe.shape.classes)
    }

    /// The padding factor of a product with this many columns: columns come in vectors of sixteen.
    static func fill(_ columns: Double) -> Double {
        (columns / 16).rounded(.up) * 16 / max(1, columns)
    }

    /// How much longer decompositions, and triangles with a few right-hand sides, take than large products of as many
    /// multiply–accumulates.
    static let triangles = 3.0
}
