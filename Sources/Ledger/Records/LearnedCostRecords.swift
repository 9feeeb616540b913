/// Predicted and measured seconds of a kind of unit.
package struct CostKindRecord: Sendable, Equatable {
    package var name: String
    /// The number of finished units, and their predicted and measured seconds on a worker of speed 1.
    package var units: Int
    package var predicted: Double
    package var measured: Double

    package init(name: String, units: Int, predicted: Double, measured: Double) {
        self.name = name
        self.units = units
        self.predicted = predicted
        self.measured = measured
    }
}

/// How fast a worker is, as declared and as measured, both relative to the machine that costs are predicted for.
package struct WorkerSpeedRecord: Sendable, Equatable {
    package var worker: String
    package var declared: Double
    package var measured: Double

    package init(worker: String, declared: Double, measured: Double) {
        self.worker = worker
        self.declared = declared
        self.measured = measured
    }
}
