extension TokenFile {
    static func openSafetensors(_ path: String, _ options: Options) throws(FeatureError) -> TokenArray {
        let file = try SafetensorsFile.open(path)
        let tensor = try choose(options.key, in: file)
        let element: TokenArray.Element
        switch tensor.type {
        case .float16: element = .float16
        case .bfloat16: element = .bfloat16
        case .float32: element = .float32
        case .float64: element = .float64
        default:
            throw FeatureError(
                file: path, field: "tensor \"\(tensor.name)\"", found: tensor.type.rawValue,
                expected: "F16, BF16, F32 or F64", remedy: "Name the tensor of features: \(path):NAME.")
        }
        try checkExtents(tensor.shape, of: path)
        let start = file.fileOffset(of: tensor)
        return TokenArray(
            path: path, element: element, shape: tensor.shape, dataStart: start,
            sampleLengths: try sampleLengths(of: tensor, in: file),
            reader: MappedRows(
                mapping: file.mapping, start: start, rowBytes: (tensor.shape.last ?? 1) * element.byteCount))
    }

    private static func choose(_ name: String?, in file: SafetensorsFile) throws(FeatureError) -> SafetensorsTensor {
        let names = file.tensors.map(\.name).sorted().joined(separator: ", ")
        let usual = usualKeys.compactMap { file.tensor($0) }
        let floating: Set<ElementType> = [.float16, .bfloat16, .float32, .float64]
        let alike = file.tensors.filter { floating.contains($0.type) && (1...3).contains($0.shape.count) }
        let choice = name.map { file.tensor($0) } ?? usual.first ?? (alike.count == 1 ? alike[0] : nil)
        guard let choice else {
            throw FeatureError(
                file: file.path, field: name.map { "tensor \"\($0)\"" },
                found: name == nil ? "several tensors" : "missing",
                expected: "one of \(names)", remedy: "Name the tensor of features: \(file.path):NAME.")
        }
        return choice
    }

    private static func sampleLengths(
        of tensor: SafetensorsTensor, in file: SafetensorsFile
    ) throws(FeatureError) -> [Int]? {
        guard let table = file.tensor("offsets") else { return nil }
        guard tensor.shape.count == 2, table.shape.count == 1, table.shape[0] >= 2 else {
            throw FeatureError(
                file: file.path, field: "tensor \"offsets\"", found: "\(table.shape) beside \(tensor.shape)",
                expected: "[n+1] beside [ΣT, D]", remedy: "Write one offset for each sample and one for the end.")
        }
        let offsets = try OffsetTable.read(table, in: file, samples: table.shape[0] - 1, rows: tensor.shape[0])
        try OffsetTable.check(offsets, lengths: 1...max(1, tensor.shape[0]), table, in: file)
        return zip(offsets.dropFirst(), offsets).map { $0 - $1 }
    }
}
