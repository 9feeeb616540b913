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
    func move<S: Scalar>(
        _ tensor: UnsafeMutableBufferPointer<S>, against gradient: UnsafeMutableBufferPointer<S>,
        moments: UnsafeMutablePointer<S>, treatment: TensorTreatment, at step: OptimizerStep, on path: KernelPath)
}

/// What an optimiser does with one tensor of a head, beside the step that all of them take.
package struct TensorTreatment: Hashable, Sendable {
    /// Whether weight decay applies.
    package var isDecayed: Bool
    /// Whether LARS's trust ratio applies: to tensors of more than one axis.
    package var isMatrix: Bool
    /// r, positive: p/r is trained in the place of p.
    ///
    /// AdamW's steps become r times as long, SGD's r² times, and decay stays as it is. LARS's steps with a trust ratio
    /// are the same for every r; those without it are SGD's.
    package var unit: Double

    package init(isDecayed: Bool, isMatrix: Bool, unit: Double = 1) {
        self.isDecayed = isDecayed
        self.isMatrix = isMatrix
        self.unit = unit
    }
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
