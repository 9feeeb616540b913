/// A type with its own binary form, for those whose synthesized one is too slow, too large or not the same for equal
/// values.
///
/// Every other `Codable` type is written by its synthesized conformance: its fields in their order, without names.
/// ``BinaryWriter`` has the rules.
package protocol BinaryCodable {
    func write(to writer: BinaryWriter) throws
    /// - Throws: ``BinaryCodingError``, or what the initialisers of its parts throw; never traps on any input.
    static func read(from reader: BinaryReader) throws -> Self

    /// Many values at once, for types whose arrays have a faster or smaller form.
    static func write(all values: [Self], to writer: BinaryWriter) throws
    static func readAll(_ count: Int, from reader: BinaryReader) throws -> [Self]
}

extension BinaryCodable {
    package static func write(all values: [Self], to writer: BinaryWriter) throws {
        // A rough estimate: it saves repeatedly growing large buffers.
        if values.count > 1024 { writer.reserve(values.count * MemoryLayout<Self>.stride) }
        for value in values { try value.write(to: writer) }
    }

    package static func readAll(_ count: Int, from reader: BinaryReader) throws -> [Self] {
        try reader.collect(count) { try read(from: reader) }
    }
}

extension BinaryCodable where Self: Encodable {
    package func encode(to encoder: any Encoder) throws {
        guard let writer = encoder as? BinaryWriter else {
            throw EncodingError.invalidValue(
                self, EncodingError.Context(codingPath: [], debugDescription: "It has a binary form only."))
        }
        try write(to: writer)
    }
}

extension BinaryCodable where Self: Decodable {
    package init(from decoder: any Decoder) throws {
        guard let reader = decoder as? BinaryReader else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(codingPath: [], debugDescription: "It has a binary form only."))
        }
        self = try Self.read(from: reader)
    }
}

/// Bytes that do not decode.
package enum BinaryCodingError: Error, Equatable, CustomStringConvertible {
    /// More bytes are needed than there are.
    case ended(at: Int)
    case invalid(String, at: Int)
    /// Bytes are left over after the value.
    case surplus(at: Int)

    package var description: String {
        switch self {
        case .ended(let position): "the bytes end at \(position), in the middle of a value"
        case .invalid(let problem, let position): "at byte \(position): \(problem)"
        case .surplus(let position): "the value ends at byte \(position), and more bytes follow"
        }
    }
}
