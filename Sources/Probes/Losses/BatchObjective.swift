package import Numerics

/// The targets of one batch of n rows, and the loss.
///
/// A view of tables that the caller owns: pointers must stay valid while a batch is processed.
package enum BatchObjective: @unchecked Sendable {
    // Sendable because the tables behind the pointers are only read while heads train on them.

    /// Softmax cross-entropy, one of C classes: labels `[n]` in 0 ..< C, and a weight for each class, nil for ones.
    case softmax(labels: UnsafePointer<Int32>, weights: UnsafePointer<Float>?)
    /// Sigmoid cross-entropy, any of C labels: indicators `[n, C]` of 0 and 1, and a weight for the positives of each
    /// label, nil for ones.
    case sigmoid(indicators: UnsafePointer<UInt8>, weights: UnsafePointer<Float>?)
    /// Squared error against targets `[n]`; C = 1.
    case squared(targets: UnsafePointer<Float>)
    /// Pairwise logistic loss for ranking scores; C = 1.
    case pairwise(RankedPairs)

    /// Replaces logits `[n, C]` by ∂L/∂logits.
    ///
    /// - Returns: L, NaN or infinite where a logit is.
    @specialized(where S == Float)
    package func differentiate<S: Scalar>(_ logits: MatrixView<S>, on path: KernelPath) -> Double {
        switch self {
        case .softmax(let labels, nil): softmaxCrossEntropy(logits, labels: labels, gradient: logits, on: path)
        case .softmax(let labels, let weights?):
            CrossEntropy.differentiate(logits, labels: labels, weights: weights, on: path)
        case .sigmoid(let indicators, let weights):
            SigmoidCrossEntropy.differentiate(logits, indicators: indicators, weights: weights)
        case .squared(let targets): SquaredError.differentiate(logits, targets: targets)
        case .pairwise(let pairs): PairwiseLogistic.differentiate(logits, pairs: pairs)
        }
    }
}
