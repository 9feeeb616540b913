/// What is done to every token before a probe reads it.
package enum TokenPreparation: String, Hashable, Sendable, CaseIterable {
    /// Each channel less its mean, in units of its standard deviation, over the tokens of the rows that train.
    case standardise
    /// x/‖x‖; zero stays zero.
    case unitLength = "l2"
    /// (x − μ)/√(v + 10⁻⁶), μ and v the token's own mean and variance over its channels.
    case layerNorm = "layer-norm"

    private static let none = "none"

    /// The option by which specs choose it, which configurations omit where there is none.
    static let option = ProbeOption(
        name: "prepare", kind: .choice([none] + allCases.map(\.rawValue)), defaultValue: .text(none),
        summary: "what is done to every token first: none, standardise (each channel), l2 or layer-norm (each token)",
        isLeftOutAtDefault: true)

    /// The one that the options of a probe of tokens chose; nil for none, and for vectors.
    init?(_ options: ProbeOptions) {
        guard options.values["input"] == nil else { return nil }
        self.init(rawValue: options.text(Self.option.name) ?? Self.none)
    }
}

/// A normalisation of each token by itself, which depends on nothing that is learned or fitted.
package enum TokenScaling: Hashable, Sendable {
    case none, unitLength, layerNorm

    /// ε of the layer norm, which has no affine map.
    package static let epsilon = 1e-6
}

/// What a probe's tokens are made of before training begins, since nothing of it is learned: levels side by side, each
/// token of each level normalised by itself.
package struct TokenSource: Hashable, Sendable {
    /// Indices of the levels whose tokens lie side by side, rising; nil for those of the unit's own layer.
    package let levels: [Int]?
    package let scaling: TokenScaling
}

extension ProbeConfiguration {
    /// Nil for a probe that reads the layer's tokens as they are stored.
    package var tokenSource: TokenSource? {
        if let levels = mixedLevels {
            let isPlain = options[LevelMix.normOption.name] == .text(LevelMix.none)
            return TokenSource(levels: levels, scaling: isPlain ? .none : .layerNorm)
        }
        guard !readsVectors, case .text(let word)? = options[TokenPreparation.option.name] else { return nil }
        switch TokenPreparation(rawValue: word) {
        case .unitLength: return TokenSource(levels: nil, scaling: .unitLength)
        case .layerNorm: return TokenSource(levels: nil, scaling: .layerNorm)
        case .standardise, nil: return nil
        }
    }

    /// Whether its type is one of pooled vectors, whatever options are left out.
    private var readsVectors: Bool {
        (try? ProbeCatalog.options(of: type))?.contains { $0.name == "input" } ?? false
    }

    /// Indices of the levels that the probe mixes, rising; nil for one that mixes none, or names them otherwise.
    package var mixedLevels: [Int]? {
        guard case .list(let levels)? = options[LevelMix.option.name] else { return nil }
        let indices = levels.compactMap(\.integer)
        return indices.count == levels.count ? indices : nil
    }
}
