/// One layer's tokens in a user's file: .npy or safetensors, `[n, T, D]`, `[n, D]`, or `[ΣT, D]` with offsets.
struct TokenSource: Sendable {
    /// Floating-point types that tokens are imported from.
    enum Element: Sendable, Equatable {
        case float16, bfloat16, float32, float64

        var byteCount: Int {
            switch self {
            case .float16, .bfloat16: 2
            case .float32: 4
            case .float64: 8
            }
        }

        /// The type that represents every value exactly; single precision for double precision.
        var storedType: ElementType {
            switch self {
            case .float16: .float16
            case .bfloat16: .bfloat16
            case .float32, .float64: .float32
            }
        }
    }

    let path: String
    let element: Element
    let isBigEndian: Bool
    let lengths: SampleLengths
    /// D.
    let width: Int
    /// Offset of the first element in the file, for errors.
    let dataStart: Int
    private let file: File

    private enum File: Sendable {
        case numpy(NumpyFile)
        case safetensors(SafetensorsFile, SafetensorsTensor)
    }

    /// The elements in the file's layout: valid as long as this value.
    var bytes: UnsafeRawBufferPointer {
        switch file {
        case .numpy(let file): file.bytes
        case .safetensors(let file, let tensor): file.bytes(of: tensor)
        }
    }

    /// - Parameters:
    ///   - tensor: the tensor of a safetensors file; nil if there is only one.
    ///   - readsVoidAsBFloat16: whether two-byte void elements of a .npy file are bfloat16, which .npy cannot say.
    static func open(
        _ path: String, tensor: String?, readsVoidAsBFloat16: Bool
    ) throws(FeatureError) -> TokenSource {
        path.hasSuffix(".safetensors")
            ? try openSafetensors(path, tensor: tensor)
            : try openNumpy(path, readsVoidAsBFloat16: readsVoidAsBFloat16)
    }

    // MARK: .npy

    private static func openNumpy(_ path: String, readsVoidAsBFloat16: Bool) throws(FeatureError) -> TokenSource {
        let file = try NumpyFile.open(path)
        let element: Element
        switch file.type {
        case .float(bytes: 2): element = .float16
        case .float(bytes: 4): element = .float32
        case .float: element = .float64
        case .void2 where readsVoidAsBFloat16: element = .bfloat16
        case .void2:
            throw FeatureError(
                file: path, field: "descr", found: "elements of two opaque bytes",
                expected: "a floating-point type",
                remedy: "If the array holds bfloat16, add --bfloat16; otherwise save it as float32.")
        default:
            throw FeatureError(
                file: path, field: "descr", found: "integers", expected: "a floating-point type",
                remedy: "Features are float16, bfloat16, float32 or float64; is this the labels file?")
        }
        return TokenSource(
            path: path, element: element, isBigEndian: file.isBigEndian,
            lengths: try lengths(of: file.shape, path: path), width: file.shape[file.shape.count - 1],
            dataStart: file.dataStart, file: .numpy(file))
    }

    // MARK: safetensors

    private static func openSafetensors(_ path: String, tensor name: String?) throws(FeatureError) -> TokenSource {
        let file = try SafetensorsFile.open(path)
        let tensor = try choose(name, in: file)
        let element: Element
        switch tensor.type {
        case .float16: element = .float16
        case .bfloat16: element = .bfloat16
        case .float32: element = .float32
        case .float64: element = .float64
        default:
            throw FeatureError(
                file: path, field: "tensor \"\(tensor.name)\"", found: tensor.type.rawValue,
                expected: "F16, BF16, F32 or F64", remedy: "Name the tensor of features with --tensor.")
        }
        return TokenSource(
            path: path, element: element, isBigEndian: false, lengths: try lengths(of: tensor, in: file),
            width: tensor.shape[tensor.shape.count - 1], dataStart: file.fileOffset(of: tensor),
            file: .safetensors(file, tensor))
    }

    private static func choose(_ name: String?, in file: SafetensorsFile) throws(FeatureError) -> SafetensorsTensor {
        let names = file.tensors.map(\.name).sorted().joined(separator: ", ")
        let usual = ["tokens", "features"].compactMap { file.tensor($0) }
        let floating: Set<ElementType> = [.float16, .bfloat16, .float32, .float64]
        let alike = file.tensors.filter { floating.contains($0.type) && (2...3).contains($0.shape.count) }
        let choice = name.map { file.tensor($0) } ?? usual.first ?? (alike.count == 1 ? alike[0] : nil)
        guard let choice else {
            throw FeatureError(
                file: file.path, field: name.map { "tensor \"\($0)\"" },
                found: name == nil ? "several tensors" : "missing",
                expected: "one of \(names)", remedy: "Name the tensor of features with --tensor.")
        }
        return choice
    }

    private static func lengths(
        of tensor: SafetensorsTensor, in file: SafetensorsFile
    ) throws(FeatureError) -> SampleLengths {
        guard let table = file.tensor("offsets") else { return try lengths(of: tensor.shape, path: file.path) }
        guard tensor.shape.count == 2, table.shape.count == 1, table.shape[0] >= 2 else {
            throw FeatureError(
                file: file.path, field: "tensor \"offsets\"", found: "\(table.shape) beside \(tensor.shape)",
                expected: "[n+1] beside [ΣT, D]", remedy: "Write one offset for each sample and one for the end.")
        }
        let offsets = try OffsetTable.read(table, in: file, samples: table.shape[0] - 1, rows: tensor.shape[0])
        try OffsetTable.check(offsets, lengths: 1...max(1, tensor.shape[0]), table, in: file)
        return .each(zip(offsets.dropFirst(), offsets).map { $0 - $1 })
    }

    // MARK: Shape

    private static func lengths(of shape: [Int], path: String) throws(FeatureError) -> SampleLengths {
        guard (2...3).contains(shape.count), shape.allSatisfy({ $0 > 0 }) else {
            throw FeatureError(
                file: path, field: "shape", found: "\(shape)", expected: "[n, T, D] or [n, D], none of them 0",
                remedy: "Save one array for each layer, samples first and width last.")
        }
        return .equal(tokens: shape.count == 3 ? shape[1] : 1, samples: shape[0])
    }
}
