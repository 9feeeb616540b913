internal import Foundation

/// Linear warm-up, then half a cosine down to zero, by fractional epoch e:
///
/// rate·e/warmup for e < warmup, then ½·rate·(1 + cos(π (e − warmup)/(epochs − warmup))).
///
/// Source: the schedule of MAE's and efficient probing's official code, evaluated before every step.
public struct Schedule: Hashable, Sendable {
    /// The rate at the end of warm-up.
    public var rate: Double
    public var epochs: Double
    public var warmup: Double

    public init(rate: Double, epochs: Double, warmup: Double) {
        self.rate = rate
        self.epochs = epochs
        self.warmup = warmup
    }

    /// The learning rate at a fractional epoch in 0 ..< epochs.
    public func learningRate(atEpoch epoch: Double) -> Double {
        if epoch < warmup { return rate * epoch / warmup }
        return 0.5 * rate * (1 + cos(Double.pi * (epoch - warmup) / (epochs - warmup)))
    }
}
