/// Converts tokens of a source to a feature set's order and type: class token first, all values finite.
struct TokenConversion {
    let source: TokenSource
    let target: ElementType
    /// Which token of a sample is the class token; negative counts from the end. Nil where there is none.
    let classToken: Int?

    /// Fills a buffer with the stored tokens of consecutive samples, `[Σ tokens, D]`.
    ///
    /// - Parameter samples: begin where those of the call before ended.
    func fill(_ samples: Range<Int>, _ buffer: UnsafeMutableRawBufferPointer) throws(FeatureError) {
        var position = 0
        try source.read(samples) { (block) throws(FeatureError) in
            var first = 0
            for sample in block.samples {
                let count = source.lengths[sample]
                let front = try classTokenPlace(in: sample, count: count)
                for place in 0..<count {
                    let token = first + sourcePlace(of: place, classTokenAt: front)
                    try copy(block, token: token, of: sample, to: buffer, at: position)
                    position += source.width * target.byteCount
                }
                first += count
            }
        }
    }

    /// The index of a stored token in the source: the class token first, the others in their order.
    private func sourcePlace(of place: Int, classTokenAt front: Int?) -> Int {
        guard let front else { return place }
        return place == 0 ? front : place <= front ? place - 1 : place
    }

    private func classTokenPlace(in sample: Int, count: Int) throws(FeatureError) -> Int? {
        guard let classToken else { return nil }
        let place = classToken < 0 ? count + classToken : classToken
        guard (0..<count).contains(place) else {
            throw FeatureError(
                file: source.path, field: "sample \(sample)", found: "\(count) tokens",
                expected: "a class token at index \(classToken)", remedy: "Correct --class-token.")
        }
        return place
    }

    private func copy(
        _ block: TokenSource.Block, token: Int, of sample: Int, to buffer: UnsafeMutableRawBufferPointer,
        at position: Int
    ) throws(FeatureError) {
        for column in 0..<source.width {
            let offset = (token * source.width + column) * source.element.byteCount
            let value = load(block.elements, offset)
            let place = position + column * target.byteCount
            guard store(value, in: buffer, at: place) else {
                throw FeatureError(
                    file: block.file, field: "sample \(sample), element \(column)",
                    offset: block.offset.map { $0 + offset },
                    found: "\(value)", expected: "a finite number that \(target.rawValue) can hold",
                    remedy: value.isFinite
                        ? "Choose a wider type with --dtype." : "Extract this sample's features again.")
            }
        }
    }

    /// Every source type but double precision is exact in single precision; double is rounded once, here.
    private func load(_ elements: UnsafeRawBufferPointer, _ offset: Int) -> Float {
        switch source.element {
        case .float16: Float(Float16(bitPattern: bits(elements, offset)))
        case .bfloat16: Float(bitPattern: UInt32(bits(elements, offset) as UInt16) << 16)
        case .float32: Float(bitPattern: bits(elements, offset))
        case .float64: Float(Double(bitPattern: bits(elements, offset)))
        }
    }

    private func bits<Bits: FixedWidthInteger & BitwiseCopyable>(
        _ elements: UnsafeRawBufferPointer, _ offset: Int
    ) -> Bits {
        let raw = elements.loadUnaligned(fromByteOffset: offset, as: Bits.self)
        return source.isBigEndian ? Bits(bigEndian: raw) : Bits(littleEndian: raw)
    }

    /// False if the value is not finite, before or after rounding to the target's type.
    private func store(_ value: Float, in buffer: UnsafeMutableRawBufferPointer, at place: Int) -> Bool {
        switch target {
        case .float16:
            let rounded = Float16(value)
            buffer.storeBytes(of: rounded.bitPattern.littleEndian, toByteOffset: place, as: UInt16.self)
            return rounded.isFinite
        case .bfloat16:
            let rounded = BFloat16.bits(of: value)
            buffer.storeBytes(of: rounded.littleEndian, toByteOffset: place, as: UInt16.self)
            return rounded & 0x7F80 != 0x7F80
        default:
            buffer.storeBytes(of: value.bitPattern.littleEndian, toByteOffset: place, as: UInt32.self)
            return value.isFinite
        }
    }
}
