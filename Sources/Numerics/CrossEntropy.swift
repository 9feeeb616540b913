internal import CKernels

/// The mean over rows of −ln softmax(logits)[label], natural logarithm.
///
/// - Parameters:
///   - labels: `[rows]`, each in 0..<columns.
///   - gradient: overwritten with (softmax − onehot) / rows if present; it may be the logits themselves.
package func softmaxCrossEntropy<S: Scalar>(
    _ logits: MatrixView<S>, labels: UnsafePointer<Int32>, gradient: MatrixView<S>? = nil, on path: KernelPath
) -> Double {
    precondition(gradient.map { $0.rows == logits.rows && $0.columns == logits.columns } ?? true)
    for row in 0..<logits.rows {
        precondition(labels[row] >= 0 && Int(labels[row]) < logits.columns, "label \(labels[row]) of row \(row)")
    }
    return kernels(for: S.self, on: path).cross_entropy(
        logits.pointer, logits.stride, logits.rows, logits.columns, labels, gradient?.pointer, gradient?.stride ?? 0)
}
