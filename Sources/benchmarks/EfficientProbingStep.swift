import Numerics

/// The sizes of a training step of efficient probing.
struct EfficientProbingShape {
    var batch = 256
    var tokens = 196
    var width = 768
    var queries = 32
    var output = 768
    var classes = 1000

    /// What the literature measures at ViT-B.
    static let reference = EfficientProbingShape()

    var headWidth: Int { output / queries }

    /// Multiply–accumulates of a training step for a sample, pooled first (probing_methods A.2 (b)).
    var macs: Double {
        Double(4 * queries * tokens * width + 3 * width * output + 3 * output * classes)
    }
}

/// One training step of efficient probing straight on the kernels: core, value projection per chunk, batch norm,
/// linear head, cross-entropy, the way back, and LARS.
final class EfficientProbingStep {
    let shape: EfficientProbingShape
    private let path: KernelPath
    private let core: AttentionCore<Float>
    private let batch: TokenBatch
    private let labels: [Int32]
    private let rows: UnsafeMutablePointer<Int32>

    private let queries, values, weights, bias: Trainable
    private let attention, pooled, pooledGradient, projected, projectedGradient, logits: Matrix<Float>
    private let scaledQueries, coreGradient, statistics: Matrix<Float>

    init(shape: EfficientProbingShape, tokens: TokenType, path: KernelPath, threads: ThreadPool) {
        self.shape = shape
        self.path = path
        core = AttentionCore(path: path, threads: threads)
        batch = TokenBatch(samples: shape.batch, tokens: shape.tokens, width: shape.width, type: tokens)
        labels = (0..<shape.batch).map { Int32($0 * 37 % shape.classes) }
        rows = .allocate(capacity: shape.batch)
        for row in 0..<shape.batch { rows[row] = Int32(row) }
        queries = Trainable(rows: shape.queries, columns: shape.width, deviation: 0.02)
        values = Trainable(rows: shape.output, columns: shape.width, deviation: 0.02)
        weights = Trainable(rows: shape.classes, columns: shape.output, deviation: 0.02)
        bias = Trainable(rows: 1, columns: shape.classes, deviation: 0.02)
        attention = Matrix(rows: shape.batch * shape.queries, columns: shape.tokens)
        pooled = Matrix(rows: shape.batch, columns: shape.queries * shape.width)
        pooledGradient = Matrix(rows: shape.batch, columns: shape.queries * shape.width)
        projected = Matrix(rows: shape.batch, columns: shape.output)
        projectedGradient = Matrix(rows: shape.batch, columns: shape.output)
        logits = Matrix(rows: shape.batch, columns: shape.classes)
        scaledQueries = Matrix(rows: shape.queries, columns: shape.width)
        coreGradient = Matrix(rows: shape.queries, columns: shape.width)
        statistics = Matrix(rows: 2, columns: shape.output)
    }

    deinit {
        rows.deallocate()
    }

    func run() {
        forward()
        backward()
        for tensor in [queries, values, weights] {
            stepLARS(
                parameters: tensor.value.elements, gradient: tensor.gradient.elements,
                momentum: tensor.momentum.elements, count: tensor.count, rate: 0.1, decay: 0, on: path)
        }
        stepSGD(
            parameters: bias.value.elements, gradient: bias.gradient.elements, momentum: bias.momentum.elements,
            count: bias.count, rate: 0.1, on: path)
    }

    private var segment: AttentionSegment<Float> {
        AttentionSegment(
            queries: scaledQueries.view, rows: rows, attention: attention.elements, maximumTokens: shape.tokens,
            pooled: pooled.view, pooledGradient: pooledGradient.view, queryGradient: coreGradient.view)
    }

    private var scale: Float { 1 / Float(shape.width).squareRoot() }

    /// The columns of query j's pooled vector, and of its output chunk.
    private func pooledColumns(_ query: Int) -> Range<Int> { query * shape.width..<(query + 1) * shape.width }
    private func chunk(_ query: Int) -> Range<Int> { query * shape.headWidth..<(query + 1) * shape.headWidth }

    private func forward() {
        for index in 0..<queries.count {
            scaledQueries.elements[index] = scale * queries.value.elements[index]
        }
        core.forward(batch.views, [segment])
        for query in 0..<shape.queries {
            multiply(
                pooled.view.columns(pooledColumns(query)), values.value.view.rows(chunk(query)), transposed: true,
                into: projected.view.columns(chunk(query)), on: path)
        }
        let (mean, variance) = (statistics.elements, statistics.elements + shape.output)
        BatchNorm.statistics(of: projected.view, mean: mean, variance: variance, on: path)
        BatchNorm.normalise(
            projected.view, mean: mean, variance: variance, epsilon: 1e-6, into: projected.view, on: path)
        multiply(projected.view, weights.value.view, transposed: true, into: logits.view, on: path)
        addRow(bias.value.elements, to: logits.view, on: path)
        _ = softmaxCrossEntropy(logits.view, labels: labels, gradient: logits.view, on: path)
    }

    private func backward() {
        multiply(logits.view, transposed: true, projected.view, into: weights.gradient.view, on: path)
        columnSums(logits.view, into: bias.gradient.elements, on: path)
        multiply(logits.view, weights.value.view, into: projectedGradient.view, on: path)
        BatchNorm.backward(
            gradient: projectedGradient.view, normalised: projected.view,
            variance: statistics.elements + shape.output, epsilon: 1e-6, into: projectedGradient.view, on: path)
        for query in 0..<shape.queries {
            let gradient = projectedGradient.view.columns(chunk(query))
            multiply(
                gradient, transposed: true, pooled.view.columns(pooledColumns(query)),
                into: values.gradient.view.rows(chunk(query)), on: path)
            multiply(
                gradient, values.value.view.rows(chunk(query)),
                into: pooledGradient.view.columns(pooledColumns(query)), on: path)
        }
        core.backward(batch.views, [segment])
        for index in 0..<queries.count {
            queries.gradient.elements[index] = scale * coreGradient.elements[index]
        }
    }
}

/// A parameter tensor with what an optimiser needs beside it.
private final class Trainable {
    let value, gradient, momentum: Matrix<Float>
    var count: Int { value.rows * value.columns }

    init(rows: Int, columns: Int, deviation: Double) {
        value = Matrix(rows: rows, columns: columns)
        gradient = Matrix(rows: rows, columns: columns)
        momentum = Matrix(rows: rows, columns: columns)
        let generator = CounterGenerator(key: UInt64(rows), stream: UInt64(columns))
        for index in 0..<count { value.elements[index] = Float(deviation * generator.normal(at: UInt64(index))) }
    }
}

/// Random tokens of a batch, as they would lie in a mapped file.
private final class TokenBatch {
    let views: [TokenView]
    private let memory: UnsafeMutableRawPointer

    init(samples: Int, tokens: Int, width: Int, type: TokenType) {
        let bytes = tokens * width * type.size
        let memory = UnsafeMutableRawPointer.allocate(byteCount: samples * bytes, alignment: 64)
        self.memory = memory
        // A table of random numbers, repeated at a length that no row or sample is a multiple of.
        let generator = CounterGenerator(key: 1, stream: 2)
        let table = (0..<10_007).map { Float(generator.uniform(at: UInt64($0)) * 4 - 2) }
        for index in 0..<(samples * tokens * width) {
            let value = table[index % table.count]
            switch type {
            case .float32: memory.storeBytes(of: value, toByteOffset: index * 4, as: Float.self)
            default: memory.storeBytes(of: UInt16(value.bitPattern >> 16), toByteOffset: index * 2, as: UInt16.self)
            }
        }
        views = (0..<samples).map {
            TokenView(base: memory + $0 * bytes, tokens: tokens, width: width, type: type)
        }
    }

    deinit {
        memory.deallocate()
    }
}
