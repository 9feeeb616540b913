import Numerics

/// The sizes of efficient probing.
struct EfficientProbingShape {
    var batch = 256
    var tokens = 196
    var width = 768
    var queries = 32
    var output = 768
    var classes = 1000

    /// The shape at ViT-B in the literature.
    static let reference = EfficientProbingShape()

    var headWidth: Int { output / queries }

    /// Multiply–accumulates of a training step for a sample, pooled first (probing_methods A.2 (b)).
    var macs: Double { Double(4 * queries * tokens * width + 3 * width * output + 3 * output * classes) }

    /// The same as the literature evaluates it, every token projected (probing_methods A.2 (a)).
    var literatureMacs: Double {
        Double(2 * tokens * width * output + 2 * queries * tokens * width + 3 * tokens * output + 3 * output * classes)
    }
}

/// One efficient probe in training, directly on the kernels: its parameters and a step's memory.
final class EfficientProbingHead: @unchecked Sendable {
    // Each head is used by one thread at a time: `EfficientProbingStep` processes one head per iteration.
    let shape: EfficientProbingShape
    /// Samples of the batch that it trains on.
    let count: Int
    private let path: KernelPath
    private let rows: UnsafePointer<Int32>
    private let labels: [Int32]

    /// Whether Z and ζ are rounded, as in a pass.
    private let isRounded: Bool

    private let queries, values, weights, bias: Trainable
    private let attention, pooled, projected, projectedGradient, logits: Matrix<Float>
    private let scaledQueries, coreGradient, statistics: Matrix<Float>

    /// - Parameter rows: `[B]`: the head's row for each sample of the batch, or −1; it must outlive the head.
    init(
        shape: EfficientProbingShape, rows: UnsafePointer<Int32>, tokens: TokenType, path: KernelPath, seed: UInt64
    ) {
        isRounded =
            path.roundsReadings(of: tokens, width: shape.width)
            && shape.headWidth <= RoundedView.deepestProduct
        self.shape = shape
        self.rows = rows
        self.path = path
        count = (0..<shape.batch).count { rows[$0] >= 0 }
        labels = (0..<count).map { Int32($0 * 37 % shape.classes) }
        queries = Trainable(rows: shape.queries, columns: shape.width, seed: seed)
        values = Trainable(rows: shape.output, columns: shape.width, seed: seed + 1)
        weights = Trainable(rows: shape.classes, columns: shape.output, seed: seed + 2)
        bias = Trainable(rows: 1, columns: shape.classes, seed: seed + 3)
        attention = Matrix(rows: count * shape.queries, columns: shape.tokens)
        pooled = Matrix(rows: count, columns: shape.queries * shape.width)
        projected = Matrix(rows: count, columns: shape.output)
        projectedGradient = Matrix(rows: count, columns: shape.output)
        logits = Matrix(rows: count, columns: shape.classes)
        scaledQueries = Matrix(rows: shape.queries, columns: shape.width)
        coreGradient = Matrix(rows: shape.queries, columns: shape.width)
        statistics = Matrix(rows: 2, columns: shape.output)
    }

    /// ζ reuses the memory of z, which is no longer needed.
    var segment: AttentionSegment<Float> {
        var segment = AttentionSegment(
            queries: scaledQueries.view, rows: rows, attention: attention.elements, maximumTokens: shape.tokens,
            pooled: pooled.view, pooledGradient: pooled.view, queryGradient: coreGradient.view)
        if isRounded { segment.rounded = RoundedReading(pooled: rounded, gradient: rounded) }
        return segment
    }

    /// Rounded numbers in the memory of Z.
    private var rounded: RoundedView {
        RoundedView(
            pointer: UnsafeMutableRawPointer(pooled.elements).assumingMemoryBound(to: UInt16.self),
            rows: pooled.rows, columns: pooled.columns)
    }

    private var scale: Float { 1 / Float(shape.width).squareRoot() }

    /// The columns of query j's pooled vector, and of its output chunk.
    private func pooledColumns(_ query: Int) -> Range<Int> { query * shape.width..<(query + 1) * shape.width }
    private func chunk(_ query: Int) -> Range<Int> { query * shape.headWidth..<(query + 1) * shape.headWidth }

    /// Folds the scale into the queries, before the core runs.
    func scaleQueries() {
        for index in 0..<queries.count { scaledQueries.elements[index] = scale * queries.value.elements[index] }
    }

    /// From the pooled vectors to the loss, and back to their gradients.
    func runHead() {
        forward()
        backward()
    }

    /// Tensors that `update` moves, largest first.
    static let tensors = 4

    /// Ends a step for one tensor, after the core's backward.
    func update(_ index: Int) {
        let tensor = [weights, values, queries, bias][index]
        if tensor === bias {
            return stepSGD(
                parameters: tensor.value.elements, gradient: tensor.gradient.elements,
                momentum: tensor.momentum.elements, count: tensor.count, rate: 0.1, on: path)
        }
        if tensor === queries {
            for index in 0..<queries.count { queries.gradient.elements[index] = scale * coreGradient.elements[index] }
        }
        stepLARS(
            parameters: tensor.value.elements, gradient: tensor.gradient.elements,
            momentum: tensor.momentum.elements, count: tensor.count, rate: 0.1, decay: 0, on: path)
    }

    private func forward() {
        forEachSharing(shape.queries) { [self] query in
            if isRounded {
                return multiply(
                    rounded.columns(pooledColumns(query)), byTransposed: values.value.view.rows(chunk(query)),
                    into: projected.view.columns(chunk(query)), on: path)
            }
            multiply(
                pooled.view.columns(pooledColumns(query)), values.value.view.rows(chunk(query)), transposed: true,
                into: projected.view.columns(chunk(query)), roundingInputs: true, on: path)
        }
        let (mean, variance) = (statistics.elements, statistics.elements + shape.output)
        BatchNorm.statistics(of: projected.view, mean: mean, variance: variance, on: path)
        BatchNorm.normalise(
            projected.view, mean: mean, variance: variance, epsilon: 1e-6, into: projected.view, on: path)
        multiply(
            projected.view, weights.value.view, transposed: true, into: logits.view, roundingInputs: true, on: path)
        addRow(bias.value.elements, to: logits.view, on: path)
        _ = softmaxCrossEntropy(logits.view, labels: labels, gradient: logits.view, on: path)
    }

    private func backward() {
        multiply(
            logits.view, transposed: true, projected.view, into: weights.gradient.view, roundingInputs: true, on: path)
        columnSums(logits.view, into: bias.gradient.elements, on: path)
        multiply(logits.view, weights.value.view, into: projectedGradient.view, roundingInputs: true, on: path)
        BatchNorm.backward(
            gradient: projectedGradient.view, normalised: projected.view,
            variance: statistics.elements + shape.output, epsilon: 1e-6, into: projectedGradient.view, on: path)
        forEachSharing(shape.queries) { [self] query in
            let gradient = projectedGradient.view.columns(chunk(query))
            if isRounded {
                let rounded = rounded.columns(pooledColumns(query))
                multiply(transposed: gradient, rounded, into: values.gradient.view.rows(chunk(query)), on: path)
                return multiply(gradient, values.value.view.rows(chunk(query)), into: rounded, on: path)
            }
            let pooled = pooled.view.columns(pooledColumns(query))
            multiply(
                gradient, transposed: true, pooled, into: values.gradient.view.rows(chunk(query)),
                roundingInputs: true, on: path)
            multiply(
                gradient, values.value.view.rows(chunk(query)), into: pooled, roundingInputs: true, on: path)
        }
    }
}

/// A parameter tensor with its optimiser state.
private final class Trainable {
    let value, gradient, momentum: Matrix<Float>
    var count: Int { value.rows * value.columns }

    init(rows: Int, columns: Int, seed: UInt64) {
        value = Matrix(rows: rows, columns: columns)
        gradient = Matrix(rows: rows, columns: columns)
        momentum = Matrix(rows: rows, columns: columns)
        let generator = CounterGenerator(key: seed, stream: 0)
        for index in 0..<count { value.elements[index] = Float(generator.uniform(at: UInt64(index)) - 0.5) / 16 }
    }
}
