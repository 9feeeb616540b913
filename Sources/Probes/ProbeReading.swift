/// The input of a probe's head side.
package enum ProbeReading: Hashable, Sendable {
    /// A vector that is computed once: the head side gets it as a row.
    case pooled(PooledInput)
    /// The attention core's output: the head side gets Z, `[M · D]` a row.
    case attention(AttentionRequest)
    /// The tokens themselves, for poolings that are not linear in them: the head side gets each sample's view.
    case tokens(TokenSelection)

    /// The tokens that are read one by one; nil for pooled vectors.
    package var tokens: TokenSelection? {
        switch self {
        case .pooled: nil
        case .attention(let demand): demand.tokens
        case .tokens(let tokens): tokens
        }
    }
}

/// A vector that summarises a sample without trained parameters.
package struct PooledInput: Hashable, Sendable {
    /// How many layers' class tokens it holds: of this layer and of those before it, the earliest first.
    package let classTokens: Int
    /// What of this layer's patch tokens comes last; nil for nothing.
    package let patch: PatchSummary?
    /// What is done to the vector before it is read; nil for nothing.
    package let preparation: Preparation?

    package init(classTokens: Int, patch: PatchSummary?, preparation: Preparation? = nil) {
        self.classTokens = classTokens
        self.patch = patch
        self.preparation = preparation
    }

    /// x_cls, D wide.
    package static let classToken = PooledInput(classTokens: 1, patch: nil)
    /// The mean of the patch tokens, D wide.
    package static let mean = PooledInput(classTokens: 0, patch: .mean)
    /// The class token followed by the mean, 2 · D wide.
    package static let both = PooledInput(classTokens: 1, patch: .mean)

    /// W, elements of the vector that is read at a token width of D.
    package func width(of tokenWidth: Int) -> Int {
        let width = gatheredWidth(of: tokenWidth)
        return preparation?.width(of: width) ?? width
    }

    /// Elements of the vector before it is prepared.
    package func gatheredWidth(of tokenWidth: Int) -> Int { (classTokens + (patch == nil ? 0 : 1)) * tokenWidth }

    /// The same before it is prepared.
    package var gathered: PooledInput { PooledInput(classTokens: classTokens, patch: patch) }

    package var needsClassToken: Bool { classTokens > 0 }
    /// Layers that are read besides the unit's own.
    package var earlierLayers: Int { max(0, classTokens - 1) }

    /// Multiply–accumulates of the preparation of one vector, where no head has learned to do without it.
    package func preparationCost(width tokenWidth: Int) -> MultiplyAccumulates {
        let width = gatheredWidth(of: tokenWidth)
        return MultiplyAccumulates(forward: preparation?.operations(width: width) ?? 0, backward: 0)
    }
}

/// One vector, D wide, of a sample's patch tokens x_0 … x_{T−1}; zero where there are none.
package enum PatchSummary: Hashable, Sendable {
    /// (1/T) Σ_t x_t.
    case mean
    /// x_{T−1}.
    case last
    /// x_0.
    case first
    /// max_t x_t of each channel.
    case maximum
    /// x_K, K from 0.
    case position(Int)

    private static let positionPrefix = "position "

    /// As specifications call it; nil for a text that names none.
    package init?(_ text: String) {
        switch text {
        case "mean": self = .mean
        case "last": self = .last
        case "first": self = .first
        case "max": self = .maximum
        default:
            guard let place = Int(endOf: text, after: Self.positionPrefix), 0..<ProbeOption.counts.upperBound ~= place
            else { return nil }
            self = .position(place)
        }
    }
}

/// A probe's requirements for the attention core.
package struct AttentionRequest: Hashable, Sendable {
    /// M effective queries.
    package var queries: Int
    package var tokens: TokenSelection
    /// Whether every sample has M queries of its own, instead of all samples of a batch sharing them.
    package var queriesPerSample: Bool
    /// ε of a layer norm of the tokens that the core folds into scores and weights: it then attends over
    /// x̂_t = (x_t − μ_t)/√(v_t + ε) instead of x_t.
    package var normEpsilon: Double?
    /// E, trainable tokens that all samples share, which follow each sample's own ones and are not normalised.
    package var extraTokens: Int
    /// Whether Z is used only in products that may round it, so that the core may round it.
    package var allowsRounding: Bool

    package init(
        queries: Int, tokens: TokenSelection, queriesPerSample: Bool = false, normEpsilon: Double? = nil,
        extraTokens: Int = 0, allowsRounding: Bool = false
    ) {
        self.queries = queries
        self.tokens = tokens
        self.queriesPerSample = queriesPerSample
        self.normEpsilon = normEpsilon
        self.extraTokens = extraTokens
        self.allowsRounding = allowsRounding
    }

    /// Rows of G for n samples.
    package func queryRows(_ samples: Int) -> Int {
        queriesPerSample ? samples * queries : queries
    }
}

/// The tokens over which a probe attends.
package enum TokenSelection: String, Hashable, Sendable, CaseIterable {
    case patch
    /// The class token and then the patch tokens: N = T + 1.
    case all

    /// N where a sample has T patch tokens.
    func count(_ tokens: Int) -> Int {
        self == .all ? tokens + 1 : tokens
    }
}

extension TokenSelection {
    /// The option by which specs choose the tokens.
    static let option = ProbeOption(
        name: "tokens", kind: .choice(allCases.map(\.rawValue)), defaultValue: .text(patch.rawValue),
        summary: "attend over patch tokens, or over all, the class token first")

    /// The same for types that originally read patch tokens only: at its default it is omitted from configurations, so
    /// that units keep their keys.
    static let laterOption = ProbeOption(
        name: option.name, kind: option.kind, defaultValue: option.defaultValue, summary: option.summary,
        isLeftOutAtDefault: true)

    /// The selection that the options chose.
    init(_ options: ProbeOptions) {
        self = TokenSelection(rawValue: options.choice("tokens")) ?? .patch
    }
}
