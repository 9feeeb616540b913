import Numerics
import Probes

/// The memory in which one head goes through one batch. Heads take turns in it, chunk after chunk.
struct HeadSlot: Sendable {
    let workspace: NetworkWorkspace<Float>
    let gradients: TensorBlock<Float>
    let attention: AttentionSlot?

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
        if case .attention(let demand) = network.probe.reading {
            attention = AttentionSlot(demand, network, capacity: capacity, tokens: tokens, take)
        } else {
            attention = nil
        }
    }

    /// Elements of a slot for this network.
    static func extent(_ network: ProbeNetwork, capacity: Int, tokens: TokenExtent) -> Int {
        var extent = padded(NetworkWorkspace<Float>.extent(network, capacity: capacity))
        extent += padded(network.parameters.extent)
        if case .attention(let demand) = network.probe.reading {
            let width = network.probe.shape.width
            extent += 2 * padded(demand.queries * width) + 2 * padded(capacity * demand.queries * width)
            extent += padded(capacity * demand.queries * tokens.maximum(demand.tokens))
        }
        return extent
    }

    /// Up to the next cache line.
    private static func padded(_ count: Int) -> Int {
        (count + 15) / 16 * 16
    }
}

/// What the attention core writes for one head: G and ∂G `[M, D]`, A `[n, M, T]`, Z and ζ `[n, M · D]`.
struct AttentionSlot: Sendable {
    let demand: AttentionDemand
    let queries: MatrixView<Float>
    private let queryGradient: MatrixView<Float>
    private let pooled: MatrixView<Float>
    private let pooledGradient: MatrixView<Float>
    nonisolated(unsafe) private let attention: UnsafeMutablePointer<Float>
    private let maximumTokens: Int

    init(
        _ demand: AttentionDemand, _ network: ProbeNetwork, capacity: Int, tokens: TokenExtent,
        _ take: (Int) -> UnsafeMutablePointer<Float>
    ) {
        let (M, D) = (demand.queries, network.probe.shape.width)
        self.demand = demand
        maximumTokens = tokens.maximum(demand.tokens)
        queries = MatrixView(pointer: take(M * D), rows: M, columns: D)
        queryGradient = MatrixView(pointer: take(M * D), rows: M, columns: D)
        pooled = MatrixView(pointer: take(capacity * M * D), rows: capacity, columns: M * D)
        pooledGradient = MatrixView(pointer: take(capacity * M * D), rows: capacity, columns: M * D)
        attention = take(capacity * M * maximumTokens)
    }

    func reading(_ count: Int) -> MatrixView<Float> { pooled.rows(0..<count) }
    func readingGradient(_ count: Int) -> MatrixView<Float> { pooledGradient.rows(0..<count) }
    /// ∂G, after the core's backward.
    var gradient: MatrixView<Float> { queryGradient }

    func segment(_ rows: BatchRows) -> AttentionSegment<Float> {
        AttentionSegment(
            queries: queries, rows: UnsafePointer(rows.table), attention: attention, maximumTokens: maximumTokens,
            pooled: reading(rows.count), pooledGradient: readingGradient(rows.count), queryGradient: queryGradient)
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
