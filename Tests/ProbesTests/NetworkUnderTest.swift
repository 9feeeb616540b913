import Numerics
import Probes

extension KernelPath {
    /// Of two seeds the one for tests on this path: neighbours differ, and no test takes longer for having both.
    var seed: UInt64 { UInt64(1 + (Self.allCases.firstIndex(of: self) ?? 0) % 2) }
}

/// One probe with its head and the memory to train it, over one batch of tokens: the loss and the gradients of it.
final class NetworkUnderTest {
    let network: ProbeNetwork
    let parameters: TensorBlock<Double>
    let gradients: TensorBlock<Double>
    let buffers: TensorBlock<Double>
    private let memory: [Matrix<Double>]
    /// The batch, which may be replaced by another one between two losses.
    var tokens: TokenFixture
    var labels: [Int32]
    private let path: KernelPath

    init(_ probe: any GradientProbe, _ tokens: TokenFixture, labels: [Int32], seed: UInt64, on path: KernelPath) {
        network = ProbeNetwork(probe)
        memory = [network.parameters, network.parameters, network.buffers].map {
            Matrix<Double>(rows: 1, columns: $0.extent)
        }
        parameters = TensorBlock(network.parameters, of: memory[0])
        gradients = TensorBlock(network.parameters, of: memory[1])
        buffers = TensorBlock(network.buffers, of: memory[2])
        self.tokens = tokens
        self.labels = labels
        self.path = path
        parameters.initialize { CounterGenerator(key: seed, stream: UInt64($0.utf8.reduce(0) { $0 + Int($1) })) }
        buffers.initialize { _ in CounterGenerator(key: 0, stream: 0) }
    }

    /// Moves every parameter by a draw of N(0, σ²): first values are often too small, or too regular, to show an error.
    func scatter(deviation: Double, seed: UInt64) {
        for tensor in parameters.layout.tensors.indices {
            let draws = CounterGenerator(key: seed, stream: UInt64(1000 + tensor))
            for index in parameters[tensor].indices {
                parameters[tensor][index] += deviation * draws.normal(at: UInt64(index))
            }
        }
    }

    /// The loss at the present parameters; `gradients` are then those of this loss.
    func loss() -> Double {
        withBatch { batch in
            batch.run(isTraining: true) { inputs, readingGradient in
                labels.withUnsafeBufferPointer { labels in
                    network.train(
                        inputs, objective: .softmax(labels: labels.baseAddress!, weights: nil), state: state,
                        gradients: gradients, readingGradient: readingGradient,
                        workspace: batch.workspace, on: path)
                }
            }
        }
    }

    /// Logits `[n, C]` by the running statistics.
    func logits() -> [Double] {
        withBatch { batch in
            let logits = Matrix<Double>(rows: labels.count, columns: network.probe.shape.classes)
            return withExtendedLifetime(logits) {
                batch.run(isTraining: false) { inputs, _ in
                    network.predict(
                        inputs, state: state, workspace: batch.workspace, into: logits.view, on: path)
                }
                return (0..<logits.rows * logits.columns).map { logits.elements[$0] }
            }
        }
    }

    /// The pooling alone: its output, and the gradients of its tensors for a gradient of the output.
    func pool(outputGradient: MatrixView<Double>) -> [Double] {
        withBatch { batch in
            batch.run(isTraining: true) { inputs, readingGradient in
                network.pool(
                    inputs, outputGradient: outputGradient, state: state, gradients: gradients,
                    readingGradient: readingGradient, workspace: batch.workspace)
            }
        }
    }

    var state: NetworkState<Double> { NetworkState(parameters: parameters, buffers: buffers) }

    func withBatch<Result>(_ body: (BatchUnderTest) -> Result) -> Result {
        let batch = BatchUnderTest(network, tokens, state: state, gradients: gradients, on: path)
        return withExtendedLifetime(batch) { body(batch) }
    }
}

/// The memory in which one batch goes through core and probe, as a pass has it.
final class BatchUnderTest {
    let workspace: NetworkWorkspace<Double>
    let network: ProbeNetwork
    let tokens: TokenFixture
    let state: NetworkState<Double>
    private let gradients: TensorBlock<Double>
    let path: KernelPath
    private let core: AttentionCore<Double>
    private let memory: Matrix<Double>
    let context: Matrix<Double>
    private let rows: [Int32]

    init(
        _ network: ProbeNetwork, _ tokens: TokenFixture, state: NetworkState<Double>, gradients: TensorBlock<Double>,
        on path: KernelPath
    ) {
        (self.network, self.tokens, self.state, self.gradients, self.path) = (network, tokens, state, gradients, path)
        core = AttentionCore(path: path, threads: ThreadPool(threads: 1))
        let count = tokens.batch.count
        let extent = BlockLayout<Double>.extent {
            _ = NetworkWorkspace(network, capacity: count, in: &$0)
        }
        memory = Matrix(rows: 1, columns: extent)
        var layout = BlockLayout(of: memory)
        workspace = NetworkWorkspace(network, capacity: count, in: &layout)
        rows = (0..<count).map(Int32.init)
        context = Matrix(rows: count, columns: network.probe.contextWidth)
        for sample in 0..<count {
            var target = context.elements + sample * context.columns
            for summary in network.probe.context {
                summary.write(tokens.rows(sample), into: target)
                target += summary.columns(width: tokens.width)
            }
        }
    }

    /// Query side, core forward, head side, core backward, query side backward.
    func run<Result>(isTraining: Bool, _ headSide: (ProbeInputs<Double>, MatrixView<Double>?) -> Result) -> Result {
        switch network.probe.reading {
        case .pooled(let input):
            let pooled = tokens.pooled(input)
            return withExtendedLifetime(pooled) { headSide(ProbeInputs(reading: pooled.view), nil) }
        case .tokens:
            let empty = MatrixView(pointer: context.elements, rows: rows.count, columns: 0)
            return headSide(ProbeInputs(reading: empty, context: context.view, tokens: tokens.batch), nil)
        case .attention(let demand):
            return attend(demand, isTraining: isTraining, headSide)
        }
    }

    /// - Parameter exchange: Gets the core's segment, and what else it attended over, before the head side reads Z.
    func attend<Result>(
        _ demand: AttentionRequest, isTraining: Bool,
        exchange: (AttentionSegment<Double>, MatrixView<Double>) -> Void = { _, _ in },
        _ headSide: (ProbeInputs<Double>, MatrixView<Double>?) -> Result
    ) -> Result {
        let (count, longest, width) = (rows.count, tokens.longest + demand.extraTokens, tokens.width)
        let memory = [
            Matrix<Double>(rows: demand.queryRows(count), columns: width),
            Matrix<Double>(rows: demand.queryRows(count), columns: width),
            Matrix<Double>(rows: demand.extraTokens, columns: width),
            Matrix<Double>(rows: demand.extraTokens, columns: width),
            Matrix<Double>(rows: count, columns: demand.queries * width),
            Matrix<Double>(rows: count, columns: demand.queries * width),
            Matrix<Double>(rows: count * demand.queries, columns: longest),
        ]
        let norm = demand.normEpsilon.map { tokens.normalisation(epsilon: $0) }
        return withExtendedLifetime((memory, norm)) {
            let sides = [0, 1].map {
                AttentionQueries(
                    queries: memory[$0].view, extraTokens: memory[2 + $0].view, count: demand.queries)
            }
            let inputs = ProbeInputs(reading: memory[4].view, context: context.view)
            network.attend(
                inputs, state: state, workspace: workspace, isTraining: isTraining, into: sides[0], on: path)
            return rows.withUnsafeBufferPointer { rows in
                var segment = AttentionSegment(
                    queries: memory[0].view, queryCount: demand.queries, rows: rows.baseAddress!,
                    attention: memory[6].elements, maximumTokens: longest, pooled: memory[4].view,
                    pooledGradient: memory[5].view, queryGradient: memory[1].view)
                segment.queriesPerRow = demand.queriesPerSample
                segment.normalisation = norm?.value
                if demand.extraTokens > 0 {
                    segment.extraTokens = TrainableTokens(tokens: memory[2].view, gradient: memory[3].view)
                }
                core.forward(tokens.batch, [segment])
                exchange(segment, memory[2].view)
                let result = headSide(inputs, memory[5].view)
                guard isTraining else { return result }
                core.backward(tokens.batch, [segment])
                network.attendBackward(
                    sides[1], inputs, state: state, gradients: gradients, workspace: workspace, on: path)
                return result
            }
        }
    }
}
