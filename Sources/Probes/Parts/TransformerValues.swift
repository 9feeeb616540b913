internal import Numerics

/// The values of one transformer block for one group of samples, R tokens in all.
struct TransformerValues<S: Scalar> {
    /// x, then x_1, then x_2: `[R, D]`.
    let rows: MatrixView<S>
    /// x̂ of LN1, LN1's output, [A_h v_h], x̂ of LN2, LN2's output, and the gradient of `rows`: `[R, D]`.
    let normalized1, input1, mixed, normalized2, input2, slope: MatrixView<S>
    /// `[R, 3·D]`.
    let projected, projectedSlope: MatrixView<S>
    /// `[R, 4·D]`.
    let hidden, active: MatrixView<S>
    /// 1/√(v + ε) of LN1 and LN2, `[R, 1]`.
    let scale1, scale2: MatrixView<S>
    /// What is added to the residual, or its gradient: `[R, D]`. Lies in `projectedSlope`, which is written after both.
    var branch: MatrixView<S> { projectedSlope.columns(0..<slope.columns) }
    /// H · longest elements for each token.
    private let attentionRows: MatrixView<S>
    private let oneAttentionSlope: MatrixView<S>
    private let heads: Int
    private let longest: Int

    private static var unitColumns: Int { 7 }

    private static func widths(_ block: any StackedBlock) -> [Int] {
        let (D, R) = (block.width, TokenGroup.capacity(longest: block.longest))
        return Array(repeating: R * D, count: unitColumns)
            + [
                3 * R * D, 3 * R * D, 4 * R * D, 4 * R * D, R, R, R * block.heads * block.longest,
                block.longest * block.longest,
            ]
    }

    /// Elements of the values of a block's largest group.
    static func scratchWidth(_ block: any StackedBlock) -> Int { widths(block).reduce(0, +) }

    /// - Parameters:
    ///   - scratch: `[1, scratchWidth]`.
    ///   - R: Tokens of the group.
    init(_ scratch: MatrixView<S>, _ block: any StackedBlock, rows R: Int) {
        let (parts, D) = (scratch.split(Self.widths(block)), block.width)
        let unit = parts.prefix(Self.unitColumns).map { $0.reshaped(R, D) }
        (rows, normalized1, input1, mixed) = (unit[0], unit[1], unit[2], unit[3])
        (normalized2, input2, slope) = (unit[4], unit[5], unit[6])
        (projected, projectedSlope) = (parts[7].reshaped(R, 3 * D), parts[8].reshaped(R, 3 * D))
        (hidden, active) = (parts[9].reshaped(R, 4 * D), parts[10].reshaped(R, 4 * D))
        (scale1, scale2) = (parts[11].reshaped(R, 1), parts[12].reshaped(R, 1))
        (attentionRows, oneAttentionSlope) = (parts[13], parts[14])
        (heads, longest) = (block.heads, block.longest)
    }

    /// A_h `[T, T]` of the sample with these rows.
    func attention(_ rows: Range<Int>, head: Int) -> MatrixView<S> {
        let T = rows.count
        let start = rows.lowerBound * heads * longest + head * T * T
        return attentionRows.columns(start..<start + T * T).reshaped(T, T)
    }

    /// A buffer for A_h' `[T, T]`.
    func attentionSlope(_ T: Int) -> MatrixView<S> { oneAttentionSlope.reshaped(T, T) }
}
