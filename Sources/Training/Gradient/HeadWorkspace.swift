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

    /// - Parameter memory: At least `extent` elements, aligned to 64 bytes.
    init(_ network: ProbeNetwork, capacity: Int, tokens: TokenExtent, at memory: UnsafeMutablePointer<Float>) {
        var end = memory
        func take(_ count: Int) -> UnsafeMutablePointer<Float> {
            defer { end += Self.padded(count) }
            return end
        }
        workspace = NetworkWorkspace(
            network, capacity: capacity, at: take(NetworkWorkspace<Float>.extent(network, capacity: capacity)))
        gradients = TensorBlock(network.parameters, at: take(network.parameters.extent))
        contextRows = MatrixView(
            pointer: take(capacity * network.probe.contextWidth), rows: capacity, columns: network.probe.contextWidth)
        if case .attention(let demand) = network.probe.reading {
            attention = AttentionSlot(demand, network, capacity: capacity, tokens: tokens, take)
        } else {
            attention = nil
        }
    }

    /// Elements of a slot for this network.
    static func extent(_ network: ProbeNetwork, capacity: Int, tokens: TokenExtent) -> Int {
        var extent = padded(NetworkWorkspace<Float>.extent(network, capacity: capacity))
        extent += padded(network.parameters.extent) + padded(capacity * network.probe.contextWidth)
        if case .attention(let demand) = network.probe.reading {
            let width = network.probe.shape.width
            extent += 2 * padded(demand.queryRows(capacity) * width) + 2 * padded(demand.extraTokens * width)
            extent += 2 * padded(AttentionSlot.readingExtent(demand, width: width, capacity: capacity, tokens: tokens))
            extent += padded(capacity * demand.queries * (tokens.maximum(demand.tokens) + demand.extraTokens))
        }
        return extent
    }

    func context(_ count: Int) -> MatrixView<Float> { contextRows.rows(0..<count) }

    /// Elements that the attention core keeps for a head while it is at work.
    static func coreExtent(_ network: ProbeNetwork) -> Int {
        guard case .attention(let demand) = network.probe.reading else { return 0 }
        return AttentionCore<Float>.sharedExtent(
            queries: demand.queries, extraTokens: demand.extraTokens, width: network.probe.shape.width)
    }

    /// Up to the next cache line.
    private static func padded(_ count: Int) -> Int {
        (count + 15) / 16 * 16
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
    private let rounds: Bool
    private let readingWidth: Int
    nonisolated(unsafe) private let pooled: UnsafeMutablePointer<Float>
    nonisolated(unsafe) private let pooledGradient: UnsafeMutablePointer<Float>
    nonisolated(unsafe) private let attention: UnsafeMutablePointer<Float>
    private let maximumTokens: Int

    init(
        _ demand: AttentionRequest, _ network: ProbeNetwork, capacity: Int, tokens: TokenExtent,
        _ take: (Int) -> UnsafeMutablePointer<Float>
    ) {
        let (M, D) = (demand.queries, network.probe.shape.width)
        let (rows, E) = (demand.queryRows(capacity), demand.extraTokens)
        self.demand = demand
        maximumTokens = tokens.maximum(demand.tokens) + E
        queries = MatrixView(pointer: take(rows * D), rows: rows, columns: D)
        queryGradient = MatrixView(pointer: take(rows * D), rows: rows, columns: D)
        extraTokens = MatrixView(pointer: take(E * D), rows: E, columns: D)
        extraGradient = MatrixView(pointer: take(E * D), rows: E, columns: D)
        rounds = tokens.roundsReadings && demand.allowsRounding
        readingWidth = M * D
        let reading = Self.readingExtent(demand, width: D, capacity: capacity, tokens: tokens)
        (pooled, pooledGradient) = (take(reading), take(reading))
        attention = take(capacity * M * maximumTokens)
    }

    /// Elements of Z, or of ζ.
    static func readingExtent(_ demand: AttentionRequest, width: Int, capacity: Int, tokens: TokenExtent) -> Int {
        let count = capacity * demand.queries * width
        return tokens.roundsReadings && demand.allowsRounding ? (count + 1) / 2 : count
    }

    /// What the head side gets of n samples.
    func inputs(_ count: Int, context: MatrixView<Float>) -> ProbeInputs<Float> {
        ProbeInputs(reading: reading(count), rounded: rounded(count), context: context)
    }

    /// Z, without columns where it is rounded.
    private func reading(_ count: Int) -> MatrixView<Float> {
        MatrixView(pointer: pooled, rows: count, columns: rounds ? 0 : readingWidth)
    }

    /// ζ, if it is not rounded.
    func readingGradient(_ count: Int) -> MatrixView<Float>? {
        rounds ? nil : MatrixView(pointer: pooledGradient, rows: count, columns: readingWidth)
    }

    private func rounded(_ count: Int) -> RoundedReading? {
        guard rounds else { return nil }
        func view(_ memory: UnsafeMutablePointer<Float>) -> RoundedView {
            // Both types are trivial, and nobody reads this memory as numbers.
            RoundedView(
                pointer: UnsafeMutableRawPointer(memory).assumingMemoryBound(to: UInt16.self), rows: count,
                columns: readingWidth)
        }
        return RoundedReading(pooled: view(pooled), gradient: view(pooledGradient))
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
            attention: attention, maximumTokens: maximumTokens, pooled: reading(rows.count),
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
        roundsReadings = context.path.roundsReadings(of: layer.type, width: layer.width)
    }

    func maximum(_ selection: TokenSelection) -> Int {
        selection == .all ? all : patch
    }
}
