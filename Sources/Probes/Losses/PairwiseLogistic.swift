internal import Foundation
internal import Numerics

/// The pairs of a batch whose order is learned, as ranges in a sorted order.
///
/// Rows are sorted by group and, in a group, by descending target. Each row is then above one contiguous range of
/// others: those of its group with a smaller target. Equal targets form no pair.
package struct RankedPairs: @unchecked Sendable {
    // Sendable for the same reason as `BatchObjective`.

    /// n.
    package let count: Int
    /// `[n]`, the row at each position of the order.
    package let order: UnsafePointer<Int32>
    /// `[n]`, the positions below each position: `lower[i] ..< end[i]`.
    package let lower: UnsafePointer<Int32>
    package let end: UnsafePointer<Int32>

    package init(
        count: Int, order: UnsafePointer<Int32>, lower: UnsafePointer<Int32>, end: UnsafePointer<Int32>
    ) {
        self.count = count
        self.order = order
        self.lower = lower
        self.end = end
    }

    var pairs: Int { (0..<count).reduce(0) { $0 + Int(end[$1] - lower[$1]) } }
}

/// Pairwise logistic loss of scores, natural logarithm: L = (1/P) Σ_{i ≻ j} ln(1 + e^{s_j − s_i}) over the P pairs of a
/// batch in which i is to be ranked above j (RankNet: Burges et al., "Learning to rank using gradient descent", ICML
/// 2005).
enum PairwiseLogistic {
    /// Replaces logits `[n, 1]` by ∂L/∂logits; a batch without a pair has the loss 0 and no gradient.
    ///
    /// - Returns: L, NaN or infinite where a logit is.
    @specialized(where S == Float)
    static func differentiate<S: Scalar>(_ logits: MatrixView<S>, pairs: RankedPairs) -> Double {
        let count = logits.rows
        precondition(logits.columns == 1 && pairs.count == count, "pairs of \(pairs.count) rows for \(count) logits")
        let inversePairs = 1 / S(max(1, pairs.pairs))
        return withUnsafeTemporaryAllocation(of: S.self, capacity: 3 * count) { memory in
            let scores = UnsafeMutableBufferPointer(rebasing: memory[..<count])
            let gradient = UnsafeMutableBufferPointer(rebasing: memory[count..<2 * count])
            let powers = UnsafeMutableBufferPointer(rebasing: memory[(2 * count)...])
            for place in 0..<count {
                scores[place] = logits[Int(pairs.order[place]), 0]
                gradient[place] = 0
            }
            var total = 0.0
            for place in 0..<count {
                let below = Int(pairs.lower[place])..<Int(pairs.end[place])
                if !below.isEmpty { total += compare(place, below, scores, gradient, powers) }
            }
            for place in 0..<count { logits[Int(pairs.order[place]), 0] = gradient[place] * inversePairs }
            // A broken score must be detected even in a row without a pair.
            let isBroken = scores.contains { !$0.isFinite }
            return isBroken ? .nan : total / Double(max(1, pairs.pairs))
        }
    }

    /// Adds the slopes of one row's pairs with all rows below it.
    ///
    /// - Returns: Σ ln(1 + e^{s_j − s_i}).
    @inline(__always)
    private static func compare<S: Scalar>(
        _ place: Int, _ below: Range<Int>, _ scores: UnsafeMutableBufferPointer<S>,
        _ gradient: UnsafeMutableBufferPointer<S>, _ powers: UnsafeMutableBufferPointer<S>
    ) -> Double {
        let (own, count) = (scores[place], below.count)
        let used = UnsafeMutableBufferPointer(rebasing: powers[..<count])
        for index in 0..<count { used[index] = -abs(scores[below.lowerBound + index] - own) }
        exponentiate(used)
        var (slopes, surplus) = (S(0), S(0))
        // Logarithms of products: a factor is at most 2, so that 512 of them are far from overflow.
        var (product, loss) = (1.0, 0.0)
        for index in 0..<count {
            let (power, difference) = (used[index], scores[below.lowerBound + index] - own)
            let slope = (difference > 0 ? 1 : power) / (1 + power)
            gradient[below.lowerBound + index] += slope
            slopes += slope
            surplus += max(difference, 0)
            product *= 1 + Double(power)
            if index & 511 == 511 {
                loss += log(product)
                product = 1
            }
        }
        gradient[place] -= slopes
        return loss + log(product) + Double(surplus)
    }
}
