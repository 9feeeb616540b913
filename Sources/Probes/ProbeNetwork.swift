public import Numerics

/// A probe with the head that all gradient probes share: reading → pooling's head side → batch norm without affine →
/// linear layer → logits.
///
/// logits = ŷ W_headᵀ + b. Tensors beside the probe's own: `head.weight` `[C, D_o]` and `head.bias` `[C]`, both
/// initialised in U(±D_o^{-1/2}); buffers `norm.running_mean` and `norm.running_var` `[D_o]`.
public struct ProbeNetwork: Sendable {
    public let probe: any GradientProbe
    /// The probe's tensors, then the head's.
    public let parameters: TensorLayout
    /// The batch norm's running statistics.
    public let buffers: TensorLayout

    public init(_ probe: any GradientProbe) {
        let (width, classes) = (probe.outputWidth, probe.shape.classes)
        let initializer = TensorInitializer.defaultLinear(inputs: width)
        self.probe = probe
        parameters = TensorLayout(
            probe.tensors + [
                TensorSpecification("head.weight", shape: [classes, width], initializer),
                TensorSpecification("head.bias", shape: [classes], initializer),
            ])
        buffers = TensorLayout(BatchNorm.buffers(width: width))
    }

    private var weightTensor: Int { parameters.tensors.count - 2 }
    private var biasTensor: Int { parameters.tensors.count - 1 }

    /// Whether gradients must reach the pooling: not where nothing in it trains.
    var trainsPooling: Bool { !probe.tensors.isEmpty }

    /// One training step's forward and head-side backward, for n ≥ 2 samples.
    ///
    /// Writes all gradients but the query side's, and ζ for probes that attend; moves the running statistics.
    ///
    /// - Parameters:
    ///   - reading: Pooled vectors or the core's Z, `[n, readingWidth]`.
    ///   - readingGradient: ζ, of the same shape; nil for pooled vectors.
    ///   - labels: `[n]`.
    /// - Returns: The mean cross-entropy of the batch.
    @specialized(where S == Float)
    public func train<S: Scalar>(
        _ reading: MatrixView<S>, labels: UnsafePointer<Int32>, state: NetworkState<S>, gradients: TensorBlock<S>,
        readingGradient: MatrixView<S>?, workspace: NetworkWorkspace<S>, on path: KernelPath
    ) -> Double {
        let rows = reading.rows
        let activations = workspace.activations(reading)
        let (normalized, logits) = (activations.output, workspace.logits(rows))
        probe.forward(activations, state.parameters, on: path)
        BatchNorm.normalize(
            normalized, inverseDeviation: workspace.inverseDeviation, running: state.buffers,
            scratch: workspace.scratch)
        classify(normalized, state.parameters, into: logits, on: path)
        let loss = CrossEntropy.differentiate(logits, labels: labels)

        multiply(logits, transposed: true, normalized, into: gradients.matrix(weightTensor), on: path)
        sumRows(of: logits, into: gradients[biasTensor])
        guard trainsPooling else { return loss }
        let outputGradient = workspace.outputGradient(rows)
        multiply(logits, state.parameters.matrix(weightTensor), into: outputGradient, on: path)
        BatchNorm.backward(
            outputGradient, normalized: normalized, inverseDeviation: workspace.inverseDeviation,
            scratch: workspace.scratch)
        probe.backward(
            outputGradient, activations, state.parameters, gradients: gradients, readingGradient: readingGradient,
            on: path)
        return loss
    }

    /// Logits `[n, C]` by the running statistics.
    @specialized(where S == Float)
    public func predict<S: Scalar>(
        _ reading: MatrixView<S>, state: NetworkState<S>, workspace: NetworkWorkspace<S>, into logits: MatrixView<S>,
        on path: KernelPath
    ) {
        let activations = workspace.activations(reading)
        probe.forward(activations, state.parameters, on: path)
        BatchNorm.normalize(activations.output, by: state.buffers)
        classify(activations.output, state.parameters, into: logits, on: path)
    }

    @specialized(where S == Float)
    private func classify<S: Scalar>(
        _ normalized: MatrixView<S>, _ parameters: TensorBlock<S>, into logits: MatrixView<S>, on path: KernelPath
    ) {
        multiply(
            normalized, transposed: false, parameters.matrix(weightTensor), transposed: true, into: logits, on: path)
        addToRows(of: logits, parameters[biasTensor])
    }
}

/// What training changes in a network.
public struct NetworkState<S: Scalar>: Sendable {
    public let parameters: TensorBlock<S>
    public let buffers: TensorBlock<S>

    public init(parameters: TensorBlock<S>, buffers: TensorBlock<S>) {
        self.parameters = parameters
        self.buffers = buffers
    }
}

/// Memory that a network needs for one batch of at most `capacity` samples: a window on somebody else's.
public struct NetworkWorkspace<S: Scalar>: Sendable {
    private let saved: MatrixView<S>
    private let output: MatrixView<S>
    private let gradient: MatrixView<S>
    private let scores: MatrixView<S>
    private let channels: MatrixView<S>

    /// - Parameter memory: At least `extent(_:capacity:)` elements, aligned to 64 bytes.
    public init(_ network: ProbeNetwork, capacity: Int, at memory: UnsafeMutablePointer<S>) {
        let shapes = Self.shapes(network, capacity: capacity)
        var end = 0
        let views = shapes.map { shape in
            defer { end += Self.padded(shape.rows * shape.columns) }
            return MatrixView(pointer: memory + end, rows: shape.rows, columns: shape.columns)
        }
        (saved, output, gradient, scores, channels) = (views[0], views[1], views[2], views[3], views[4])
    }

    /// Elements that a workspace of this capacity takes.
    public static func extent(_ network: ProbeNetwork, capacity: Int) -> Int {
        shapes(network, capacity: capacity).reduce(0) { $0 + padded($1.rows * $1.columns) }
    }

    private static func shapes(_ network: ProbeNetwork, capacity: Int) -> [(rows: Int, columns: Int)] {
        let probe = network.probe
        return [
            (capacity, probe.savedWidth), (capacity, probe.outputWidth),
            (capacity, network.trainsPooling ? probe.outputWidth : 0), (capacity, probe.shape.classes),
            (3, probe.outputWidth),
        ]
    }

    /// Up to the next cache line.
    private static func padded(_ count: Int) -> Int {
        (count + 15) / 16 * 16
    }

    func activations(_ reading: MatrixView<S>) -> ProbeActivations<S> {
        ProbeActivations(
            reading: reading, saved: saved.rows(0..<reading.rows), output: output.rows(0..<reading.rows))
    }

    func outputGradient(_ rows: Int) -> MatrixView<S> { gradient.rows(0..<rows) }
    func logits(_ rows: Int) -> MatrixView<S> { scores.rows(0..<rows) }
    /// `[D_o]`.
    var inverseDeviation: UnsafeMutablePointer<S> { channels.pointer }
    /// `[2 · D_o]`.
    var scratch: UnsafeMutablePointer<S> { channels.pointer + channels.columns }
}
