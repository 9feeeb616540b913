package import Numerics

/// One trainable tensor of a probe, or one buffer that is kept beside them.
package struct TensorSpecification: Hashable, Sendable {
    /// The name under which the tensor is exported.
    package var name: String
    package var shape: [Int]
    package var initializer: TensorInitializer
    /// The unit of its values in the recipe `fast`.
    package var unit: TensorUnit
    /// Whether weight decay applies in the recipe `fast`: where the method's source has it, and without a word of the
    /// source to weights alone, never to queries, latents, norms and biases.
    package var isDecayed: Bool

    /// - Parameter isDecayed: Nil for weights, biases and norms: whether the tensor has more than one axis.
    package init(
        _ name: String, shape: [Int], _ initializer: TensorInitializer, unit: TensorUnit = .one, isDecayed: Bool? = nil
    ) {
        self.name = name
        self.shape = shape
        self.initializer = initializer
        self.unit = unit
        self.isDecayed = isDecayed ?? (shape.count > 1)
    }

    package var count: Int { shape.reduce(1, *) }

    /// Whether it has more than one axis, as weights and queries have, and biases and norms have not. LARS's trust ratio
    /// applies to these tensors, and in the recipe `published` weight decay as well.
    package var isMatrix: Bool { shape.count > 1 }
}

/// The unit r in which a tensor's values are measured: an optimiser trains p/r in p's place, from the same first values.
///
/// A query that meets tokens as q·x_t/√D changes attention √D times less with a step of a given size than a query
/// without the division does, and in proportion to how far the tokens of a sample lie apart. With r = √D/σ a step of the
/// learning rate means the same for all widths and all scales of the features.
package struct TensorUnit: Hashable, Sendable {
    package var factor: Double
    /// Whether r is the factor divided by σ, the deviation of tokens from their samples' means.
    package var isPerTokenDeviation: Bool

    package static let one = TensorUnit(factor: 1, isPerTokenDeviation: false)

    package static func perTokenDeviation(_ factor: Double) -> TensorUnit {
        TensorUnit(factor: factor, isPerTokenDeviation: true)
    }

    /// r.
    ///
    /// - Parameter deviation: σ > 0, nil where tokens do not differ within samples.
    package func value(deviation: Double?) -> Double {
        isPerTokenDeviation ? factor / (deviation ?? 1) : factor
    }
}

/// The distribution from which a tensor's first values are drawn.
package enum TensorInitializer: Hashable, Sendable {
    case constant(Double)
    /// N(0, σ²).
    case normal(deviation: Double)
    /// N(0, σ²), truncated at two σ by drawing again.
    case truncatedNormal(deviation: Double)
    /// The values of the tensor of this name in the initial weights, or another distribution if there are none.
    indirect case loaded(otherwise: TensorInitializer)
    /// U(−bound, bound). A linear layer's weight and bias both take bound = 1/√(inputs), PyTorch's default.
    case uniform(bound: Double)

    /// PyTorch's default for the weight and the bias of a linear layer.
    package static func defaultLinear(inputs: Int) -> Self {
        .uniform(bound: 1 / Double(inputs).squareRoot())
    }

    /// Whether values are drawn from a normal distribution.
    package var isNormal: Bool {
        switch self {
        case .normal, .truncatedNormal: true
        case .loaded(let other): other.isNormal
        case .constant, .uniform: false
        }
    }

    /// The element of this index, drawn by the generator's draw of the same index.
    package func value(at index: Int, from generator: CounterGenerator) -> Double {
        switch self {
        case .constant(let value): value
        case .normal(let deviation): deviation * generator.normal(at: UInt64(index))
        case .truncatedNormal(let deviation): deviation * Self.truncated(index, generator)
        case .loaded(let other): other.value(at: index, from: generator)
        case .uniform(let bound): bound * (2 * generator.uniform(at: UInt64(index)) - 1)
        }
    }
}

extension TensorInitializer {
    /// Writes the first values of all elements, as `value(at:from:)` gives them.
    @specialized(where S == Float)
    func fill<S: Scalar>(_ elements: UnsafeMutableBufferPointer<S>, from generator: CounterGenerator) {
        switch self {
        case .constant(let value): elements.update(repeating: S(value))
        case .loaded(let other): other.fill(elements, from: generator)
        case .uniform(let bound):
            generator.forEachBlock(ofFirst: elements.count) { first, bits in
                for place in bits.indices {
                    elements[first + place] = S(bound * (2 * CounterGenerator.uniform(bits[place]) - 1))
                }
            }
        case .normal(let deviation):
            generator.forEachNormal(elements.count) { elements[$0] = S(deviation * $1) }
        case .truncatedNormal(let deviation):
            generator.forEachNormal(elements.count) { index, draw in
                elements[index] = S(abs(draw) <= 2 ? deviation * draw : value(at: index, from: generator))
            }
        }
    }

    /// The first of an index's draws within ±2. Repeated draws are 2⁴⁰ apart, beyond any tensor's other draws.
    private static func truncated(_ index: Int, _ generator: CounterGenerator) -> Double {
        for repetition in 0..<64 {
            let draw = generator.normal(at: UInt64(index) + UInt64(repetition) << 40)
            if abs(draw) <= 2 { return draw }
        }
        return 0
    }
}

/// The offsets of tensors in one block of memory: in order, each aligned to a cache line.
package struct TensorLayout: Hashable, Sendable {
    package let tensors: [TensorSpecification]
    package let offsets: [Int]
    /// Elements of the block, the gaps between tensors included.
    package let extent: Int

    package init(_ tensors: [TensorSpecification]) {
        self.tensors = tensors
        var offsets: [Int] = []
        var end = 0
        for tensor in tensors {
            offsets.append(end)
            end += BlockLayout<Float>.padded(tensor.count)
        }
        self.offsets = offsets
        extent = end
    }

    /// The layout of the tensors after the first ones, in memory that begins with the first of them.
    func dropping(_ count: Int) -> TensorLayout {
        TensorLayout(Array(tensors.dropFirst(count)))
    }

    /// Elements of the tensors themselves.
    package var count: Int { tensors.reduce(0) { $0 + $1.count } }
}

/// The values of a layout's tensors: a view of memory that the caller owns.
package struct TensorBlock<S: Scalar>: @unchecked Sendable {
    // Sendable by contract with the caller, as `MatrixView` is: each candidate's block is used by one thread at a time.
    package let layout: TensorLayout
    package let base: UnsafeMutablePointer<S>

    /// The next part of a block of memory.
    package init(_ layout: TensorLayout, in block: inout BlockLayout<S>, _ part: StaticString) {
        self.init(layout, at: block.take(layout.extent, part))
    }

    /// - Parameter matrix: Of `layout.extent` elements; must outlive the block.
    package init(_ layout: TensorLayout, of matrix: Matrix<S>) {
        precondition(matrix.rows * matrix.columns == layout.extent, "a layout of \(layout.extent) elements")
        self.init(layout, at: matrix.elements)
    }

    private init(_ layout: TensorLayout, at base: UnsafeMutablePointer<S>) {
        self.layout = layout
        self.base = base
    }

    /// All elements of a tensor, in row-major order.
    package subscript(_ index: Int) -> UnsafeMutableBufferPointer<S> {
        UnsafeMutableBufferPointer(start: base + layout.offsets[index], count: layout.tensors[index].count)
    }

    /// The tensors after the first ones.
    func dropping(_ count: Int) -> TensorBlock<S> {
        TensorBlock(layout.dropping(count), at: base + (count < layout.offsets.count ? layout.offsets[count] : 0))
    }

    /// A tensor as a matrix: its last axis are the columns.
    package func matrix(_ index: Int) -> MatrixView<S> {
        let columns = layout.tensors[index].shape.last ?? 1
        return MatrixView(
            pointer: base + layout.offsets[index], rows: layout.tensors[index].count / max(columns, 1),
            columns: columns)
    }

    /// Draws every tensor's initial values, each tensor with its own generator.
    package func initialize(from generator: (_ tensor: String) -> CounterGenerator) {
        for (index, tensor) in layout.tensors.enumerated() {
            tensor.initializer.fill(self[index], from: generator(tensor.name))
        }
    }
}
