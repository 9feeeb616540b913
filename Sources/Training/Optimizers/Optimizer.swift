package import Numerics
import Units

/// A rule that updates one tensor from its gradient.
///
/// Rules are stateless. A tensor's state is in its moments, which start at zero.
package protocol Optimizer: Sendable {
    /// Moments kept for each element.
    var momentCount: Int { get }

    /// Updates a tensor by one step.
    ///
    /// - Parameters:
    ///   - gradient: Of the tensor's length.
    ///   - moments: `momentCount` blocks of the tensor's length.
    ///   - isDecayed: Whether weight decay and LARS's trust ratio apply: to tensors of more than one axis.
    func move<S: Scalar>(
        _ tensor: UnsafeMutableBufferPointer<S>, against gradient: UnsafeMutableBufferPointer<S>,
        moments: UnsafeMutablePointer<S>, isDecayed: Bool, at step: OptimizerStep, on path: KernelPath)
}

/// The parameters of a step, which differ between steps and candidates.
package struct OptimizerStep: Hashable, Sendable {
    package var learningRate: Double
    package var weightDecay: Double
    /// Steps taken before this one.
    package var index: Int

    package init(learningRate: Double, weightDecay: Double, index: Int) {
        self.learningRate = learningRate
        self.weightDecay = weightDecay
        self.index = index
    }
}

/// The rules, by their names in specs.
package enum OptimizerCatalog {
    package static let names = ["adamw", "sgd", "lars"]

    /// Nil for an unknown name.
    package static func optimizer(_ settings: GradientSettings) -> (any Optimizer)? {
        switch settings.optimizer {
        case "lars": LARS(momentum: settings.momentum, trust: settings.trust)
        case "sgd": SGD(momentum: settings.momentum)
        case "adamw": AdamW(beta1: settings.momentum, beta2: settings.beta2)
        default: nil
        }
    }
}
