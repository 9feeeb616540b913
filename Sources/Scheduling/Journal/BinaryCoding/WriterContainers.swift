// The containers that synthesized conformances write to. All of them write to the one stream.

/// Fields of a structure, or the name and the values of an enumeration's case.
struct FieldWriter<Key: CodingKey>: KeyedEncodingContainerProtocol {
    let writer: BinaryWriter
    var codingPath: [any CodingKey] { [] }

    func encodeNil(forKey key: Key) { writer.append(0) }
    func encode<T: Encodable>(_ value: T, forKey key: Key) throws { try writer.write(value) }
    func encodeIfPresent<T: Encodable>(_ value: T?, forKey key: Key) throws { try put(value) }
    func encode(_ value: Bool, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: String, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: Double, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: Float, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: Int, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: Int8, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: Int16, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: Int32, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: Int64, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: UInt, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: UInt8, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: UInt16, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: UInt32, forKey key: Key) { value.write(to: writer) }
    func encode(_ value: UInt64, forKey key: Key) { value.write(to: writer) }
    func encodeIfPresent(_ value: Bool?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: String?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: Double?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: Float?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: Int?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: Int8?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: Int16?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: Int32?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: Int64?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: UInt?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: UInt8?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: UInt16?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: UInt32?, forKey key: Key) throws { try put(value) }
    func encodeIfPresent(_ value: UInt64?, forKey key: Key) throws { try put(value) }

    private func put<T: Encodable>(_ value: T?) throws {
        writer.append(value == nil ? 0 : 1)
        if let value { try writer.write(value) }
    }

    /// Synthesized conformances of enumerations, and they alone, ask for this: the key is the case.
    func nestedContainer<Nested: CodingKey>(
        keyedBy type: Nested.Type, forKey key: Key
    ) -> KeyedEncodingContainer<Nested> {
        key.stringValue.write(to: writer)
        return writer.container(keyedBy: type)
    }

    func nestedUnkeyedContainer(forKey key: Key) -> any UnkeyedEncodingContainer { writer.unkeyedContainer() }
    func superEncoder() -> any Encoder { writer }
    func superEncoder(forKey key: Key) -> any Encoder { writer }
}

/// Elements of a collection, behind their number, which is known only when the last one is written.
struct ElementWriter: UnkeyedEncodingContainer {
    let writer: BinaryWriter
    let countOffset: Int
    private(set) var count = 0
    var codingPath: [any CodingKey] { [] }

    init(_ writer: BinaryWriter) {
        self.writer = writer
        countOffset = writer.count
        writer.append(fixed: UInt32(0))
    }

    private mutating func countOne() {
        count += 1
        writer.replace(at: countOffset, with: UInt32(truncatingIfNeeded: count))
    }

    mutating func encodeNil() {
        countOne()
        writer.append(0)
    }

    mutating func encode<T: Encodable>(_ value: T) throws {
        countOne()
        try writer.write(value)
    }

    mutating func nestedContainer<Nested: CodingKey>(keyedBy type: Nested.Type) -> KeyedEncodingContainer<Nested> {
        countOne()
        return writer.container(keyedBy: type)
    }

    mutating func nestedUnkeyedContainer() -> any UnkeyedEncodingContainer {
        countOne()
        return writer.unkeyedContainer()
    }

    mutating func superEncoder() -> any Encoder {
        countOne()
        return writer
    }
}

/// The raw value of an enumeration, and whatever else is one value.
struct ValueWriter: SingleValueEncodingContainer {
    let writer: BinaryWriter
    var codingPath: [any CodingKey] { [] }

    func encodeNil() { writer.append(0) }
    func encode<T: Encodable>(_ value: T) throws { try writer.write(value) }
    func encode(_ value: Bool) { value.write(to: writer) }
    func encode(_ value: String) { value.write(to: writer) }
    func encode(_ value: Double) { value.write(to: writer) }
    func encode(_ value: Float) { value.write(to: writer) }
    func encode(_ value: Int) { value.write(to: writer) }
    func encode(_ value: Int8) { value.write(to: writer) }
    func encode(_ value: Int16) { value.write(to: writer) }
    func encode(_ value: Int32) { value.write(to: writer) }
    func encode(_ value: Int64) { value.write(to: writer) }
    func encode(_ value: UInt) { value.write(to: writer) }
    func encode(_ value: UInt8) { value.write(to: writer) }
    func encode(_ value: UInt16) { value.write(to: writer) }
    func encode(_ value: UInt32) { value.write(to: writer) }
    func encode(_ value: UInt64) { value.write(to: writer) }
}
