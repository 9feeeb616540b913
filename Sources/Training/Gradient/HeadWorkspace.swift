import Features
import Numerics
import Probes

/// The memory in which one head goes through one batch. Heads take turns in it, chunk after chunk.
struct HeadWorkspace: Sendable {
    let workspace: NetworkWorkspace<Float>
    let gradients: TensorBlock<Float>
    let attention: AttentionSlot?
    /// `[B, contextWidth]`.
    private let contextRows: MatrixView<Float>

    init(_ network: ProbeNetwork, capacity: Int, tokens: TokenExtent, in layout: inout BlockLayout<Float>) {
        workspace = NetworkWorkspace(network, capacity: capacity, in: &layout)
        gradients = TensorBlock(network.parameters, in: &layout, "gradients")
        contextRows = layout.matrix(rows: capacity, columns: network.probe.contextWidth, "summaries")
        if case .attention(let demand) = network.probe.reading {
            attention = AttentionSlot(demand, network, capacity: capacity, tokens: tokens, in: &layout)
        } else {
            attention = nil
        }
    }

    /// Elements of a workspace for this network.
    static func extent(_ network: ProbeNetwork, capacity: Int, tokens: TokenExtent) -> Int {
        BlockLayout.extent { _ = HeadWorkspace(network, capacity: capacity, tokens: tokens, in: &$0) }
    }

    func context(_ count: Int) -> MatrixView<Float> { contextRows.rows(0..<count) }

    /// Elements that the attention core keeps for a head while it is at work.
    static func coreExtent(_ network: ProbeNetwork) -> Int {
        guard case .attention(let demand) = network.probe.reading else { return 0 }
        return AttentionCore<Float>.sharedExtent(
            queries: demand.queries, extraTokens: demand.extraTokens, width: network.probe.shape.width)
    }
}

/// What the attention core reads and writes for one head: G and ∂G `[M, D]` or `[n · M, D]`, extra tokens and their
/// gradient `[E, D]`, A `[n, T + E, M]`, Z and ζ `[n, M · D]`, these in bfloat16 where the head allows it and products
/// would round them anyway.
struct AttentionSlot: Sendable {
    let demand: AttentionRequest
    private let queries: MatrixView<Float>
    private let queryGradient: MatrixView<Float>
    private let extraTokens: MatrixView<Float>
    private let extraGradient: MatrixView<Float>
    /// Z and ζ, each as numbers or in bfloat16, `[B, M · D]`.
    private let reading: Reading
    /// `[B, T + E, M]`.
    nonisolated(unsafe) private let attention: UnsafeMutablePointer<Float>
    private let maximumTokens: Int

    private enum Reading {
        case numbers(pooled: MatrixView<Float>, gradient: MatrixView<Float>)
        case rounded(RoundedReading)
    }

    init(
        _ demand: AttentionRequest, _ network: ProbeNetwork, capacity: Int, tokens: TokenExtent,
        in layout: inout BlockLayout<Float>
    ) {
        let (M, D) = (demand.queries, network.probe.shape.width)
        let (rows, E) = (demand.queryRows(capacity), demand.extraTokens)
        self.demand = demand
        maximumTokens = tokens.maximum(demand.tokens) + E
        queries = layout.matrix(rows: rows, columns: D, "queries")
        queryGradient = layout.matrix(rows: rows, columns: D, "query gradient")
        extraTokens = layout.matrix(rows: E, columns: D, "extra tokens")
        extraGradient = layout.matrix(rows: E, columns: D, "extra tokens' gradient")
        if tokens.roundsReadings && demand.allowsRounding {
            reading = .rounded(
                RoundedReading(
                    pooled: layout.rounded(rows: capacity, columns: M * D, "Z"),
                    gradient: layout.rounded(rows: capacity, columns: M * D, "Z's gradient")))
        } else {
            reading = .numbers(
                pooled: layout.matrix(rows: capacity, columns: M * D, "Z"),
                gradient: layout.matrix(rows: capacity, columns: M * D, "Z's gradient"))
        }
        attention = layout.take(capacity * M * maximumTokens, "attention")
    }

    /// What the head side gets of n samples.
    func inputs(_ count: Int, context: MatrixView<Float>) -> ProbeInputs<Float> {
        ProbeInputs(reading: pooled(count), rounded: rounded(count), context: context)
    }

    /// Z, without columns where it is rounded.
    private func pooled(_ count: Int) -> MatrixView<Float> {
        switch reading {
        case .numbers(let pooled, _): pooled.rows(0..<count)
        case .rounded: MatrixView(pointer: queries.pointer, rows: count, columns: 0)
        }
    }

    /// ζ, if it is not rounded.
    func readingGradient(_ count: Int) -> MatrixView<Float>? {
        guard case .numbers(_, let gradient) = reading else { return nil }
        return gradient.rows(0..<count)
    }

    private func rounded(_ count: Int) -> RoundedReading? {
        guard case .rounded(let reading) = reading else { return nil }
        return RoundedReading(pooled: reading.pooled.rows(0..<count), gradient: reading.gradient.rows(0..<count))
    }

    func queries(_ count: Int) -> AttentionQueries<Float> {
        AttentionQueries(
            queries: queries.rows(0..<demand.queryRows(count)), extraTokens: extraTokens, count: demand.queries)
    }

    /// After the core's backward.
    func gradient(_ count: Int) -> AttentionQueries<Float> {
        AttentionQueries(
            queries: queryGradient.rows(0..<demand.queryRows(count)), extraTokens: extraGradient,
            count: demand.queries)
    }

    func segment(_ rows: BatchRows, _ tokens: BatchTokens) -> AttentionSegment<Float> {
        var segment = AttentionSegment(
            queries: queries(rows.count).queries, queryCount: demand.queries, rows: UnsafePointer(rows.table),
            attention: attention, maximumTokens: maximumTokens, pooled: pooled(rows.count),
            pooledGradient: readingGradient(rows.count), queryGradient: gradient(rows.count).queries)
        segment.rounded = rounded(rows.count)
        segment.queriesPerRow = demand.queriesPerSample
        segment.normalisation = tokens.normalisation(demand)
        if demand.extraTokens > 0 {
            segment.extraTokens = TrainableTokens(tokens: extraTokens, gradient: extraGradient)
        }
        return segment
    }
}

/// What a layer's tokens say about the size of a slot.
struct TokenExtent: Hashable, Sendable {
    /// The most tokens that any sample has.
    let patch: Int
    let all: Int
    /// Whether the core can round what it gives and gets, on the pass's kernel path.
    let roundsReadings: Bool

    init(patch: Int, all: Int, roundsReadings: Bool) {
        self.patch = patch
        self.all = all
        self.roundsReadings = roundsReadings
    }

    init(_ context: PassContext) {
        let layer = context.layer
        patch = layer.maximumTokens
        all = layer.maximumTokens + layer.prefix
        roundsReadings =
            !context.keepsReadings && context.path.roundsReadings(of: layer.type, width: layer.width)
    }

    func maximum(_ selection: TokenSelection) -> Int {
        selection == .all ? all : patch
    }
}
