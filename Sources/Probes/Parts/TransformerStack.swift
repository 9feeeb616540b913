internal import Numerics

/// A sequence of transformer blocks of one type, the first of which reads frozen tokens.
///
/// All values of a group are kept from its forward to its backward pass, block by block; those of other groups are
/// recomputed.
struct TransformerStack {
    let blocks: [any StackedBlock]

    /// - Parameter first: The first block's first tensor; those of the others follow it.
    init(
        width: Int, heads: Int, count: Int, type: BlockType = .preNorm, epsilon: Double, longest: Int, first: Int
    ) {
        blocks = (0..<count).map { index -> any StackedBlock in
            let first = first + index * Self.tensors(ofBlock: type)
            if type == .postNorm {
                return PostNormBlock(width: width, heads: heads, epsilon: epsilon, longest: longest, first: first)
            }
            return TransformerBlock(
                width: width, heads: heads, epsilon: epsilon, longest: longest, first: first, hasProjectionBias: true,
                hasLayerScale: type == .layerScale)
        }
    }

    static func tensors(ofBlock type: BlockType) -> Int { type == .layerScale ? 14 : 12 }

    /// Names of the two projections of self-attention in tensor specifications.
    struct Names {
        let projection: String
        let output: String
    }

    /// The tensors of one block: weights N(0, σ²), those of W_o and W_2 with a σ of their own, biases 0, layer scales
    /// 1e-5.
    static func tensors(
        width D: Int, type: BlockType = .preNorm, prefix: String, names: Names, deviation: Double,
        residualDeviation: Double
    ) -> [TensorSpecification] {
        let (weight, residual) = (
            TensorInitializer.normal(deviation: deviation), TensorInitializer.normal(deviation: residualDeviation)
        )
        let parts: [(name: String, shape: [Int], initializer: TensorInitializer)] = [
            ("norm1.weight", [D], .constant(1)), ("norm1.bias", [D], .constant(0)),
            ("\(names.projection).weight", [3 * D, D], weight), ("\(names.projection).bias", [3 * D], .constant(0)),
            ("\(names.output).weight", [D, D], residual), ("\(names.output).bias", [D], .constant(0)),
            ("norm2.weight", [D], .constant(1)), ("norm2.bias", [D], .constant(0)),
            ("mlp.fc1.weight", [4 * D, D], weight), ("mlp.fc1.bias", [4 * D], .constant(0)),
            ("mlp.fc2.weight", [D, 4 * D], residual), ("mlp.fc2.bias", [D], .constant(0)),
        ]
        let scales: [(name: String, shape: [Int], initializer: TensorInitializer)] =
            type == .layerScale ? [("ls1.gamma", [D], .constant(1e-5)), ("ls2.gamma", [D], .constant(1e-5))] : []
        return (parts + scales).map { TensorSpecification(prefix + $0.name, shape: $0.shape, $0.initializer) }
    }

    /// MACs of N tokens, forward; n blocks: n (12·N·D² + 2·N²·D).
    static func forward(width D: Int, count: Int, tokens N: Int) -> Int {
        count * (12 * N * D * D + 2 * N * N * D)
    }

    /// MACs of N tokens, backward, values recomputed: n (36·N·D² + 6·N²·D) − 3·N·D², the first block having no gradient
    /// of its input.
    static func backward(width D: Int, count: Int, tokens N: Int) -> Int {
        3 * forward(width: D, count: count, tokens: N) - (count > 0 ? 3 * N * D * D : 0)
    }

    var scratchWidth: Int { blocks.reduce(0) { $0 + TransformerValues<Float>.scratchWidth($1) } }

    func values<S>(_ scratch: MatrixView<S>, rows: Int) -> [TransformerValues<S>] {
        zip(scratch.split(blocks.map { TransformerValues<S>.scratchWidth($0) }), blocks).map {
            TransformerValues($0, $1, rows: rows)
        }
    }

    /// Computes all values of a group; the last ones' `rows` are the stack's output.
    @specialized(where S == Float)
    func forward<S: Scalar>(
        _ tokens: [TokenView], _ group: TokenGroup, _ parameters: TensorBlock<S>, _ values: [TransformerValues<S>],
        on path: KernelPath
    ) {
        for (index, block) in blocks.enumerated() {
            if index == 0 {
                group.load(tokens, into: values[0].rows)
            } else {
                scale(values[index - 1].rows, by: 1, into: values[index].rows)
            }
            block.forward(values[index], group, parameters, on: path)
        }
    }

    func clear<S: Scalar>(_ gradients: TensorBlock<S>) {
        for block in blocks { block.clear(gradients) }
    }

    /// Adds a group's part to the gradients, from that of the output in the last values' `slope`.
    @specialized(where S == Float)
    func backward<S: Scalar>(
        _ group: TokenGroup, _ parameters: TensorBlock<S>, _ values: [TransformerValues<S>],
        gradients: TensorBlock<S>, on path: KernelPath
    ) {
        for (index, block) in blocks.enumerated().reversed() {
            block.backward(
                values[index], group, parameters, gradients: gradients, isFirst: index == 0, on: path)
            if index > 0 { scale(values[index].slope, by: 1, into: values[index - 1].slope) }
        }
    }

    /// After the last group.
    func finish<S: Scalar>(_ parameters: TensorBlock<S>, gradients: TensorBlock<S>) {
        for (index, block) in blocks.enumerated() {
            block.finish(parameters, gradients: gradients, isFirst: index == 0)
        }
    }
}
