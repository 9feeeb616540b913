package import Numerics

/// A method of probing frozen tokens, at one shape.
///
/// A type of probe is a Swift type; a value is one configuration that fits one shape, so that a value needs no further
/// checks.
package protocol Probe: Sendable {
    /// The type's name in a spec.
    static var name: String { get }
    /// A one-line description.
    static var summary: String { get }
    /// The options that a spec may set.
    static var options: [ProbeOption] { get }

    /// - Throws: `ProbeError` if the options are invalid for this shape, with valid ones.
    init(_ options: ProbeOptions, shape: ProbeShape) throws(ProbeError)

    var shape: ProbeShape { get }
    /// The part of a sample that it reads.
    var reading: ProbeReading { get }
    /// D_o, the width of the vector that the head or the comparison gets.
    var outputWidth: Int { get }
    var cost: ProbeCost { get }
}

extension Probe {
    /// Elements of what is read of one sample: the pooled vector's width, or M · D.
    package var readingWidth: Int {
        switch reading {
        case .pooled(let input): input.width(of: shape.width)
        case .attention(let demand): demand.queries * shape.width
        case .tokens: 0
        }
    }

    /// Layers before the unit's own that are read too.
    package var earlierLayers: Int {
        if case .pooled(let input) = reading { input.earlierLayers } else { 0 }
    }

    /// Rejects a shape without the tokens that the reading needs.
    static func check(_ reading: ProbeReading, fits shape: ProbeShape) throws(ProbeError) {
        let needsClassToken =
            switch reading {
            case .pooled(let input): input.needsClassToken
            case .attention(let demand): demand.tokens == .all
            case .tokens(let tokens): tokens == .all
            }
        if needsClassToken && !shape.hasClassToken {
            throw ProbeError(
                probe: name, problem: "it reads the class token, but these features have none",
                remedy: "read the mean or the patch tokens instead")
        }
        let needsPatchTokens =
            switch reading {
            case .pooled(let input): input.patch != nil
            case .attention(let demand): demand.tokens == .patch
            case .tokens(let tokens): tokens == .patch
            }
        if needsPatchTokens && shape.tokens.upperBound == 0 {
            throw ProbeError(
                probe: name, problem: "it reads patch tokens, but these features have none",
                remedy: "read the class token instead")
        }
        if case .pooled(let input) = reading { try check(input, fits: shape) }
    }

    /// Rejects a position that a sample does not have, and more principal components than the vector has dimensions.
    private static func check(_ input: PooledInput, fits shape: ProbeShape) throws(ProbeError) {
        if case .position(let place) = input.patch, place >= shape.tokens.lowerBound {
            throw ProbeError(
                probe: name, option: "input",
                problem: "it reads the patch token at position \(place), counted from 0, and the shortest sample has "
                    + "\(shape.tokens.lowerBound) patch tokens",
                remedy: shape.tokens.lowerBound == 0
                    ? "read the mean instead" : "read a position up to \(shape.tokens.lowerBound - 1), or last")
        }
        let width = input.gatheredWidth(of: shape.width)
        if case .components(let count) = input.preparation, count > width {
            throw ProbeError(
                probe: name, option: "prepare",
                problem: "\(count) principal components are asked of a vector that is \(width) wide",
                remedy: "take at most pca-\(width)")
        }
    }
}

/// A probe that is trained by gradient: query side → attention core → head side, and then batch norm, unless the probe
/// does without, and a linear layer.
///
/// The query side computes the effective queries from parameters; the core, the only part that reads tokens, computes
/// the reading; the head side, which is this protocol's `forward` and `backward`, computes from the reading the input
/// of the shared head (`ProbeNetwork`). Probes that read pooled vectors or tokens have no query side.
///
/// Conformers' methods compute the same for `Float`, which trains, and `Double`, which tests.
package protocol GradientProbe: Probe {
    /// The pooling's tensors, without the shared head's.
    var tensors: [TensorSpecification] { get }
    /// Statistics that training updates and evaluation uses.
    var buffers: [TensorSpecification] { get }
    /// Summaries of each sample that are read in addition.
    var context: [TokenSummary] { get }
    /// Elements per sample that `forward` leaves in `saved` for `backward`.
    var savedWidth: Int { get }
    /// Scratch elements per batch, from the query side to the end of the backward pass.
    var scratchWidth: Int { get }
    /// Whether batch norm stands between the output and the linear layer.
    var normalizesOutput: Bool { get }
    /// Whether query h's aggregate alone makes the h-th of M equal chunks of the output.
    var separatesQueries: Bool { get }
    /// Whether `forward` also takes a reading `[n, D]`, for M aggregates that are all the same.
    var readsCommonAggregate: Bool { get }
    /// MACs in front of the head, in the literature's order.
    var referencePooling: MultiplyAccumulates { get }
    /// MACs in front of the head as executed.
    var executedPooling: MultiplyAccumulates { get }

    /// G and the extra tokens ← parameters. `reading` and `output` of the activations are not valid yet.
    func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath)

    /// Output `[n, D_o]` ← reading.
    func forward<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, on path: KernelPath)

    /// From ∂L/∂output, the gradients of the head side's tensors, and ∂L/∂reading for probes that attend.
    ///
    /// - Parameters:
    ///   - outputGradient: `[n, D_o]`; the probe may overwrite it.
    ///   - gradients: Overwritten, but for tensors of the query side.
    ///   - readingGradient: ∂L/∂reading, overwritten: ζ `[n, M · D]` for probes that attend; nil where nothing in front
    ///     of the reading trains.
    func backward<S: Scalar>(
        _ outputGradient: MatrixView<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, readingGradient: MatrixView<S>?, on path: KernelPath)

    /// From the gradients of G and of the extra tokens, summed over the batch unless samples have queries of their own,
    /// the gradients of the query side's tensors; those that the head side shares are added to.
    func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath)
}

extension GradientProbe {
    package var buffers: [TensorSpecification] { [] }
    package var context: [TokenSummary] { [] }
    package var savedWidth: Int { 0 }
    package var scratchWidth: Int { 0 }
    package var normalizesOutput: Bool { true }
    package var separatesQueries: Bool { false }
    package var readsCommonAggregate: Bool { false }

    /// Elements of all summaries of one sample.
    package var contextWidth: Int {
        context.reduce(0) { $0 + $1.columns(width: shape.width) }
    }

    package func effectiveQueries<S: Scalar>(
        _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>, into attention: AttentionQueries<S>,
        on path: KernelPath
    ) {}

    package func queryGradient<S: Scalar>(
        _ attention: AttentionQueries<S>, _ activations: ProbeActivations<S>, _ parameters: TensorBlock<S>,
        gradients: TensorBlock<S>, on path: KernelPath
    ) {}

    /// Trainable parameters and MACs of pooling and head together: parameters Σ tensors + D_o·C + C, MACs of the head
    /// D_o·C forward and 2·D_o·C backward, or D_o·C where nothing trainable precedes it.
    package var cost: ProbeCost {
        let head = outputWidth * shape.classes
        let macs = MultiplyAccumulates(forward: head, backward: tensors.isEmpty ? head : 2 * head)
        let pooling = tensors.reduce(0) { $0 + $1.count }
        return ProbeCost(
            parameters: pooling + head + shape.classes, reference: referencePooling + macs,
            executed: executedPooling + macs)
    }
}
