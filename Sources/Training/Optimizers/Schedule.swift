internal import Foundation

/// Linear warm-up, then half a cosine down to zero, by fractional epoch e:
///
/// rate·e/warmup for e < warmup, then ½·rate·(1 + cos(π (e − warmup)/(epochs − warmup))), or the rate itself.
///
/// Source: the schedule of MAE's and efficient probing's official code, evaluated before every step.
package struct Schedule: Hashable, Sendable {
    /// The rate at the end of warm-up.
    package var rate: Double
    package var epochs: Double
    package var warmup: Double
    /// Whether the rate stays what it is after the warm-up.
    package var isConstant: Bool

    package init(rate: Double, epochs: Double, warmup: Double, isConstant: Bool = false) {
        self.rate = rate
        self.epochs = epochs
        self.warmup = warmup
        self.isConstant = isConstant
    }

    /// The learning rate at a fractional epoch in 0 ..< epochs.
    package func learningRate(atEpoch epoch: Double) -> Double {
        if epoch < warmup { return rate * epoch / warmup }
        if isConstant { return rate }
        return 0.5 * rate * (1 + cos(Double.pi * (epoch - warmup) / (epochs - warmup)))
    }
}
