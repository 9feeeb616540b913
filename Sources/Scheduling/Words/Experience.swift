public import Identities

/// What a coordinator has learned for the next one on its ledger: only predictions depend on it.
public struct Experience: Sendable, Equatable {
    /// How far predictions are off, by kind of unit.
    public var corrections: [CostKind: CostCorrection]
    /// How fast workers are, by name.
    public var paces: [String: WorkerPace]

    public init(corrections: [CostKind: CostCorrection] = [:], paces: [String: WorkerPace] = [:]) {
        self.corrections = corrections
        self.paces = paces
    }
}

/// A worker's speed as declared and as measured by its last leases, both relative to the worker that costs are
/// predicted for.
public struct WorkerPace: Sendable, Equatable, Codable {
    public var declared: Double
    public var measured: Double

    public init(declared: Double, measured: Double) {
        self.declared = declared
        self.measured = measured
    }

    /// Measured over declared speed; 1 if one of them is not a valid speed.
    public var factor: Double {
        let factor = measured / declared
        return factor > 0 && factor.isFinite ? factor : 1
    }
}

extension Coordinator {
    /// What has been learned so far.
    public var experience: Experience {
        Experience(corrections: kinds.known, paces: workers.names.compactMapValues(\.pace))
    }
}
