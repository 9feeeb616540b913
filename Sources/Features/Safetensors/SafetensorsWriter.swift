import Foundation

/// Writes a safetensors file sequentially: the header first, then the tensors' bytes in the order of declaration, in
/// pieces of any size, so that a file may be larger than memory.
///
/// The header is padded to a multiple of eight bytes; declare tensors of wide elements first, and every one is aligned.
package final class SafetensorsWriter {
    private let file: OutputFile
    private let path: String
    private var missing: Int

    private init(file: OutputFile, path: String, missing: Int) {
        self.file = file
        self.path = path
        self.missing = missing
    }

    /// - Parameter tensors: name, type and shape of each tensor; names must differ.
    package static func create(
        _ path: String, tensors: [(name: String, type: ElementType, shape: [Int])], metadata: [String: String] = [:]
    ) throws(FeatureError) -> SafetensorsWriter {
        var members: [String: HeaderMember] = metadata.isEmpty ? [:] : ["__metadata__": .metadata(metadata)]
        var end = 0
        for tensor in tensors {
            guard let count = SafetensorsTensor.byteCount(type: tensor.type, shape: tensor.shape),
                members[tensor.name] == nil
            else {
                throw FeatureError(
                    file: path, field: "tensor \"\(tensor.name)\"", found: "shape \(tensor.shape)",
                    expected: "a shape that fills whole bytes, and a unique name", remedy: "Check the tensor.")
            }
            members[tensor.name] = .tensor(
                HeaderTensor(dtype: tensor.type, shape: tensor.shape, dataOffsets: [end, end + count]))
            end += count
        }
        let file = try OutputFile.create(path)
        let header = try encode(members, path: path)
        try file.append([UInt64(header.count).littleEndian])
        try file.append(header)
        return SafetensorsWriter(file: file, path: path, missing: end)
    }

    /// The next bytes of the tensors' data.
    package func append(_ bytes: UnsafeRawBufferPointer) throws(FeatureError) {
        missing -= bytes.count
        precondition(missing >= 0, "\(-missing) bytes more than declared were written to \(path).")
        try file.append(bytes)
    }

    /// The next elements of the tensors' data, little-endian as they lie in memory.
    package func append<Element: BitwiseCopyable>(_ elements: [Element]) throws(FeatureError) {
        missing -= elements.count * MemoryLayout<Element>.stride
        precondition(missing >= 0, "\(-missing) bytes more than declared were written to \(path).")
        try file.append(elements)
    }

    /// Completes the file under its name and returns its SHA-256.
    package func finish() throws(FeatureError) -> String {
        precondition(missing == 0, "\(missing) bytes of the tensors were not written to \(path).")
        return try file.finish()
    }

    // MARK: Header

    private struct HeaderTensor: Encodable {
        var dtype: ElementType
        var shape: [Int]
        var dataOffsets: [Int]

        enum CodingKeys: String, CodingKey {
            case dtype, shape
            case dataOffsets = "data_offsets"
        }
    }

    private enum HeaderMember: Encodable {
        case tensor(HeaderTensor)
        case metadata([String: String])

        func encode(to encoder: any Encoder) throws {
            switch self {
            case .tensor(let tensor): try tensor.encode(to: encoder)
            case .metadata(let metadata): try metadata.encode(to: encoder)
            }
        }
    }

    private static func encode(_ members: [String: HeaderMember], path: String) throws(FeatureError) -> [UInt8] {
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        do {
            var header = Array(try encoder.encode(members))
            header += [UInt8](repeating: UInt8(ascii: " "), count: (8 - header.count % 8) % 8)
            return header
        } catch {
            throw FeatureError(
                file: path, found: "a header that cannot be written: \(error)", remedy: "Check the names.")
        }
    }
}
