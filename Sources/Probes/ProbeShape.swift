/// The shape that a probe must fit: tokens and classes.
package struct ProbeShape: Hashable, Sendable {
    /// D.
    package var width: Int
    /// T: patch tokens of the shortest and of the longest sample, the class token not among them.
    package var tokens: ClosedRange<Int>
    /// The mean of T over samples, to the nearest token, at which costs are computed; nil for the longest.
    package var meanTokens: Int?
    /// C.
    package var classes: Int
    package var hasClassToken: Bool
    /// Samples that k-NN compares with. No other probe's cost depends on it.
    package var trainingSamples: Int
    /// The context of the tokens; nil if only costs are needed.
    package var surroundings: ProbeSurroundings?

    package init(width: Int, tokens: ClosedRange<Int>, classes: Int, hasClassToken: Bool, trainingSamples: Int = 0) {
        self.width = width
        self.tokens = tokens
        self.classes = classes
        self.hasClassToken = hasClassToken
        self.trainingSamples = trainingSamples
    }

    /// The shape where all samples have T patch tokens.
    package init(width: Int, tokens: Int, classes: Int, hasClassToken: Bool, trainingSamples: Int = 0) {
        self.init(
            width: width, tokens: tokens...tokens, classes: classes, hasClassToken: hasClassToken,
            trainingSamples: trainingSamples)
    }
}

/// The context of a layer, for probes that read more than its tokens.
package struct ProbeSurroundings: Hashable, Sendable {
    /// The layer's index.
    package var layer: Int
    /// Number of layers before it in its feature set.
    package var earlierLayers: Int
    /// Whether the backbone's final norm was applied to the tokens.
    package var hasFinalNorm: Bool
    /// Register tokens after the class token.
    package var registers: Int
    /// Names and shapes of the tensors that the probe's option names; nil for a probe without such an option.
    package var weights: [String: [Int]]?
    /// The strings in their file's metadata.
    package var weightsMetadata: [String: String] = [:]

    package init(layer: Int, earlierLayers: Int, hasFinalNorm: Bool, registers: Int, weights: [String: [Int]]?) {
        self.layer = layer
        self.earlierLayers = earlierLayers
        self.hasFinalNorm = hasFinalNorm
        self.registers = registers
        self.weights = weights
    }
}

extension ProbeShape {
    /// T of which costs are computed. Samples of unlike length are charged at their mean.
    package var chargedTokens: Int { meanTokens ?? tokens.upperBound }

    /// The most tokens that a sample may have. `all` leaves room for registers.
    func longest(_ selection: TokenSelection) -> Int {
        selection == .all ? tokens.upperBound + 1 + Self.mostRegisters : tokens.upperBound
    }

    private static let mostRegisters = 16
}

extension Probe {
    /// Rejects samples of unequal length.
    static func checkEqualLengths(_ shape: ProbeShape, because reason: String) throws(ProbeError) {
        guard shape.tokens.lowerBound == shape.tokens.upperBound else {
            throw ProbeError(
                probe: name,
                problem: "samples have \(shape.tokens.lowerBound) to \(shape.tokens.upperBound) tokens, but \(reason)",
                remedy: "use a probe that does not need samples of equal length")
        }
    }
}
