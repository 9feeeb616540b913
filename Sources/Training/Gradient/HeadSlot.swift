import Numerics
import Probes

/// The memory in which one head goes through one batch. Heads take turns in it, chunk after chunk.
struct HeadSlot: Sendable {
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
            extent += 2 * padded(capacity * demand.queries * width)
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
/// gradient `[E, D]`, A `[n, T + E, M]`, Z and ζ `[n, M · D]`.
struct AttentionSlot: Sendable {
    let demand: AttentionDemand
    private let queries: MatrixView<Float>
    private let queryGradient: MatrixView<Float>
    private let extraTokens: MatrixView<Float>
    private let extraGradient: MatrixView<Float>
    private let pooled: MatrixView<Float>
    private let pooledGradient: MatrixView<Float>
    nonisolated(unsafe) private let attention: UnsafeMutablePointer<Float>
    private let maximumTokens: Int

    init(
        _ demand: AttentionDemand, _ network: ProbeNetwork, capacity: Int, tokens: TokenExtent,
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
        pooled = MatrixView(pointer: take(capacity * M * D), rows: capacity, columns: M * D)
        pooledGradient = MatrixView(pointer: take(capacity * M * D), rows: capacity, columns: M * D)
        attention = take(capacity * M * maximumTokens)
    }

    func reading(_ count: Int) -> MatrixView<Float> { pooled.rows(0..<count) }
    func readingGradient(_ count: Int) -> MatrixView<Float> { pooledGradient.rows(0..<count) }

    /// Z and ζ rounded, in the memory that they would take unrounded, if the demand allows it.
    func rounded(_ count: Int) -> RoundedReading? {
        guard demand.allowsRounding else { return nil }
        func halves(_ matrix: MatrixView<Float>) -> RoundedView {
            // Float and UInt16 are trivial, and nobody reads the memory as numbers while it is rounded.
            RoundedView(
                pointer: UnsafeMutableRawPointer(matrix.pointer).assumingMemoryBound(to: UInt16.self), rows: count,
                columns: matrix.columns)
        }
        return RoundedReading(pooled: halves(pooled), gradient: halves(pooledGradient))
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

    /// - Parameter rounded: What the head reads in place of numbers, if it does.
    func segment(_ rows: BatchRows, _ tokens: BatchTokens, rounded: RoundedReading?) -> AttentionSegment<Float> {
        var segment = AttentionSegment(
            queries: queries(rows.count).queries, queryCount: demand.queries, rows: UnsafePointer(rows.table),
            attention: attention, maximumTokens: maximumTokens, pooled: reading(rows.count),
            pooledGradient: readingGradient(rows.count), queryGradient: gradient(rows.count).queries)
        segment.rounded = rounded
        segment.queriesPerRow = demand.queriesPerSample
        segment.normalisation = tokens.normalisation(demand)
        if demand.extraTokens > 0 {
            segment.extraTokens = TrainableTokens(tokens: extraTokens, gradient: extraGradient)
        }
        return segment
    }
}

/// The most tokens that any sample of a layer has.
struct TokenExtent: Hashable, Sendable {
    let patch: Int
    let all: Int

    func maximum(_ selection: TokenSelection) -> Int {
        selection == .all ? all : patch
    }
}
