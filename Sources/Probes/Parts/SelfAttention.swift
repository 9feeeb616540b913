internal import Numerics

/// Multi-head self-attention of each sample's own tokens: A_h = softmax(d_h^{-1/2} q_h k_hᵀ), and [A_h v_h].
struct SelfAttention {
    /// D.
    let width: Int
    let heads: Int

    private func columns(_ head: Int, part: Int) -> Range<Int> {
        let chunk = width / heads
        return part * width + head * chunk..<part * width + (head + 1) * chunk
    }

    private func scale<S: Scalar>() -> S {
        1 / S(width / heads).squareRoot()
    }

    /// A_h and [A_h v_h] in `mixed`, from q, k and v in `projected`.
    @specialized(where S == Float)
    func mix<S: Scalar>(_ values: TransformerValues<S>, _ group: TokenGroup, on path: KernelPath) {
        for sample in group.samples {
            let rows = group.rows(sample)
            for head in 0..<heads {
                let attention = values.attention(rows, head: head)
                let projected = values.projected.rows(rows)
                multiply(
                    projected.columns(columns(head, part: 0)), projected.columns(columns(head, part: 1)),
                    transposed: true, into: attention, alpha: scale(), on: path)
                Softmax.apply(attention)
                multiply(
                    attention, projected.columns(columns(head, part: 2)),
                    into: values.mixed.rows(rows).columns(columns(head, part: 0)), on: path)
            }
        }
    }

    /// The class token's rows of all A_h, one below the other: `[H, T]`. It is a sample's first token.
    func classMaps<S: Scalar>(_ values: TransformerValues<S>, _ rows: Range<Int>) -> MatrixView<S> {
        let T = rows.count
        return MatrixView(pointer: values.attention(rows, head: 0).pointer, rows: heads, columns: T, stride: T * T)
    }

    /// [a_h v_h] `[1, D]` of maps `[H, T]` of one sample, as `mix` makes a row of [A_h v_h].
    @specialized(where S == Float)
    func mix<S: Scalar>(
        _ values: TransformerValues<S>, _ rows: Range<Int>, by maps: MatrixView<S>, into target: MatrixView<S>,
        on path: KernelPath
    ) {
        let projected = values.projected.rows(rows)
        for head in 0..<heads {
            multiply(
                maps.rows(head..<head + 1), projected.columns(columns(head, part: 2)),
                into: target.columns(columns(head, part: 0)), on: path)
        }
    }

    /// q', k' and v' in `projectedSlope`, from the gradient of [A_h v_h] in `mixed`.
    @specialized(where S == Float)
    func backward<S: Scalar>(_ values: TransformerValues<S>, _ group: TokenGroup, on path: KernelPath) {
        for sample in group.samples {
            let rows = group.rows(sample)
            let (projected, projectedSlope) = (values.projected.rows(rows), values.projectedSlope.rows(rows))
            for head in 0..<heads {
                let attention = values.attention(rows, head: head)
                let attentionSlope = values.attentionSlope(rows.count)
                let slope = values.mixed.rows(rows).columns(columns(head, part: 0))
                multiply(
                    attention, transposed: true, slope, into: projectedSlope.columns(columns(head, part: 2)), on: path)
                multiply(
                    slope, projected.columns(columns(head, part: 2)), transposed: true, into: attentionSlope, on: path)
                Softmax.backward(attentionSlope, attention: attention)
                multiply(
                    attentionSlope, projected.columns(columns(head, part: 1)),
                    into: projectedSlope.columns(columns(head, part: 0)), alpha: scale(), on: path)
                multiply(
                    attentionSlope, transposed: true, projected.columns(columns(head, part: 0)),
                    into: projectedSlope.columns(columns(head, part: 1)), alpha: scale(), on: path)
            }
        }
    }
}
