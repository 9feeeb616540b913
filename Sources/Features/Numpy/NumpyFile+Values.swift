extension NumpyFile {
    /// All elements as integers, copied; nil if the type is no integer or a value exceeds Int.
    func integers() -> [Int]? {
        switch type {
        case .bool, .unsigned(bytes: 1): values(as: UInt8.self)
        case .signed(bytes: 1): values(as: Int8.self)
        case .signed(bytes: 2): values(as: Int16.self)
        case .signed(bytes: 4): values(as: Int32.self)
        case .signed: values(as: Int64.self)
        case .unsigned(bytes: 2): values(as: UInt16.self)
        case .unsigned(bytes: 4): values(as: UInt32.self)
        case .unsigned: values(as: UInt64.self)
        case .float, .void2: nil
        }
    }

    /// All elements as numbers of single precision, copied; nil if the type is not a floating-point type.
    func floats() -> [Float]? {
        guard case .float(let size) = type else { return nil }
        let bytes = bytes
        return stride(from: 0, to: bytes.count, by: size).map { position in
            switch size {
            case 2: Float(Float16(bitPattern: load(bytes, position)))
            case 4: Float(bitPattern: load(bytes, position))
            default: Float(Double(bitPattern: load(bytes, position)))
            }
        }
    }

    private func values<Value: FixedWidthInteger & BitwiseCopyable>(as type: Value.Type) -> [Int]? {
        let bytes = bytes
        var values: [Int] = []
        values.reserveCapacity(bytes.count / MemoryLayout<Value>.size)
        for position in stride(from: 0, to: bytes.count, by: MemoryLayout<Value>.size) {
            let value: Value = load(bytes, position)
            guard let value = Int(exactly: value) else { return nil }
            values.append(value)
        }
        return values
    }

    private func load<Value: FixedWidthInteger & BitwiseCopyable>(
        _ bytes: UnsafeRawBufferPointer, _ position: Int
    ) -> Value {
        let raw = bytes.loadUnaligned(fromByteOffset: position, as: Value.self)
        return isBigEndian ? Value(bigEndian: raw) : Value(littleEndian: raw)
    }
}
