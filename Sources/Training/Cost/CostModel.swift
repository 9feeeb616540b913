/// Seconds that units take in a pass: counts of what training does, each kind at the pace that was measured for it on
/// one thread. Threads share all of it. Tokens are read once an epoch by all units together.
package struct CostModel: Codable, Hashable, Sendable {
    /// Seconds for one of each kind; kinds that are missing cost nothing.
    package var paces: [WorkKind: Double]
    /// Bytes a second of reading tokens.
    package var reading: Double
    package var threads: Int

    package init(paces: [WorkKind: Double], reading: Double, threads: Int) {
        self.paces = paces
        self.reading = reading
        self.threads = threads
    }

    /// One thread of a core with AVX-512 and BF16 products (AMD Zen 5), features in the page cache: the coordinator's
    /// unit of cost, since it cannot know its workers. A worker's speed is relative to this.
    package static let reference = CostModel(
        paces: [
            .coreTokens: 42e-12, .coreVisits: 200e-12, .pairedTokens: 21e-12, .pairedVisits: 110e-12,
            .products: 4.6e-12, .packing: 45e-12, .readings: 0.2e-9, .fullProducts: 9.3e-12, .fullPacking: 5e-12,
            .doubleProducts: 20e-12, .keys: 11.5e-9, .exponentials: 0.33e-9, .softmaxRows: 27e-9, .normed: 0.25e-9,
            .moves: 0.4e-9, .draws: 2e-9, .normalDraws: 21e-9, .touchedBytes: 0.4e-9, .scores: 1.9e-9, .steps: 2e-6,
            .epochs: 12e-6, .units: 0.3e-3,
        ], reading: 15e9, threads: 1)

    /// Seconds of one unit without the reading of tokens, which it shares with its pass.
    package func seconds(_ work: UnitWork) -> Double {
        let alone = WorkKind.allCases.reduce(0) { $0 + work[$1] * (paces[$1] ?? 0) }
        return alone / Double(max(1, threads))
    }

    /// This machine's speed relative to another, for a mixture of attentive and linear probes.
    package func speed(relativeTo other: CostModel) -> Double {
        var mixture = UnitWork()
        (mixture[.coreTokens], mixture[.pairedTokens], mixture[.coreVisits]) = (20e9, 20e9, 1e9)
        (mixture[.products], mixture[.packing], mixture[.moves]) = (40e9, 1e9, 0.1e9)
        (mixture[.exponentials], mixture[.normed]) = (0.2e9, 0.2e9)
        return other.seconds(mixture) / seconds(mixture)
    }
}

/// The operations of training, by what limits them.
package enum WorkKind: String, CaseIterable, Codable, CodingKeyRepresentable, Sendable {
    /// M·D·T of a sample that passes the attention core forward and backward (forward alone counts half), its tokens in
    /// F32 or F16; and M·D, for what does not depend on T.
    case coreTokens, coreVisits
    /// The same for tokens in bfloat16.
    case pairedTokens, pairedVisits
    /// Multiply–accumulates of training's products, which may round their inputs, columns padded to whole vectors; and
    /// elements of the three matrices, which are packed or written.
    case products, packing
    /// Elements that products read and write for every sample before a head: more of them than caches hold.
    case readings
    /// The same for F32 products without rounding: fits and similarities.
    case fullProducts, fullPacking
    /// Multiply–accumulates in double precision.
    case doubleProducts
    /// Keys inserted into lists of neighbours.
    case keys
    /// Elements of softmax losses, and rows of them.
    case exponentials, softmaxRows
    /// Elements that go through batch norm forward and backward.
    case normed
    /// Parameters that an optimiser updates in a step.
    case moves
    /// Initial weights: uniform and normal random numbers.
    case draws, normalDraws
    /// Bytes of memory that are touched for the first time.
    case touchedBytes
    /// Elements that a metric reads.
    case scores
    /// Steps of single heads: the fixed cost of a step, however small the head.
    case steps
    /// Epochs of single heads: the fixed cost of ordering the samples and of judging the head, however small both are.
    case epochs
    /// Units: the fixed cost of splitting rows, of fitting the probe, and of the result's way to the ledger.
    case units
}
