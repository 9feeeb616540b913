import Numerics

/// How many tokens a layer's samples have, and how much memory all of them take.
package struct LayerExtent: Sendable {
    /// Patch tokens of the shortest and of the longest sample.
    package let tokens: ClosedRange<Int>
    /// The mean over samples.
    package let mean: Double
    /// Of all samples.
    package let bytes: Int

    package init(tokens: ClosedRange<Int>, mean: Double, bytes: Int) {
        (self.tokens, self.mean, self.bytes) = (tokens, mean, bytes)
    }
}

extension LayerTokens {
    /// Counts the tokens of every sample.
    package var extent: LayerExtent {
        var (shortest, longest, patches) = (Int.max, 0, 0)
        for sample in 0..<samples {
            let tokens = patchTokens(sample).tokens
            (shortest, longest) = (min(shortest, tokens), max(longest, tokens))
            patches += tokens
        }
        return LayerExtent(
            tokens: min(shortest, longest)...longest, mean: Double(patches) / Double(max(1, samples)),
            bytes: (patches + samples * prefix) * width * type.size)
    }
}
