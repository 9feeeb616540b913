/// Predictors of a head, queries or heads of its attention, whose maps are replaced.
package struct AttentionAblation: Hashable, Sendable {
    /// What stands in their place.
    package enum Replacement: Hashable, Sendable, CaseIterable {
        /// The uniform map over all tokens that the predictor attends to.
        case uniform
        /// The predictor's mean map over the data set.
        case meanMap
        /// The predictor's map of another sample, the same for all predictors.
        case otherSample
    }

    package let replacement: Replacement
    /// By number, from 0.
    package let predictors: [Int]

    package init(_ replacement: Replacement, of predictors: [Int]) {
        self.replacement = replacement
        self.predictors = predictors
    }

    /// The head as it was trained.
    package static let none = AttentionAblation(.uniform, of: [])
}

/// A head whose attention cannot be read.
package struct AttentionUnsupported: Error, Equatable, CustomStringConvertible {
    package let probe: String

    /// The methods whose maps can be read and replaced.
    package static let methods = """
        efficient, mhca, aim, siglip, simpool, esimpool, clip, coca, cae, vjepa, vjepa2, cait, abmilp, and vit-block with \
        tokens: all, whose maps are those of the class token
        """

    package var description: String {
        "the attention of \(probe) probes cannot be read; those that can are \(Self.methods)"
    }
}
