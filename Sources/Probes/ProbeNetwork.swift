package import Numerics

/// A probe with the head that all gradient probes share: reading → pooling's head side → batch norm without affine →
/// linear layer → logits.
///
/// logits = ŷ W_headᵀ + b. Tensors beside the probe's own: `head.weight` `[C, D_o]` and `head.bias` `[C]`, both
/// initialised in U(±D_o^{-1/2}); buffers `norm.running_mean` and `norm.running_var` `[D_o]`. For a probe that does
/// without the norm ŷ is the output itself, and there are no such buffers.
package struct ProbeNetwork: Sendable {
    package let probe: any GradientProbe
    /// The probe's tensors, then the head's.
    package let parameters: TensorLayout
    /// The batch norm's running statistics, then the probe's own buffers.
    package let buffers: TensorLayout
    /// Whether attention is frozen at the uniform distribution over each sample's tokens: a control.
    package let attendsUniformly: Bool

    package init(_ probe: any GradientProbe, attendsUniformly: Bool = false) {
        self.attendsUniformly = attendsUniformly
        let (width, classes) = (probe.outputWidth, probe.shape.classes)
        let initializer = TensorInitializer.defaultLinear(inputs: width)
        self.probe = probe
        parameters = TensorLayout(
            probe.tensors + [
                TensorSpecification("head.weight", shape: [classes, width], initializer),
                TensorSpecification("head.bias", shape: [classes], initializer),
            ])
        buffers = TensorLayout((probe.normalizesOutput ? BatchNorm.buffers(width: width) : []) + probe.buffers)
    }

    var weightTensor: Int { parameters.tensors.count - 2 }
    var biasTensor: Int { parameters.tensors.count - 1 }

    /// Whether gradients must reach the pooling; false if nothing in it trains.
    var trainsPooling: Bool { !probe.tensors.isEmpty }

    /// The query side, before the core's forward: G and the extra tokens.
    @specialized(where S == Float)
    package func attend<S: Scalar>(
        _ inputs: ProbeInputs<S>, state: NetworkState<S>, workspace: NetworkWorkspace<S>, isTraining: Bool,
        into attention: AttentionQueries<S>, on path: KernelPath
    ) {
        probe.effectiveQueries(
            workspace.activations(inputs, state.buffers, isTraining: isTraining), state.parameters, into: attention,
            on: path)
        // Every score is 0, so that all tokens have the same weight.
        if attendsUniformly { attention.clearQueries() }
    }

    /// The query side's backward, after the core's: the gradients that `train` leaves out.
    @specialized(where S == Float)
    package func attendBackward<S: Scalar>(
        _ gradient: AttentionQueries<S>, _ inputs: ProbeInputs<S>, state: NetworkState<S>, gradients: TensorBlock<S>,
        workspace: NetworkWorkspace<S>, on path: KernelPath
    ) {
        // Frozen queries pass nothing on to what they are made of, which may serve the head side too.
        if attendsUniformly { gradient.clearQueries() }
        probe.queryGradient(
            gradient, workspace.activations(inputs, state.buffers, isTraining: true), state.parameters,
            gradients: gradients, on: path)
    }

    /// One training step's forward and head-side backward, for n ≥ 2 samples.
    ///
    /// Writes all gradients but the query side's, and ζ for probes that attend; updates the running statistics.
    ///
    /// - Parameters:
    ///   - readingGradient: ζ, of the reading's shape; nil for probes that do not attend.
    ///   - objective: The targets and the loss of the n logits.
    /// - Returns: The loss of the batch.
    @specialized(where S == Float)
    package func train<S: Scalar>(
        _ inputs: ProbeInputs<S>, objective: BatchObjective, state: NetworkState<S>, gradients: TensorBlock<S>,
        readingGradient: MatrixView<S>?, workspace: NetworkWorkspace<S>, on path: KernelPath
    ) -> Double {
        let rows = inputs.count
        let activations = workspace.activations(inputs, state.buffers, isTraining: true)
        let (normalized, logits) = (activations.output, workspace.logits(rows))
        probe.forward(activations, state.parameters, on: path)
        if probe.normalizesOutput {
            BatchNorm.normalize(
                normalized, variance: workspace.variance, running: state.buffers, scratch: workspace.scratch, on: path)
        }
        classify(normalized, state, into: logits, on: path)
        let loss = objective.differentiate(logits, on: path)

        multiply(logits, transposed: true, normalized, into: gradients.matrix(weightTensor), on: path)
        columnSums(logits, into: gradients.matrix(biasTensor).pointer, on: path)
        guard trainsPooling else { return loss }
        let outputGradient = workspace.outputGradient(rows)
        multiply(logits, state.parameters.matrix(weightTensor), into: outputGradient, on: path)
        if probe.normalizesOutput {
            BatchNorm.backward(outputGradient, normalized: normalized, variance: workspace.variance, on: path)
        }
        probe.backward(
            outputGradient, activations, state.parameters, gradients: gradients, readingGradient: readingGradient,
            on: path)
        return loss
    }

    /// Runs the pooling alone, without norm and head: `forward` and `backward` for a gradient of the output.
    ///
    /// - Returns: The output, `[n, D_o]`.
    package func pool<S: Scalar>(
        _ inputs: ProbeInputs<S>, outputGradient: MatrixView<S>, state: NetworkState<S>, gradients: TensorBlock<S>,
        readingGradient: MatrixView<S>?, workspace: NetworkWorkspace<S>, on path: KernelPath = .portable
    ) -> [S] {
        let activations = workspace.activations(inputs, state.buffers, isTraining: true)
        probe.forward(activations, state.parameters, on: path)
        let output = (0..<inputs.count).flatMap { Array(activations.output.row($0)) }
        probe.backward(
            outputGradient, activations, state.parameters, gradients: gradients, readingGradient: readingGradient,
            on: path)
        return output
    }

    /// Logits `[n, C]` by the running statistics.
    @specialized(where S == Float)
    package func predict<S: Scalar>(
        _ inputs: ProbeInputs<S>, state: NetworkState<S>, workspace: NetworkWorkspace<S>, into logits: MatrixView<S>,
        on path: KernelPath
    ) {
        let activations = workspace.activations(inputs, state.buffers, isTraining: false)
        probe.forward(activations, state.parameters, on: path)
        normalizeByRunningStatistics(activations.output, state, on: path)
        classify(activations.output, state, into: logits, on: path)
    }

    /// ŷ `[n, D_o]` ← y, in place.
    @specialized(where S == Float)
    func normalizeByRunningStatistics<S: Scalar>(_ output: MatrixView<S>, _ state: NetworkState<S>, on path: KernelPath)
    {
        if probe.normalizesOutput { BatchNorm.normalize(output, by: state.buffers, on: path) }
    }

    /// Logits `[n, C]` ← ŷ.
    @specialized(where S == Float)
    package func classify<S: Scalar>(
        _ normalized: MatrixView<S>, _ state: NetworkState<S>, into logits: MatrixView<S>, on path: KernelPath
    ) {
        let parameters = state.parameters
        multiply(
            normalized, transposed: false, parameters.matrix(weightTensor), transposed: true, into: logits,
            roundingInputs: state.roundsInputs, on: path)
        addRow(parameters.matrix(biasTensor).pointer, to: logits, on: path)
    }
}

/// The state of a network that training changes.
package struct NetworkState<S: Scalar>: Sendable {
    package let parameters: TensorBlock<S>
    package let buffers: TensorBlock<S>
    /// Whether the head's product may round its inputs, as `multiply` does; false for a head that was fitted without
    /// rounding.
    package let roundsInputs: Bool

    package init(parameters: TensorBlock<S>, buffers: TensorBlock<S>, roundsInputs: Bool = true) {
        self.parameters = parameters
        self.buffers = buffers
        self.roundsInputs = roundsInputs
    }
}

/// A network's memory for one batch of at most `capacity` samples: a view of memory that the caller owns.
package struct NetworkWorkspace<S: Scalar>: Sendable {
    private let saved: MatrixView<S>
    private let output: MatrixView<S>
    private let gradient: MatrixView<S>
    private let scores: MatrixView<S>
    private let channels: MatrixView<S>
    private let probeScratch: MatrixView<S>
    /// Buffers in front of the probe's own.
    private let normBuffers: Int

    package init(_ network: ProbeNetwork, capacity: Int, in layout: inout BlockLayout<S>) {
        normBuffers = network.buffers.tensors.count - network.probe.buffers.count
        let (probe, gradientWidth) = (network.probe, network.trainsPooling ? network.probe.outputWidth : 0)
        saved = layout.matrix(rows: capacity, columns: probe.savedWidth, "saved activations")
        output = layout.matrix(rows: capacity, columns: probe.outputWidth, "output")
        gradient = layout.matrix(rows: capacity, columns: gradientWidth, "output gradient")
        scores = layout.matrix(rows: capacity, columns: probe.shape.classes, "logits")
        channels = layout.matrix(rows: 2, columns: probe.outputWidth, "batch norm's statistics")
        probeScratch = layout.matrix(rows: 1, columns: probe.scratchWidth, "probe's scratch")
    }

    func activations(
        _ inputs: ProbeInputs<S>, _ buffers: TensorBlock<S>, isTraining: Bool
    ) -> ProbeActivations<S> {
        ProbeActivations(
            inputs: inputs, saved: saved.rows(0..<inputs.count), scratch: probeScratch,
            output: output.rows(0..<inputs.count), buffers: buffers.dropping(normBuffers),
            isTraining: isTraining)
    }

    func outputGradient(_ rows: Int) -> MatrixView<S> { gradient.rows(0..<rows) }
    func logits(_ rows: Int) -> MatrixView<S> { scores.rows(0..<rows) }
    /// `[D_o]`.
    var variance: UnsafeMutablePointer<S> { channels.pointer }
    /// `[D_o]`.
    var scratch: UnsafeMutablePointer<S> { channels.pointer + channels.columns }
}
