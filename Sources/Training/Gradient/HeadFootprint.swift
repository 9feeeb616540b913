import Features
import Numerics
import Probes

/// What a stack of heads needs while it is at work, in elements.
struct HeadFootprint {
    /// Of each member's slot.
    private(set) var slots: [Int] = []
    /// What each member needs beside its slot while its chunk is at work.
    private(set) var beside: [Int] = []
    /// What members share, or threads need, whatever the chunks are.
    private(set) var shared = 0

    /// - Parameters:
    ///   - capacity: B.
    ///   - outputs: Elements of each member's logits, where they are gathered; by default they are not.
    init(
        _ members: [StackMember], capacity: Int, _ context: PassContext, outputs: (StackMember) -> Int = { _ in 0 }
    ) {
        let tokens = TokenExtent(context)
        var sharing = SharedFootprint(context, capacity: capacity)
        for member in members {
            let network = member.head.network
            let logits = outputs(member)
            slots.append(HeadWorkspace.extent(network, capacity: capacity, tokens: tokens))
            beside.append(logits + HeadWorkspace.coreExtent(network))
            sharing.add(network, rows: ObjectIdentifier(member.rows), outputs: logits)
        }
        shared = sharing.extent
    }
}

/// What heads share while any of them is at work, and what threads need for one of them, in elements.
struct SharedFootprint {
    private struct VectorKey: Hashable {
        let rows: AnyHashable
        let input: PooledInput
    }

    private let layerWidth: Int
    private let tokens: TokenExtent
    private let threads: Int
    private let capacity: Int
    private var vectors: [VectorKey: Int] = [:]
    private var tables: [AnyHashable: Int] = [:]
    private var (linear, scratch, logits) = (0, 0, 0)

    init(_ context: PassContext, capacity: Int) {
        layerWidth = context.layer.width
        tokens = TokenExtent(context)
        threads = context.threads.threads
        self.capacity = capacity
    }

    /// - Parameters:
    ///   - rows: Tells row sets apart.
    ///   - outputs: Elements of the logits that are gathered of the head.
    mutating func add(_ network: ProbeNetwork, rows: AnyHashable, outputs: Int) {
        switch network.probe.reading {
        case .pooled(let input):
            vectors[VectorKey(rows: rows, input: input)] = BatchVectors.extent(
                input, width: layerWidth, capacity: capacity)
        case .attention(let demand):
            scratch = max(
                scratch,
                AttentionCore<Float>.scratchExtent(
                    queries: demand.queries, tokens: tokens.maximum(demand.tokens) + demand.extraTokens,
                    width: layerWidth))
        case .tokens: break
        }
        if network.isLinear { linear = max(linear, HeadBatch.linearExtent(network, capacity: capacity)) }
        // The table of a batch's rows, and their targets.
        tables[rows] = capacity * (8 + (network.probe.shape.classes + 3) / 4)
        logits = max(logits, outputs)
    }

    var extent: Int {
        // A head's logits are copied for whoever gets them, put back into the targets' unit, and sorted by its metric.
        let perThread = linear + scratch + 4 * logits
        return vectors.values.reduce(0, +) + tables.values.reduce(0, +) + threads * perThread
    }
}
