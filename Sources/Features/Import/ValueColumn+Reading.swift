extension ValueColumn {
    /// A column in a file of its own: .npy or safetensors of numbers `[n]`, or text with one value a line.
    ///
    /// - Parameter tensor: the tensor that a safetensors file of several is read from.
    static func read(_ path: String, tensor: String) throws(FeatureError) -> ValueColumn {
        if path.hasSuffix(".npy") {
            return try of(NumpyFile.open(path))
        } else if path.hasSuffix(".safetensors") {
            let file = try SafetensorsFile.open(path)
            let only = file.tensors.count == 1 ? file.tensors[0] : nil
            guard let chosen = file.tensor(tensor) ?? only else {
                throw FeatureError(
                    file: path, found: "the tensors \(file.tensors.map(\.name).sorted().joined(separator: ", "))",
                    expected: "\(tensor), or a single tensor", remedy: "Name the tensor \(tensor).")
            }
            return try of(chosen, in: file)
        }
        let lines = try TextFile.lines(of: path)
        return ValueColumn(path: path, values: .texts(lines.map(\.trimmedValue)), lines: Array(1...max(1, lines.count)))
    }

    static func of(_ file: NumpyFile) throws(FeatureError) -> ValueColumn {
        if file.shape.count == 1, let values = file.integers().map(Values.integers) ?? file.floats().map(Values.numbers)
        {
            return ValueColumn(path: file.path, values: values)
        }
        throw FeatureError(
            file: file.path, field: "shape", found: "\(file.shape)",
            expected: "integers [n] or [n, C], or floating-point numbers [n]",
            remedy: "Save class numbers as integers, or several labels as 0 and 1.")
    }

    static func of(_ tensor: SafetensorsTensor, in file: SafetensorsFile) throws(FeatureError) -> ValueColumn {
        let values = file.integers(of: tensor).map(Values.integers) ?? file.numbers(of: tensor).map(Values.numbers)
        if tensor.shape.count == 1, let values {
            return ValueColumn(path: file.path, name: tensor.name, values: values)
        }
        throw FeatureError(
            file: file.path, field: "tensor \"\(tensor.name)\"", found: "\(tensor.type.rawValue) \(tensor.shape)",
            expected: "integers [n] or [n, C], or floating-point numbers [n]",
            remedy: "Save class numbers as integers, or several labels as 0 and 1.")
    }
}

extension SafetensorsFile {
    /// The values of a floating-point tensor in single precision, copied; nil for other types.
    fileprivate func numbers(of tensor: SafetensorsTensor) -> [Float]? {
        let bytes = bytes(of: tensor)
        func read<Bits: FixedWidthInteger & BitwiseCopyable>(_ type: Bits.Type, _ value: (Bits) -> Float) -> [Float] {
            stride(from: 0, to: bytes.count, by: MemoryLayout<Bits>.size).map {
                value(Bits(littleEndian: bytes.loadUnaligned(fromByteOffset: $0, as: type)))
            }
        }
        return switch tensor.type {
        case .float16: read(UInt16.self) { Float(Float16(bitPattern: $0)) }
        case .bfloat16: read(UInt16.self) { Float(bitPattern: UInt32($0) << 16) }
        case .float32: read(UInt32.self) { Float(bitPattern: $0) }
        case .float64: read(UInt64.self) { Float(Double(bitPattern: $0)) }
        default: nil
        }
    }
}
