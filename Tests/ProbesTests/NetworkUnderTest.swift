import Numerics
import Probes

/// One probe with its head and the memory to train it, over one batch of tokens: the loss and the gradients of it.
final class NetworkUnderTest {
    let network: ProbeNetwork
    let parameters: TensorBlock<Double>
    let gradients: TensorBlock<Double>
    let buffers: TensorBlock<Double>
    private let memory: [Matrix<Double>]
    private let tokens: TokenFixture
    private let labels: [Int32]
    private let core: AttentionCore<Double>

    init(_ probe: any GradientProbe, _ tokens: TokenFixture, labels: [Int32], seed: UInt64) {
        network = ProbeNetwork(probe)
        memory = [network.parameters, network.parameters, network.buffers].map {
            Matrix<Double>(rows: 1, columns: $0.extent)
        }
        parameters = TensorBlock(network.parameters, at: memory[0].elements)
        gradients = TensorBlock(network.parameters, at: memory[1].elements)
        buffers = TensorBlock(network.buffers, at: memory[2].elements)
        self.tokens = tokens
        self.labels = labels
        core = AttentionCore(path: .portable, threads: ThreadPool(threads: 1))
        parameters.initialize { CounterGenerator(key: seed, stream: UInt64($0.utf8.reduce(0) { $0 + Int($1) })) }
        // Queries of the size of their initialisation attend almost evenly, which would hide errors in the softmax.
        for index in parameters.layout.tensors.indices where parameters.layout.tensors[index].name == "queries" {
            for element in parameters[index].indices { parameters[index][element] *= 50 }
        }
        buffers.initialize { _ in CounterGenerator(key: 0, stream: 0) }
    }

    /// The loss at the present parameters; `gradients` are then those of this loss.
    func loss() -> Double {
        let memory = Matrix<Double>(
            rows: 1, columns: NetworkWorkspace<Double>.extent(network, capacity: labels.count))
        defer { withExtendedLifetime(memory) {} }
        let workspace = NetworkWorkspace(network, capacity: labels.count, at: memory.elements)
        let state = NetworkState(parameters: parameters, buffers: buffers)
        switch network.probe.reading {
        case .pooled(let input):
            let pooled = tokens.pooled(input)
            return withExtendedLifetime(pooled) {
                network.train(
                    pooled.view, labels: labels, state: state, gradients: gradients, readingGradient: nil,
                    workspace: workspace, on: .portable)
            }
        case .attention(let demand):
            return attend(demand) { reading, readingGradient in
                network.train(
                    reading, labels: labels, state: state, gradients: gradients, readingGradient: readingGradient,
                    workspace: workspace, on: .portable)
            }
        }
    }

    /// Runs the core forward, the head side, the core backward and the query side.
    func attend<Result>(
        _ demand: AttentionDemand, _ headSide: (MatrixView<Double>, MatrixView<Double>) -> Result
    ) -> Result {
        let (count, longest, width) = (labels.count, tokens.longest, tokens.width)
        let queries = Matrix<Double>(rows: demand.queries, columns: width)
        let queryGradient = Matrix<Double>(rows: demand.queries, columns: width)
        let attention = Matrix<Double>(rows: count * demand.queries, columns: longest)
        let pooled = Matrix<Double>(rows: count, columns: demand.queries * width)
        let pooledGradient = Matrix<Double>(rows: count, columns: demand.queries * width)
        network.probe.effectiveQueries(parameters, into: queries.view)
        return withExtendedLifetime([queries, queryGradient, attention, pooled, pooledGradient]) {
            let rows = (0..<count).map(Int32.init)
            return rows.withUnsafeBufferPointer { rows in
                let segment = AttentionSegment(
                    queries: queries.view, rows: rows.baseAddress!, attention: attention.elements, maximumTokens: longest,
                    pooled: pooled.view, pooledGradient: pooledGradient.view, queryGradient: queryGradient.view)
                core.forward(tokens.batch, [segment])
                let result = headSide(pooled.view, pooledGradient.view)
                core.backward(tokens.batch, [segment])
                network.probe.queryGradient(queryGradient.view, parameters, gradients: gradients)
                return result
            }
        }
    }
}
