internal import CKernels

/// The mean over tokens of one sample, `[D]`: accumulated in F32 in token order, then divided by T.
///
/// The same bits on every path. A sample without tokens has the mean 0.
package func meanToken(_ tokens: TokenView, into mean: UnsafeMutablePointer<Float>) {
    meanToken(tokens, into: mean, on: .best())
}

/// The same on a given path.
func meanToken(_ tokens: TokenView, into mean: UnsafeMutablePointer<Float>, on path: KernelPath) {
    mean.update(repeating: 0, count: tokens.width)
    kernels(for: Float.self, on: path)
        .add_tokens(tokens.type.index, tokens.base, tokens.tokens, tokens.width, mean)
    guard tokens.tokens > 0 else { return }
    let count = Float(tokens.tokens)
    for column in 0..<tokens.width { mean[column] /= count }
}

extension TokenType {
    /// The number by which C knows the type.
    var index: Int32 {
        switch self {
        case .bfloat16: Int32(CK_BFLOAT16)
        case .float16: Int32(CK_FLOAT16)
        case .float32: Int32(CK_FLOAT32)
        case .float64: Int32(CK_FLOAT64)
        }
    }
}
