public import Numerics

/// Layer-wise adaptive rate scaling.
///
/// Tensors of more than one axis: g ← g + wd·p; λ = η‖p‖/‖g‖ if both norms are positive, else 1; g ← λ g. All tensors
/// then: m ← μ m + g; p ← p − lr·m. The rate multiplies the whole momentum, and λ is inside it.
///
/// Source: You, Gitman and Ginsburg, "Large batch training of convolutional networks" (2017), in the form of the official
/// code of MoCo v3, MAE and efficient probing: η = 0.001, no ε, no Nesterov.
public struct LARS: Optimizer {
    public var momentum: Double
    /// η.
    public var trust: Double
    public var momentCount: Int { 1 }

    public init(momentum: Double, trust: Double) {
        self.momentum = momentum
        self.trust = trust
    }

    @specialized(where S == Float)
    public func move<S: Scalar>(
        _ tensor: UnsafeMutableBufferPointer<S>, against gradient: UnsafeMutableBufferPointer<S>,
        moments: UnsafeMutablePointer<S>, isDecayed: Bool, at step: OptimizerStep
    ) {
        guard let (p, g) = pointers(tensor, gradient) else { return }
        var ratio: S = 1
        if isDecayed {
            if step.weightDecay != 0 {
                let decay = S(step.weightDecay)
                for index in 0..<tensor.count { g[index] += decay * p[index] }
            }
            ratio = S(trustRatio(tensor, gradient))
        }
        let (momentum, rate) = (S(momentum), S(step.learningRate))
        for index in 0..<tensor.count {
            let moved = momentum * moments[index] + ratio * g[index]
            moments[index] = moved
            p[index] -= rate * moved
        }
    }

    @specialized(where S == Float)
    private func trustRatio<S: Scalar>(
        _ tensor: UnsafeMutableBufferPointer<S>, _ gradient: UnsafeMutableBufferPointer<S>
    ) -> Double {
        let (weight, slope) = (sumOfSquares(tensor).squareRoot(), sumOfSquares(gradient).squareRoot())
        return weight > 0 && slope > 0 ? trust * weight / slope : 1
    }
}

/// Σ x², in sixteen chains within blocks of 4,096 elements and in double precision over the blocks: as fast as memory,
/// and with an error that does not grow with the length.
@specialized(where S == Float)
func sumOfSquares<S: Scalar>(_ elements: UnsafeMutableBufferPointer<S>) -> Double {
    guard let start = elements.baseAddress else { return 0 }
    var total = 0.0
    var index = 0
    while index + 16 <= elements.count {
        let end = min(index + 4096, elements.count - 15)
        var chains = SIMD16<S>(repeating: 0)
        while index < end {
            let vector = UnsafeRawPointer(start + index).loadUnaligned(as: SIMD16<S>.self)
            chains += vector * vector
            index += 16
        }
        for chain in 0..<16 { total += Double(chains[chain]) }
    }
    while index < elements.count {
        total += Double(start[index] * start[index])
        index += 1
    }
    return total
}
