// The containers that synthesized conformances read from.

/// Fields of a structure, or the name and the values of an enumeration's case.
struct FieldReader<Key: CodingKey>: KeyedDecodingContainerProtocol {
    let reader: BinaryReader
    var codingPath: [any CodingKey] { [] }

    /// Synthesized conformances of enumerations, and they alone, ask for this, once: the key is the case.
    var allKeys: [Key] {
        guard let name = try? String.read(from: reader), let key = Key(stringValue: name) else { return [] }
        return [key]
    }

    func contains(_ key: Key) -> Bool { true }
    func decodeNil(forKey key: Key) throws -> Bool { try !reader.presence() }
    func decode<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T { try reader.read(type) }
    func decodeIfPresent<T: Decodable>(_ type: T.Type, forKey key: Key) throws -> T? { try take(type) }
    func decode(_ type: Bool.Type, forKey key: Key) throws -> Bool { try type.read(from: reader) }
    func decode(_ type: String.Type, forKey key: Key) throws -> String { try type.read(from: reader) }
    func decode(_ type: Double.Type, forKey key: Key) throws -> Double { try type.read(from: reader) }
    func decode(_ type: Float.Type, forKey key: Key) throws -> Float { try type.read(from: reader) }
    func decode(_ type: Int.Type, forKey key: Key) throws -> Int { try type.read(from: reader) }
    func decode(_ type: Int8.Type, forKey key: Key) throws -> Int8 { try type.read(from: reader) }
    func decode(_ type: Int16.Type, forKey key: Key) throws -> Int16 { try type.read(from: reader) }
    func decode(_ type: Int32.Type, forKey key: Key) throws -> Int32 { try type.read(from: reader) }
    func decode(_ type: Int64.Type, forKey key: Key) throws -> Int64 { try type.read(from: reader) }
    func decode(_ type: UInt.Type, forKey key: Key) throws -> UInt { try type.read(from: reader) }
    func decode(_ type: UInt8.Type, forKey key: Key) throws -> UInt8 { try type.read(from: reader) }
    func decode(_ type: UInt16.Type, forKey key: Key) throws -> UInt16 { try type.read(from: reader) }
    func decode(_ type: UInt32.Type, forKey key: Key) throws -> UInt32 { try type.read(from: reader) }
    func decode(_ type: UInt64.Type, forKey key: Key) throws -> UInt64 { try type.read(from: reader) }
    func decodeIfPresent(_ type: Bool.Type, forKey key: Key) throws -> Bool? { try take(type) }
    func decodeIfPresent(_ type: String.Type, forKey key: Key) throws -> String? { try take(type) }
    func decodeIfPresent(_ type: Double.Type, forKey key: Key) throws -> Double? { try take(type) }
    func decodeIfPresent(_ type: Float.Type, forKey key: Key) throws -> Float? { try take(type) }
    func decodeIfPresent(_ type: Int.Type, forKey key: Key) throws -> Int? { try take(type) }
    func decodeIfPresent(_ type: Int8.Type, forKey key: Key) throws -> Int8? { try take(type) }
    func decodeIfPresent(_ type: Int16.Type, forKey key: Key) throws -> Int16? { try take(type) }
    func decodeIfPresent(_ type: Int32.Type, forKey key: Key) throws -> Int32? { try take(type) }
    func decodeIfPresent(_ type: Int64.Type, forKey key: Key) throws -> Int64? { try take(type) }
    func decodeIfPresent(_ type: UInt.Type, forKey key: Key) throws -> UInt? { try take(type) }
    func decodeIfPresent(_ type: UInt8.Type, forKey key: Key) throws -> UInt8? { try take(type) }
    func decodeIfPresent(_ type: UInt16.Type, forKey key: Key) throws -> UInt16? { try take(type) }
    func decodeIfPresent(_ type: UInt32.Type, forKey key: Key) throws -> UInt32? { try take(type) }
    func decodeIfPresent(_ type: UInt64.Type, forKey key: Key) throws -> UInt64? { try take(type) }

    private func take<T: Decodable>(_ type: T.Type) throws -> T? { try reader.presence() ? try reader.read(type) : nil }

    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedDecodingContainer<Nested> { reader.container(keyedBy: type) }

    func nestedUnkeyedContainer(forKey key: Key) throws -> any UnkeyedDecodingContainer {
        try reader.unkeyedContainer()
    }

    func superDecoder() -> any Decoder { reader }
    func superDecoder(forKey key: Key) -> any Decoder { reader }
}

/// Elements of a collection. A count beyond the input ends with the input.
struct ElementReader: UnkeyedDecodingContainer {
    let reader: BinaryReader
    let count: Int?
    private(set) var currentIndex = 0
    var codingPath: [any CodingKey] { [] }
    var isAtEnd: Bool { currentIndex >= count ?? 0 }

    init(reader: BinaryReader, count: Int) {
        self.reader = reader
        self.count = count
    }

    private mutating func step() throws {
        guard !isAtEnd else { throw reader.invalid("there are no more elements") }
        currentIndex += 1
    }

    mutating func decodeNil() throws -> Bool {
        guard !isAtEnd else { throw reader.invalid("there are no more elements") }
        let isNil = try !reader.presence()
        if isNil { currentIndex += 1 }
        return isNil
    }

    mutating func decode<T: Decodable>(_ type: T.Type) throws -> T {
        try step()
        return try reader.read(type)
    }

    mutating func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type
    ) throws -> KeyedDecodingContainer<Nested> {
        try step()
        return reader.container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() throws -> any UnkeyedDecodingContainer {
        try step()
        return try reader.unkeyedContainer()
    }

    mutating func superDecoder() throws -> any Decoder {
        try step()
        return reader
    }
}

/// The raw value of an enumeration, and whatever else is one value.
struct ValueReader: SingleValueDecodingContainer {
    let reader: BinaryReader
    var codingPath: [any CodingKey] { [] }

    func decodeNil() -> Bool { (try? reader.presence()) != true }
    func decode<T: Decodable>(_ type: T.Type) throws -> T { try reader.read(type) }
    func decode(_ type: Bool.Type) throws -> Bool { try type.read(from: reader) }
    func decode(_ type: String.Type) throws -> String { try type.read(from: reader) }
    func decode(_ type: Double.Type) throws -> Double { try type.read(from: reader) }
    func decode(_ type: Float.Type) throws -> Float { try type.read(from: reader) }
    func decode(_ type: Int.Type) throws -> Int { try type.read(from: reader) }
    func decode(_ type: Int8.Type) throws -> Int8 { try type.read(from: reader) }
    func decode(_ type: Int16.Type) throws -> Int16 { try type.read(from: reader) }
    func decode(_ type: Int32.Type) throws -> Int32 { try type.read(from: reader) }
    func decode(_ type: Int64.Type) throws -> Int64 { try type.read(from: reader) }
    func decode(_ type: UInt.Type) throws -> UInt { try type.read(from: reader) }
    func decode(_ type: UInt8.Type) throws -> UInt8 { try type.read(from: reader) }
    func decode(_ type: UInt16.Type) throws -> UInt16 { try type.read(from: reader) }
    func decode(_ type: UInt32.Type) throws -> UInt32 { try type.read(from: reader) }
    func decode(_ type: UInt64.Type) throws -> UInt64 { try type.read(from: reader) }
}
