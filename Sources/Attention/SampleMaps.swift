/// The attention maps of one sample: with which weight each predictor (a query, or a head) takes each token.
package struct SampleMaps: Hashable, Sendable {
    /// a `[N, M]`, token by token, as the attention core writes it; the weights of a predictor sum to 1.
    package let weights: [Float]
    /// M.
    package let predictors: Int

    /// - Parameter weights: `[N, M]`, N at least 1.
    package init(weights: [Float], predictors: Int) {
        precondition(
            predictors > 0 && !weights.isEmpty && weights.count.isMultiple(of: predictors),
            "\(weights.count) weights of \(predictors) predictors")
        self.weights = weights
        self.predictors = predictors
    }

    /// N, the tokens that the predictors attend to.
    package var tokens: Int { weights.count / predictors }

    /// The weights of one predictor, token by token.
    package func map(of predictor: Int) -> [Double] {
        stride(from: predictor, to: weights.count, by: predictors).map { Double(weights[$0]) }
    }
}
