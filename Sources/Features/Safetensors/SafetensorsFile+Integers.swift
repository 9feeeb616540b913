extension SafetensorsFile {
    /// The values of an integer tensor of any width, copied; nil if the type is no integer or a value exceeds Int.
    func integers(of tensor: SafetensorsTensor) -> [Int]? {
        switch tensor.type {
        case .bool, .uint8: integers(of: tensor, as: UInt8.self)
        case .int8: integers(of: tensor, as: Int8.self)
        case .int16: integers(of: tensor, as: Int16.self)
        case .uint16: integers(of: tensor, as: UInt16.self)
        case .int32: integers(of: tensor, as: Int32.self)
        case .uint32: integers(of: tensor, as: UInt32.self)
        case .int64: integers(of: tensor, as: Int64.self)
        case .uint64: integers(of: tensor, as: UInt64.self)
        default: nil
        }
    }

    private func integers<Value: FixedWidthInteger & BitwiseCopyable>(
        of tensor: SafetensorsTensor, as type: Value.Type
    ) -> [Int]? {
        let bytes = bytes(of: tensor)
        let size = MemoryLayout<Value>.size
        var values: [Int] = []
        values.reserveCapacity(bytes.count / size)
        for position in stride(from: 0, to: bytes.count, by: size) {
            guard let value = Int(exactly: Value(littleEndian: bytes.loadUnaligned(fromByteOffset: position, as: type)))
            else { return nil }
            values.append(value)
        }
        return values
    }
}
