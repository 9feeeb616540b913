import Features
import Numerics
import Probes

/// How far tokens lie from their samples' means, over the rows that a head trains on:
///
/// σ² = Σ_b Σ_t ‖x_bt − x̄_b‖² / (D Σ_b N_b), x̄_b being the mean of sample b's N_b tokens.
///
/// A mean that all tokens of a sample share cancels in the softmax, and so does not count. At most 1,024 rows, evenly
/// spaced among those of the head, are read.
struct TokenDeviations {
    private struct Key: Hashable {
        let rows: ObjectIdentifier
        let tokens: TokenSelection
        let isScaled: Bool
    }

    private static let mostRows = 1024
    private var known: [Key: Double?] = [:]

    /// σ; nil where tokens do not differ within samples, or there are none.
    ///
    /// - Parameters:
    ///   - samples: The layer's sample of each row of the task.
    ///   - rows: Of the task. Must outlive this value.
    ///   - scale: What each channel is multiplied by before the head reads it, fitted on these rows; nil for 1.
    mutating func value(
        of tokens: TokenSelection, in layer: LayerTokens, _ samples: [Int], rows: RowSet,
        scaledBy scale: [Float]? = nil,
        on threads: ThreadPool
    ) -> Double? {
        let key = Key(rows: ObjectIdentifier(rows), tokens: tokens, isScaled: scale != nil)
        if let value = known[key] { return value }
        let count = min(rows.count, Self.mostRows)
        let value = Self.deviation(
            of: tokens, in: layer, (0..<count).map { samples[rows.members[$0 * rows.count / count]] },
            scaledBy: scale, on: threads)
        known[key] = .some(value)
        return value
    }

    private static func deviation(
        of tokens: TokenSelection, in layer: LayerTokens, _ samples: [Int], scaledBy scale: [Float]?,
        on threads: ThreadPool
    ) -> Double? {
        let sums = SlotArray<(squares: Double, tokens: Int)>(count: samples.count)
        threads.forEach(samples.count) { place in
            let view = FrozenTokens.view(layer, samples[place], tokens)
            sums[place] = (squaredDistances(view, scaledBy: scale), view.tokens)
        }
        // In the samples' order, whatever thread summed each of them.
        var (squares, count) = (0.0, 0)
        for place in samples.indices {
            guard let sum = sums[place] else { continue }
            squares += sum.squares
            count += sum.tokens
        }
        let deviation = (squares / Double(max(1, count * layer.width))).squareRoot()
        return deviation > 0 && deviation.isFinite ? deviation : nil
    }

    /// Σ_t ‖x_t − x̄‖² of one sample.
    private static func squaredDistances(_ view: TokenView, scaledBy scale: [Float]?) -> Double {
        let summary = TokenSummary.moments(.patch)
        let rows = Matrix<Float>(rows: view.tokens, columns: view.width)
        let moments = Matrix<Float>(rows: 1, columns: summary.columns(width: view.width))
        unpack(view, into: rows.view)
        summary.write(rows.view, into: moments.elements)
        return withExtendedLifetime(rows) {
            (0..<view.width).reduce(0) { sum, channel in
                let factor = scale.map { Double($0[channel]) } ?? 1
                return sum + factor * factor * Double(moments.elements[view.width + channel])
            }
        }
    }
}
