internal import Numerics

/// A linear layer, y = W x + b, on rows.
enum Projection {
    /// - Parameters:
    ///   - rows: `[n, inputs]`.
    ///   - weight: W `[outputs, inputs]`.
    ///   - output: `[n, outputs]`.
    @specialized(where S == Float)
    static func apply<S: Scalar>(
        _ rows: MatrixView<S>, _ weight: MatrixView<S>, _ bias: UnsafeMutableBufferPointer<S>? = nil,
        into output: MatrixView<S>, on path: KernelPath
    ) {
        multiply(rows, weight, transposed: true, into: output, on: path)
        if let bias { addToRows(of: output, bias) }
    }

    /// ∂W = Σ y' xᵀ, ∂b = Σ y', x' = Wᵀ y'; each where there is room for it.
    @specialized(where S == Float)
    static func backward<S: Scalar>(
        _ gradient: MatrixView<S>, _ rows: MatrixView<S>, _ weight: MatrixView<S>, weightGradient: MatrixView<S>,
        biasGradient: UnsafeMutableBufferPointer<S>? = nil, inputGradient: MatrixView<S>? = nil,
        accumulateInput: Bool = false, on path: KernelPath
    ) {
        multiply(gradient, transposed: true, rows, into: weightGradient, on: path)
        if let biasGradient { sumRows(of: gradient, into: biasGradient) }
        if let inputGradient {
            multiply(gradient, weight, into: inputGradient, accumulate: accumulateInput, on: path)
        }
    }
}
