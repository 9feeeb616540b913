package import Identities

/// What a coordinator has learned for the next one on its ledger: only predictions depend on it.
package struct LearnedCosts: Sendable, Equatable {
    /// How far predictions are off, by kind of unit.
    package var corrections: [CostKind: CostCorrection]
    /// How fast workers are, by name.
    package var paces: [String: WorkerPace]

    package init(corrections: [CostKind: CostCorrection] = [:], paces: [String: WorkerPace] = [:]) {
        self.corrections = corrections
        self.paces = paces
    }
}

/// A worker's speed as declared and as measured by its last leases, both relative to the worker that costs are
/// predicted for.
package struct WorkerPace: Sendable, Equatable, Codable {
    package var declared: Double
    package var measured: Double

    package init(declared: Double, measured: Double) {
        self.declared = declared
        self.measured = measured
    }

    /// Measured over declared speed; 1 if one of them is not a valid speed.
    package var factor: Double {
        let factor = measured / declared
        return factor > 0 && factor.isFinite ? factor : 1
    }
}

extension Coordinator {
    /// What has been learned so far.
    package var learnedCosts: LearnedCosts {
        LearnedCosts(corrections: kinds.known, paces: workers.names.compactMapValues(\.pace))
    }
}
