public import Numerics

/// A way to read frozen tokens, at one shape.
///
/// A type of probe is a Swift type; a value is one configuration of it that fits one shape, so that whoever holds a
/// value needs no further checks.
public protocol Probe: Sendable {
    /// The type's name in a spec.
    static var name: String { get }
    /// What it is, in one line.
    static var summary: String { get }
    /// The options that a spec may set.
    static var options: [ProbeOption] { get }

    /// - Throws: `ProbeError` where the options are impossible at this shape, with what would be possible.
    init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError)

    var shape: ProbeShape { get }
    /// What it reads of a sample.
    var reading: ProbeReading { get }
    /// D_o, the width of the vector that the head or the comparison gets.
    var outputWidth: Int { get }
    var cost: ProbeCost { get }
}

extension Probe {
    /// Elements of what is read of one sample: the pooled vector's width, or M · D.
    public var readingWidth: Int {
        switch reading {
        case .pooled(let input): input.width(of: shape)
        case .attention(let demand): demand.queries * shape.width
        }
    }

    /// Refuses a shape without the tokens that the reading needs.
    static func check(_ reading: ProbeReading, fits shape: ProbeShape) throws(ProbeError) {
        let needsClassToken =
            switch reading {
            case .pooled(let input): input.needsClassToken
            case .attention(let demand): demand.tokens == .all
            }
        if needsClassToken && !shape.hasClassToken {
            throw ProbeError(
                probe: name, problem: "it reads the class token, and these features have none",
                remedy: "read the mean or the patch tokens instead")
        }
        let needsPatchTokens =
            switch reading {
            case .pooled(let input): input != .classToken
            case .attention(let demand): demand.tokens == .patch
            }
        if needsPatchTokens && shape.tokens.upperBound == 0 {
            throw ProbeError(
                probe: name, problem: "it reads patch tokens, and these features have none",
                remedy: "read the class token instead")
        }
    }
}

/// A probe that is trained by gradient: query side → attention core → head side, and then batch norm and a linear layer.
///
/// The query side makes the effective queries out of parameters; the core, which alone touches tokens, makes the
/// reading; the head side, which is this protocol's `forward` and `backward`, makes of the reading the output that the
/// shared head gets (`ProbeNetwork`). Probes that read pooled vectors have no query side.
///
/// Conformers' methods compute the same for `Float`, which trains, and `Double`, which tests.
public protocol GradientProbe: Probe {
    /// The pooling's tensors, without the shared head's.
    var tensors: [TensorSpecification] { get }
    /// Elements per sample that `forward` leaves in `saved` for `backward`.
    var savedWidth: Int { get }
    /// MACs in front of the head, in the literature's order.
    var referencePooling: MultiplyAccumulates { get }
    /// MACs in front of the head as executed.
    var executedPooling: MultiplyAccumulates { get }

    /// G `[M, D]` ← the effective queries, the scale included.
    func effectiveQueries<S: Scalar>(_ parameters: TensorBlock<S>, into queries: MatrixView<S>)

    /// Output `[n, D_o]` ← reading.
    func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath)

    /// From ∂L/∂output, the gradients of the head side's tensors, and ∂L/∂reading for probes that attend.
    ///
    /// - Parameters:
    ///   - outputGradient: `[n, D_o]`; the probe may overwrite it.
    ///   - gradients: Overwritten, but for tensors of the query side.
    ///   - readingGradient: ζ `[n, M · D]`, overwritten; nil for pooled readings.
    func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath)

    /// From ∂L/∂G `[M, D]`, summed over the batch, the gradients of the query side's tensors.
    func queryGradient<S: Scalar>(
        _ gradient: MatrixView<S>, _ parameters: TensorBlock<S>, gradients: TensorBlock<S>)
}

extension GradientProbe {
    public var savedWidth: Int { 0 }

    public func effectiveQueries<S: Scalar>(_ parameters: TensorBlock<S>, into queries: MatrixView<S>) {}

    public func queryGradient<S: Scalar>(
        _ gradient: MatrixView<S>, _ parameters: TensorBlock<S>, gradients: TensorBlock<S>
    ) {}

    /// Trainable parameters and MACs of pooling and head together: parameters Σ tensors + D_o·C + C, MACs of the head
    /// D_o·C forward and 2·D_o·C backward, or D_o·C where nothing trainable precedes it.
    public var cost: ProbeCost {
        let head = outputWidth * shape.classes
        let macs = MultiplyAccumulates(forward: head, backward: tensors.isEmpty ? head : 2 * head)
        let pooling = tensors.reduce(0) { $0 + $1.count }
        return ProbeCost(
            parameters: pooling + head + shape.classes, reference: referencePooling + macs,
            executed: executedPooling + macs)
    }
}

/// What one probe computes on for one batch of n samples.
public struct ProbeActivations<S: Scalar>: Sendable {
    /// The pooled vectors, or the core's Z: `[n, readingWidth]`.
    public let reading: MatrixView<S>
    /// `[n, savedWidth]`, the probe's own.
    public let saved: MatrixView<S>
    /// `[n, D_o]`.
    public let output: MatrixView<S>

    public init(reading: MatrixView<S>, saved: MatrixView<S>, output: MatrixView<S>) {
        self.reading = reading
        self.saved = saved
        self.output = output
    }
}
