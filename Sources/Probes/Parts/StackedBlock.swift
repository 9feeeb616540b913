internal import Numerics

/// One block of a `TransformerStack`, which works group by group and keeps nothing of a group once it has gone through
/// both passes.
protocol StackedBlock: Sendable {
    /// D.
    var width: Int { get }
    var heads: Int { get }
    /// The most tokens of a sample.
    var longest: Int { get }

    /// The block's output in place of its input in `rows`, and what its backward pass needs in the other values.
    func forward<S: Scalar>(
        _ values: TransformerValues<S>, _ group: TokenGroup, _ parameters: TensorBlock<S>, on path: KernelPath)

    /// Sets all gradients to zero, to which the backward passes of groups add.
    func clear<S: Scalar>(_ gradients: TensorBlock<S>)

    /// Adds a group's part to the gradients, from that of the output in `slope`; then `slope` has that of the input.
    ///
    /// - Parameter isFirst: Whether the input is frozen, so that its gradient is not needed.
    func backward<S: Scalar>(
        _ values: TransformerValues<S>, _ group: TokenGroup, _ parameters: TensorBlock<S>, gradients: TensorBlock<S>,
        isFirst: Bool, on path: KernelPath)

    /// What is left to do to the gradients after the last group.
    func finish<S: Scalar>(_ parameters: TensorBlock<S>, gradients: TensorBlock<S>, isFirst: Bool)
}

/// How the blocks of a backbone combine their residuals and norms.
package enum BlockType: String, CaseIterable, Sendable {
    /// x + f(LN(x)), as vision transformers have it.
    case preNorm = "pre-norm"
    /// x + λ ⊙ f(LN(x)), λ trained, as vision transformers in DINOv2's shape have it.
    case layerScale = "layer-scale"
    /// LN(x + f(x)), as BERT has it. No norm stands behind the last block.
    case postNorm = "post-norm"
}
