internal import Foundation
public import Numerics

/// Cross-entropy of softmax, natural logarithm, mean over the batch: L = (1/n) Σ_i (ln Σ_c e^{l_ic} − l_i,y_i).
public enum CrossEntropy {
    /// Replaces logits `[n, C]` by ∂L/∂logits = (softmax − one-hot)/n.
    ///
    /// - Parameter labels: `[n]`, each in 0 ..< C.
    /// - Returns: L, NaN or infinite where a logit is.
    @specialized(where S == Float)
    public static func differentiate<S: Scalar>(_ logits: MatrixView<S>, labels: UnsafePointer<Int32>) -> Double {
        let inverseCount = 1 / S(logits.rows)
        var total = 0.0
        for row in 0..<logits.rows {
            let elements = logits.row(row)
            let label = Int(labels[row])
            let peak = largest(elements)
            let own = elements[label]
            for index in elements.indices { elements[index] -= peak }
            exponentiate(elements)
            let sum = orderedSum(elements)
            total += log(Double(sum)) + Double(peak) - Double(own)
            let factor = inverseCount / sum
            for index in elements.indices { elements[index] *= factor }
            elements[label] -= inverseCount
        }
        return total / Double(logits.rows)
    }

    /// Weighted by class: L = Σ_i w_{y_i}·CE_i / Σ_i w_{y_i}. Replaces logits by ∂L/∂logits.
    ///
    /// A batch whose weights sum to 0 has the loss 0 and no gradient.
    ///
    /// - Parameter weights: `[C]`, none negative.
    @specialized(where S == Float)
    static func differentiate<S: Scalar>(
        _ logits: MatrixView<S>, labels: UnsafePointer<Int32>, weights: UnsafePointer<Float>, on path: KernelPath
    ) -> Double {
        var (total, sum) = (0.0, 0.0)
        for row in 0..<logits.rows { sum += Double(weights[Int(labels[row])]) }
        for row in 0..<logits.rows {
            let line = logits.rows(row..<row + 1)
            let share = sum > 0 ? Double(weights[Int(labels[row])]) / sum : 0
            total += share * softmaxCrossEntropy(line, labels: labels + row, gradient: line, on: path)
            let factor = S(share)
            for column in 0..<line.columns { line.pointer[column] *= factor }
        }
        return total
    }

    @specialized(where S == Float)
    private static func largest<S: Scalar>(_ elements: UnsafeMutableBufferPointer<S>) -> S {
        var largest = -S.infinity
        for element in elements where !(element <= largest) { largest = element }
        return largest
    }

    /// The sum in eight interleaved chains, which the processor runs side by side, then of the chains in order.
    @specialized(where S == Float)
    private static func orderedSum<S: Scalar>(_ elements: UnsafeMutableBufferPointer<S>) -> S {
        guard let start = elements.baseAddress else { return 0 }
        var chains = SIMD8<S>(repeating: 0)
        var index = 0
        while index + 8 <= elements.count {
            chains += UnsafeRawPointer(start + index).loadUnaligned(as: SIMD8<S>.self)
            index += 8
        }
        var sum = chains[0]
        for chain in 1..<8 { sum += chains[chain] }
        while index < elements.count {
            sum += start[index]
            index += 1
        }
        return sum
    }
}
