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
    private var trainsPooling: Bool { !probe.tensors.isEmpty }

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

/// Memory that a network needs for one batch of at most `capacity` samples, and nobody needs after it.
public final class NetworkWorkspace<S: Scalar> {
    private let network: ProbeNetwork
    private let saved: Matrix<S>
    private let output: Matrix<S>
    private let gradient: Matrix<S>
    private let scores: Matrix<S>
    private let channels: Matrix<S>

    public init(_ network: ProbeNetwork, capacity: Int) {
        let (probe, classes) = (network.probe, network.probe.shape.classes)
        self.network = network
        saved = Matrix(rows: capacity, columns: probe.savedWidth)
        output = Matrix(rows: capacity, columns: probe.outputWidth)
        gradient = Matrix(rows: capacity, columns: probe.tensors.isEmpty ? 0 : probe.outputWidth)
        scores = Matrix(rows: capacity, columns: classes)
        channels = Matrix(rows: 3, columns: probe.outputWidth)
    }

    /// Elements that a workspace of this capacity holds.
    public static func extent(_ network: ProbeNetwork, capacity: Int) -> Int {
        let (probe, classes) = (network.probe, network.probe.shape.classes)
        return capacity * (probe.savedWidth + 2 * probe.outputWidth + classes) + 3 * probe.outputWidth
    }

    func activations(_ reading: MatrixView<S>) -> ProbeActivations<S> {
        ProbeActivations(
            reading: reading, saved: saved.view.rows(0..<reading.rows), output: output.view.rows(0..<reading.rows))
    }

    func outputGradient(_ rows: Int) -> MatrixView<S> { gradient.view.rows(0..<rows) }
    func logits(_ rows: Int) -> MatrixView<S> { scores.view.rows(0..<rows) }
    /// `[D_o]`.
    var inverseDeviation: UnsafeMutablePointer<S> { channels.elements }
    /// `[2 · D_o]`.
    var scratch: UnsafeMutablePointer<S> { channels.elements + output.columns }
}
