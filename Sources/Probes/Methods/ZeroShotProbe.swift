/// Zero-shot classification: cosine similarity to given class embeddings. Nothing is trained and nothing is chosen.
///
/// logit_c = 100 · (x · e_c)/(‖x‖ ‖e_c‖), x the class token or the mean of the patch tokens, e_c the embedding of class
/// c in the same space; 100 is CLIP's temperature at the end of its training, and changes no ranking.
///
/// Parameters: 0. MACs per sample: D·C, forward only.
///
/// Source: Radford et al., "Learning transferable visual models from natural language supervision" (ICML 2021).
package struct ZeroShotProbe: Probe {
    package static let name = "zeroshot"
    package static let summary = "cosine similarity to given class embeddings; nothing is trained"
    package static let options = [
        PooledInput.option,
        ProbeOption(
            name: "weights", kind: .name, defaultValue: .text("classes"),
            summary: "weights/NAME.safetensors beside the features, with the tensor class_embeddings"),
    ]

    /// The tensor that the weights must hold, `[C, W]`.
    package static let embeddings = "class_embeddings"
    /// The factor of a cosine in a logit.
    package static let logitScale = 100.0

    package let shape: ProbeShape
    package let reading: ProbeReading
    package let outputWidth: Int

    package init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError) {
        let input = PooledInput(options)
        try Self.check(.pooled(input), fits: shape)
        self.shape = shape
        reading = .pooled(input)
        outputWidth = input.width(of: shape.width)
        guard let weights = shape.surroundings?.weights else { return }
        guard weights[Self.embeddings] == [shape.classes, outputWidth] else {
            throw ProbeError(
                probe: Self.name, option: "weights",
                problem: "\(Self.embeddings) is \(weights[Self.embeddings].map { "\($0)" } ?? "missing"), and "
                    + "\([shape.classes, outputWidth]) is needed",
                remedy: "give an embedding of every class in the space of this layer's vectors")
        }
    }

    package var cost: ProbeCost {
        let comparison = MultiplyAccumulates(forward: outputWidth * shape.classes, backward: 0)
        return ProbeCost(parameters: 0, reference: comparison, executed: comparison)
    }
}
