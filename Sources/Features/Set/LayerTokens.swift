package import Numerics

/// One layer of a feature set, memory-mapped: pages are read when touched and evicted when memory is short, so that
/// layers may be larger than memory.
///
/// Views point into the mapping and stay valid only as long as this object lives. Keep it in a property or wrap the use
/// of its views in `withExtendedLifetime`: a local variable may be released after its last mention.
package final class LayerTokens: Sendable {
    /// n.
    package let samples: Int
    /// D.
    package let width: Int
    /// T: patch tokens of every sample, or of the longest.
    package let maximumTokens: Int
    package let hasClassToken: Bool
    /// Element type of every token.
    package let type: TokenType
    /// Stored tokens before the first patch token: class token and registers.
    package let prefix: Int
    /// Register tokens behind the class token.
    package var registers: Int { prefix - (hasClassToken ? 1 : 0) }
    /// Whether the backbone's final norm was applied.
    package var hasFinalNorm: Bool { entry.finalNorm }
    let entry: FeatureSetManifest.Layer
    let shards: [LayerShard]
    /// Tokens that lie in memory and not in shards; nil for a layer as it is stored.
    private let computed: ComputedTokens?

    init(_ set: FeatureSet, _ entry: FeatureSetManifest.Layer) throws(FeatureError) {
        var shards: [LayerShard] = []
        var first = 0
        for shard in entry.shards {
            shards.append(
                try LayerShard.open(
                    "\(set.folder)/\(shard.file)", shard, of: entry, prefix: set.manifest.layout.prefix,
                    firstSample: first))
            first += shard.samples
        }
        self.entry = entry
        self.shards = shards
        self.samples = set.manifest.samples
        self.width = entry.width
        self.maximumTokens = entry.tokens
        self.hasClassToken = set.manifest.layout.classToken
        self.prefix = set.manifest.layout.prefix
        self.type = shards[0].type
        computed = nil
    }

    /// A layer whose tokens were computed of another's, token by token.
    ///
    /// - Parameters:
    ///   - tokens: Every stored token of every sample, in the order of `layer`: `[Σ N, D]`.
    ///   - layer: With as many tokens of each sample.
    package init(_ tokens: Matrix<Float>, computedOf layer: LayerTokens) {
        let computed = ComputedTokens(tokens, layer)
        precondition(tokens.rows == computed.starts[layer.samples], "\(tokens.rows) tokens")
        self.computed = computed
        entry = layer.entry
        shards = []
        samples = layer.samples
        width = tokens.columns
        maximumTokens = layer.maximumTokens
        hasClassToken = layer.hasClassToken
        prefix = layer.prefix
        type = .float32
    }

    /// Whether no file has its tokens.
    var isComputed: Bool { computed != nil }

    /// The patch tokens of a sample: all stored tokens but class token and registers.
    package func patchTokens(_ sample: Int) -> TokenView {
        view(sample) { (first, count) in (first + prefix, count - prefix) }
    }

    /// The class token of a sample as a view of one token, nil if the layer has none.
    package func classToken(_ sample: Int) -> TokenView? {
        hasClassToken ? view(sample) { (first, _) in (first, 1) } : nil
    }

    /// Every stored token of a sample: class token, registers, patch tokens.
    package func allTokens(_ sample: Int) -> TokenView {
        view(sample) { (first, count) in (first, count) }
    }

    private func view(_ sample: Int, _ choose: (_ first: Int, _ count: Int) -> (Int, Int)) -> TokenView {
        precondition(sample >= 0 && sample < samples, "Sample \(sample) is not in 0 ..< \(samples).")
        if let computed {
            let (first, count) = choose(computed.starts[sample], computed.starts[sample + 1] - computed.starts[sample])
            return computed.tokens(first, count)
        }
        let shard = shards[shardIndex(of: sample)]
        let rows = shard.rows(ofSample: sample - shard.firstSample)
        let (first, count) = choose(rows.lowerBound, rows.count)
        return TokenView(base: shard.tokens + first * shard.bytesPerToken, tokens: count, width: width, type: type)
    }

    /// The last shard that begins at or before the sample.
    func shardIndex(of sample: Int) -> Int {
        var low = 0
        var high = shards.count
        while high - low > 1 {
            let middle = (low + high) / 2
            if shards[middle].firstSample <= sample { low = middle } else { high = middle }
        }
        return low
    }
}

/// Tokens in memory, and where each sample's begin.
private final class ComputedTokens: @unchecked Sendable {
    // Sendable because nobody writes while others read: whoever fills the matrix does so before tokens are read.
    private let matrix: Matrix<Float>
    /// The first token of each sample, and behind the last one's.
    let starts: [Int]

    init(_ matrix: Matrix<Float>, _ layer: LayerTokens) {
        self.matrix = matrix
        starts = (0..<layer.samples).reduce(into: [0]) { starts, sample in
            starts.append(starts[starts.count - 1] + layer.allTokens(sample).tokens)
        }
    }

    func tokens(_ first: Int, _ count: Int) -> TokenView {
        TokenView(
            base: UnsafeRawPointer(matrix.elements + first * matrix.columns), tokens: count, width: matrix.columns,
            type: .float32)
    }
}
