import Foundation

/// How much longer units of one kind take than predicted, learned from those that finished.
///
/// The factor is the ratio of the sums of measured and predicted seconds, which weighs long units as the time to go
/// does. It is shrunk towards one as if one further unit had been predicted exactly, so that the first unit of a kind
/// does not decide alone; and a single unit counts for at most ``outlier`` times its prediction, so that a process that
/// was stopped for an hour does not spoil what hundreds of units say.
package struct CostCorrection: Sendable, Equatable, Codable {
    /// Finished units that it rests on; older ones fade.
    package private(set) var units: Int
    /// Their predicted and their measured seconds, both on a worker of speed 1.
    package private(set) var predicted: Double
    package private(set) var measured: Double

    /// After this many units the sums are halved (exponential decay): machines and data change.
    static let memory = 1_000
    static let outlier = 10.0

    package init(units: Int = 0, predicted: Double = 0, measured: Double = 0) {
        self.units = units
        self.predicted = predicted
        self.measured = measured
    }

    /// What predictions of the kind are to be multiplied by: (Σ measured / Σ predicted)^(n / (n + 1)), 1 at first.
    package var factor: Double {
        guard units > 0, predicted > 0, measured > 0 else { return 1 }
        return pow(measured / predicted, Double(units) / Double(units + 1))
    }

    /// Learns from a finished unit. Anything but a positive number is ignored.
    package mutating func learn(predicted seconds: Double, measured taken: Double) {
        guard seconds > 0, seconds.isFinite, taken > 0, taken.isFinite else { return }
        let expected = seconds * factor
        units += 1
        predicted += seconds
        measured += min(max(taken, expected / Self.outlier), expected * Self.outlier)
        guard units >= Self.memory else { return }
        units /= 2
        predicted /= 2
        measured /= 2
    }
}
