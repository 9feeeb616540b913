/// What a probe reads of a sample's tokens.
public enum ProbeReading: Hashable, Sendable {
    /// A vector that is computed once and for all: the head side gets it as a row.
    case pooled(PooledInput)
    /// The attention core's output: the head side gets Z, `[M · D]` a row.
    case attention(AttentionDemand)
}

/// A vector that summarises a sample without anything trained.
public enum PooledInput: String, Hashable, Sendable, CaseIterable {
    /// x_cls, D wide.
    case classToken = "class"
    /// (1/T) Σ_t x_t over patch tokens, D wide; zero where a sample has none.
    case mean
    /// The class token followed by the mean, 2 · D wide.
    case both = "class+mean"

    public func width(of shape: ProbeShape) -> Int {
        self == .both ? 2 * shape.width : shape.width
    }

    public var needsClassToken: Bool { self != .mean }
}

/// What a probe asks of the attention core.
public struct AttentionDemand: Hashable, Sendable {
    /// M effective queries, shared by all samples of a batch.
    public var queries: Int
    public var tokens: TokenSelection

    public init(queries: Int, tokens: TokenSelection) {
        self.queries = queries
        self.tokens = tokens
    }
}

/// The tokens over which a probe attends.
public enum TokenSelection: String, Hashable, Sendable, CaseIterable {
    case patch
    /// The class token and then the patch tokens: N = T + 1.
    case all

    /// N where a sample has T patch tokens.
    func count(_ tokens: Int) -> Int {
        self == .all ? tokens + 1 : tokens
    }
}
