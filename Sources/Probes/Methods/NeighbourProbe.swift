/// k-NN with weighted vote: nothing is trained.
///
/// sim_i = f·f_i over the training samples, of L2-normalised vectors for cosine similarity;
/// score_c = Σ_{i ∈ top-k, y_i = c} exp(sim_i / temperature). How many neighbours, which temperatures and which
/// similarity are settings of the solver, since all of them come from one pass over similarities.
///
/// Parameters: 0. MACs per sample: training samples · D, forward only.
///
/// Source: Wu et al., "Unsupervised feature learning via non-parametric instance discrimination" (CVPR 2018), as used
/// by Caron et al., "Emerging properties in self-supervised vision transformers" (ICCV 2021).
package struct NeighbourProbe: Probe {
    package static let name = "knn"
    package static let summary = "weighted vote of the nearest training samples; nothing is trained"
    package static let options = PooledInput.options

    package let shape: ProbeShape
    package let reading: ProbeReading
    package let outputWidth: Int

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        let input = PooledInput(options)
        try Self.check(.pooled(input), fits: shape)
        self.shape = shape
        reading = .pooled(input)
        outputWidth = input.width(of: shape.width)
    }

    package var cost: ProbeCost {
        let comparison = MultiplyAccumulates(forward: shape.trainingSamples * outputWidth, backward: 0)
        var reference = comparison
        if case .pooled(let input) = reading { reference = reference + input.preparationCost(width: shape.width) }
        return ProbeCost(parameters: 0, reference: reference, executed: comparison)
    }
}
