import Foundation
import Numerics
import Probes

/// Maps that stand in the place of a head's own, with their aggregates.
///
/// The attention core makes them of queries that are zero: its softmax is then the uniform map, by the same kernel as
/// where attention is uniform by itself, and with ln a added to the scores it is a, to the rounding of the logarithm.
final class ReplacedMaps {
    private let kind: AttentionAblation.Replacement
    private let demand: AttentionRequest
    private let tokens: Int
    /// Zero, `[L, D]`, L = 1 for the uniform map, which is the same for all predictors, and M else.
    private let queries: Matrix<Float>
    /// ln a, `[L, N]` or `[B, L, N]`.
    private let scores: Matrix<Float>
    private let attention: Matrix<Float>
    /// `[B, L · D]`.
    private let aggregates: Matrix<Float>
    /// L.
    private var lanes: Int { queries.rows }

    /// - Parameters:
    ///   - width: D.
    ///   - tokens: N of the longest sample.
    ///   - capacity: B.
    init(
        _ kind: AttentionAblation.Replacement, _ demand: AttentionRequest, width: Int, tokens: Int, capacity: Int
    ) {
        self.kind = kind
        self.demand = demand
        self.tokens = tokens
        let lanes = kind == .uniform ? 1 : demand.queries
        queries = Matrix(rows: lanes, columns: width)
        let sets =
            switch kind {
            case .uniform: 0
            case .meanMap: 1
            case .otherSample: capacity
            }
        scores = Matrix(rows: sets * lanes, columns: tokens)
        attention = Matrix(rows: capacity * tokens, columns: lanes)
        aggregates = Matrix(rows: capacity, columns: lanes * width)
    }

    /// What the core is asked for.
    ///
    /// - Parameters:
    ///   - own: The head's own segment, evaluated.
    ///   - counts: N of each row.
    ///   - meanMap: `[N, M]`.
    func segment(
        like own: AttentionSegment<Float>, tokens counts: [Int], meanMap: [Float]?
    ) -> AttentionSegment<Float> {
        var segment = AttentionSegment(
            queries: queries.view, queryCount: lanes, rows: own.rows, attention: attention.elements,
            maximumTokens: tokens, pooled: aggregates.view.rows(0..<counts.count))
        segment.queriesPerRow = false
        segment.normalisation = own.normalisation
        segment.extraTokens = own.extraTokens
        switch kind {
        case .uniform: break
        case .meanMap:
            takeScores(of: meanMap ?? [], row: 0)
            segment.additiveScores = AdditiveScores(scores: scores.elements)
        case .otherSample:
            for row in counts.indices {
                let other = (row + 1) % counts.count
                takeScores(of: own.maps(ofRow: other, tokens: counts[other]), row: row)
            }
            segment.additiveScores = AdditiveScores(scores: scores.elements, perRow: true)
        }
        return segment
    }

    /// ln a of a map `[N, M]`; a weight that single precision cannot tell from zero keeps the least one.
    private func takeScores(of map: [Float], row: Int) {
        precondition(map.count <= tokens * lanes, "a map of \(map.count / lanes) tokens for at most \(tokens)")
        for (index, weight) in map.enumerated() {
            let (token, predictor) = index.quotientAndRemainder(dividingBy: lanes)
            scores.elements[(row * lanes + predictor) * tokens + token] = log(max(weight, .leastNormalMagnitude))
        }
    }

    /// The aggregates, `[n, L · D]`.
    func aggregates(rows: Int) -> MatrixView<Float> { aggregates.view.rows(0..<rows) }
}
