internal import Foundation
internal import Numerics

/// Cross-entropy of C independent yes-or-no questions, natural logarithm, summed over questions and averaged over the
/// batch: L = (1/n) Σ_i Σ_c [(1 − y_ic)·ln(1 + e^{l_ic}) + w_c·y_ic·ln(1 + e^{−l_ic})].
///
/// The sum over questions, instead of their mean, trains each question as if it were alone: its steps do not depend on
/// C.
enum SigmoidCrossEntropy {
    /// Replaces logits `[n, C]` by ∂L/∂logits = ((1 − y)·σ(l) − w·y·σ(−l))/n.
    ///
    /// - Parameters:
    ///   - indicators: `[n, C]`, row-major, 0 or 1.
    ///   - weights: w, `[C]`; nil for ones.
    /// - Returns: L, NaN or infinite where a logit is.
    @specialized(where S == Float)
    static func differentiate<S: Scalar>(
        _ logits: MatrixView<S>, indicators: UnsafePointer<UInt8>, weights: UnsafePointer<Float>?
    ) -> Double {
        let (columns, inverseCount) = (logits.columns, 1 / S(logits.rows))
        var total = 0.0
        withUnsafeTemporaryAllocation(of: S.self, capacity: columns) { powers in
            for row in 0..<logits.rows {
                let elements = logits.row(row)
                for column in 0..<columns { powers[column] = -abs(elements[column]) }
                exponentiate(powers)
                for column in 0..<columns {
                    let (logit, power) = (elements[column], powers[column])
                    let isPositive = indicators[row * columns + column] == 1
                    let weight = isPositive ? weights.map { S($0[column]) } ?? 1 : 1
                    // σ of the answer that is wrong: of l for a no, of −l for a yes.
                    let isWrongSide = isPositive ? logit < 0 : logit > 0
                    let wrong = (isWrongSide ? 1 : power) / (1 + power)
                    let loss = log(1 + Double(power)) + (isWrongSide ? Double(abs(logit)) : 0)
                    total += Double(weight) * loss
                    elements[column] = (isPositive ? -weight : weight) * wrong * inverseCount
                    // Every comparison above is false for a NaN.
                    if logit.isNaN { elements[column] = logit }
                }
            }
        }
        return total / Double(logits.rows)
    }
}
