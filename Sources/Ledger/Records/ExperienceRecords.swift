/// What is known of predictions for a kind of unit.
public struct KindRecord: Sendable, Equatable {
    public var name: String
    /// The finished units behind it, and their predicted and measured seconds on a worker of speed 1.
    public var units: Int
    public var predicted: Double
    public var measured: Double

    public init(name: String, units: Int, predicted: Double, measured: Double) {
        self.name = name
        self.units = units
        self.predicted = predicted
        self.measured = measured
    }
}

/// How fast a worker is, as declared and as measured, both relative to the machine that costs are predicted for.
public struct WorkerSpeedRecord: Sendable, Equatable {
    public var worker: String
    public var declared: Double
    public var measured: Double

    public init(worker: String, declared: Double, measured: Double) {
        self.worker = worker
        self.declared = declared
        self.measured = measured
    }
}
