import Numerics
import Probes
import Units

/// Parameters and running statistics of one head.
final class HeadParameters: @unchecked Sendable {
    // Sendable because a head is trained by one thread at a time, and only read while it predicts.
    let network: ProbeNetwork
    /// Not for heads that logistic regression found, which works in full precision.
    private let roundsInputs: Bool
    private let parameterMemory: Matrix<Float>
    private let bufferMemory: Matrix<Float>

    /// All zeros.
    init(_ network: ProbeNetwork, roundsInputs: Bool = true) {
        self.network = network
        self.roundsInputs = roundsInputs
        let shapes = Self.shapes(network)
        (parameterMemory, bufferMemory) = (Matrix(shapes.parameters), Matrix(shapes.buffers))
    }

    /// Draws the first values for a unit, or takes them from the weights that it starts from.
    ///
    /// - Throws: `TrainingError` for weights that lack a tensor, or have another shape of it.
    func initialize(for unit: PreparedUnit) throws(TrainingError) {
        let key = unit.unit.initializationKey
        parameters.initialize { UnitSeeds.initialization(of: key, tensor: $0) }
        buffers.initialize { UnitSeeds.initialization(of: key, tensor: $0) }
        for (index, tensor) in network.parameters.tensors.enumerated() {
            guard case .loaded = tensor.initializer else { continue }
            guard let values = try unit.weights?.values(of: tensor.name, shape: tensor.shape) else {
                throw TrainingError(
                    field: "weights", problem: "there is no tensor \(tensor.name)",
                    remedy: "give the weights that the sweep was planned with")
            }
            _ = parameters[index].update(fromContentsOf: values)
        }
    }

    static func bytes(_ network: ProbeNetwork) -> Int {
        let shapes = shapes(network)
        return shapes.parameters.bytes(of: Float.self) + shapes.buffers.bytes(of: Float.self)
    }

    private static func shapes(_ network: ProbeNetwork) -> (parameters: MatrixShape, buffers: MatrixShape) {
        (
            MatrixShape(rows: 1, columns: network.parameters.extent),
            MatrixShape(rows: 1, columns: network.buffers.extent)
        )
    }

    var parameters: TensorBlock<Float> { TensorBlock(network.parameters, of: parameterMemory) }
    var buffers: TensorBlock<Float> { TensorBlock(network.buffers, of: bufferMemory) }
    var state: NetworkState<Float> {
        NetworkState(parameters: parameters, buffers: buffers, roundsInputs: roundsInputs)
    }

    func copy(from other: HeadParameters) {
        parameterMemory.elements.update(from: other.parameterMemory.elements, count: parameterMemory.columns)
        bufferMemory.elements.update(from: other.bufferMemory.elements, count: bufferMemory.columns)
    }

    var checkpoint: HeadCheckpoint {
        HeadCheckpoint(parameters: parameterMemory.values, buffers: bufferMemory.values)
    }

    func fits(_ checkpoint: HeadCheckpoint) -> Bool {
        checkpoint.parameters.count == parameterMemory.columns && checkpoint.buffers.count == bufferMemory.columns
    }

    /// Goes on from a checkpoint that fits.
    func restore(_ checkpoint: HeadCheckpoint) {
        parameterMemory.restore(checkpoint.parameters)
        bufferMemory.restore(checkpoint.buffers)
    }

    /// Makes the head give numbers in the unit of the targets where it gave standardised ones: W ← σW, b ← σb + μ.
    func restore(_ scale: OutputScale) {
        let tensors = network.parameters.tensors.count
        let (weight, bias) = (parameters[tensors - 2], parameters[tensors - 1])
        for index in weight.indices { weight[index] *= scale.deviation }
        for index in bias.indices { bias[index] = scale.restored(bias[index]) }
    }

    /// Parameters and statistics under the names by which they are exported.
    var exported: TrainedHead {
        TrainedHead(tensors: Self.tensors(parameters) + Self.tensors(buffers))
    }

    private static func tensors(_ block: TensorBlock<Float>) -> [HeadTensor] {
        block.layout.tensors.enumerated().map { index, tensor in
            HeadTensor(name: tensor.name, shape: tensor.shape, values: Array(block[index]))
        }
    }
}

extension Matrix<Float> {
    /// All elements, row after row.
    var values: [Float] { Array(UnsafeBufferPointer(start: elements, count: rows * columns)) }

    func restore(_ values: [Float]) {
        precondition(values.count == rows * columns, "\(values.count) elements for a matrix of \(rows) × \(columns)")
        values.withUnsafeBufferPointer { source in
            if let first = source.baseAddress { elements.update(from: first, count: values.count) }
        }
    }
}
