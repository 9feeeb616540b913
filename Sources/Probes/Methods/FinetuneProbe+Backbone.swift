/// What a file of a backbone's weights says of its blocks: by its tensors, and by the strings in its metadata.
package struct BackboneWeights: Hashable, Sendable {
    /// Shape of every tensor, by name.
    let shapes: [String: [Int]]
    /// The metadata under `keys`.
    let metadata: [String: String]

    /// The metadata that tells how blocks compute what tensors alone do not say; each is an option of the probe too.
    package static let keys = ["block-type", "heads", "epsilon"]

    package init(shapes: [String: [Int]], metadata: [String: String]) {
        self.shapes = shapes
        self.metadata = metadata.filter { Self.keys.contains($0.key) }
    }

    /// L, the blocks of the backbone.
    package var depth: Int { 1 + (shapes.keys.compactMap(Self.block).max() ?? -1) }

    /// i of `blocks.i.…`.
    static func block(_ name: String) -> Int? {
        let parts = name.split(separator: ".", maxSplits: 2)
        return parts.count == 3 && parts[0] == "blocks" ? Int(parts[1]).flatMap { $0 < 1 << 20 ? $0 : nil } : nil
    }

    /// The type of the blocks; where the metadata does not say, layer scales among the tensors do.
    var blockType: String {
        let hasScales = shapes.keys.contains { Self.block($0) != nil && $0.hasSuffix(".ls1.gamma") }
        return metadata["block-type"] ?? (hasScales ? BlockType.layerScale : .preNorm).rawValue
    }

    /// ε as the probe's option writes it; text that is no number as it is.
    var epsilon: String {
        guard let text = metadata["epsilon"] else { return FinetuneProbe.epsilons[0] }
        return FinetuneProbe.epsilons.first { Double($0) == Double(text) } ?? text
    }

    var heads: OptionValue {
        guard let text = metadata["heads"] else { return .integer(FinetuneProbe.standardHeads) }
        return Int(text).map(OptionValue.integer) ?? .text(text)
    }
}

/// The blocks of a backbone that follow a layer, by which the options of a fine-tuned probe that ask for the backbone's
/// own are answered.
package struct FollowingBlocks: Hashable, Sendable {
    let weights: BackboneWeights
    let layer: Int

    /// - Parameter layer: Index of the layer that the first of them reads.
    package init(_ weights: BackboneWeights, layer: Int) {
        self.weights = weights
        self.layer = layer
    }

    /// The configuration with values in place of `rest` and `backbone`; unchanged if no block follows, for the probe to
    /// refuse.
    ///
    /// The type and the ε of plain vision transformers are left out, as they were before there were others.
    package func resolve(_ configuration: ProbeConfiguration) -> ProbeConfiguration {
        let count = weights.depth - layer
        guard count > 0 else { return configuration }
        var options = configuration.options
        if options["blocks"] == .text("rest") { options["blocks"] = .integer(count) }
        let backbone = OptionValue.text(FinetuneProbe.backbone)
        if options["heads"] == backbone { options["heads"] = weights.heads }
        for (name, own, standard) in [
            ("block-type", weights.blockType, BlockType.preNorm.rawValue),
            ("epsilon", weights.epsilon, FinetuneProbe.epsilons[0]),
        ] {
            let value = options[name] ?? backbone
            let resolved = value == backbone ? .text(own) : value
            options[name] = resolved == .text(standard) ? nil : resolved
        }
        return ProbeConfiguration(type: configuration.type, options: options)
    }
}

extension FinetuneProbe {
    /// Rejects a layer that is not the k-th before the last, and weights that are not those of such a backbone.
    func check(_ surroundings: ProbeSurroundings) throws(ProbeError) {
        guard let shapes = surroundings.weights else { return }
        let weights = BackboneWeights(shapes: shapes, metadata: surroundings.weightsMetadata)
        guard surroundings.layer + blocks == weights.depth else {
            throw ProbeError(
                probe: Self.name, option: "blocks",
                problem: "\(blocks) blocks do not reach the end of the backbone: "
                    + "\(max(0, weights.depth - surroundings.layer)) of its \(weights.depth) follow layer "
                    + "\(surroundings.layer)",
                remedy: "give as many blocks as follow the layer, or rest, at a layer before the last")
        }
        try check(weights.metadata)
        if surroundings.hasFinalNorm && hasFinalNorm {
            throw ProbeError(
                probe: Self.name, problem: "the final norm was applied to the tokens of this layer",
                remedy: "extract the block's output without the final norm; blocks that end with a norm of their own "
                    + "are block-type: post-norm")
        }
        try check(tensorsOf: shapes)
    }

    /// Rejects options that contradict what the file says of the backbone.
    private func check(_ metadata: [String: String]) throws(ProbeError) {
        let written = Self.epsilons.first { Double($0) == epsilon } ?? "\(epsilon)"
        for (name, own) in [("block-type", blockType.rawValue), ("heads", "\(heads)"), ("epsilon", written)] {
            guard let stated = metadata[name], stated != own, name != "epsilon" || Double(stated) != epsilon else {
                continue
            }
            throw ProbeError(
                probe: Self.name, option: name, problem: "it is \(own), and the file of weights says \(stated)",
                remedy: "leave it out, or give \(stated)")
        }
    }

    private func check(tensorsOf weights: [String: [Int]]) throws(ProbeError) {
        for tensor in tensors where weights[tensor.name] != tensor.shape {
            throw ProbeError(
                probe: Self.name, option: "weights",
                problem: "\(tensor.name) is \(weights[tensor.name].map { "\($0)" } ?? "missing"), and "
                    + "\(tensor.shape) is needed",
                remedy: "give the weights of a backbone of \(blockType.rawValue) blocks with these names; "
                    + "docs/formats.md lists them")
        }
        let known = Set(tensors.map(\.name))
        let stray = weights.keys.filter { (BackboneWeights.block($0) ?? -1) >= firstBlock && !known.contains($0) }.min()
        if let stray {
            throw ProbeError(
                probe: Self.name, option: "weights",
                problem: "the block has the tensor \(stray), which blocks of type \(blockType.rawValue) lack",
                remedy: "give the block-type that the backbone has; docs/formats.md lists what can be fine-tuned")
        }
    }
}
