/// Reads what ``BinaryWriter`` has written. No input makes it trap, or allocate more than the bytes account for.
package final class BinaryReader: Decoder {
    let bytes: [UInt8]
    package private(set) var position: Int
    package var codingPath: [any CodingKey] { [] }
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    package init(_ bytes: [UInt8], from position: Int = 0) {
        self.bytes = bytes
        self.position = min(max(position, 0), bytes.count)
    }

    package var remaining: Int { bytes.count - position }

    /// The one value that the bytes hold.
    package static func value<T: Decodable>(_ type: T.Type, of bytes: [UInt8]) throws(BinaryCodingError) -> T {
        let reader = BinaryReader(bytes)
        let value = try reader.readWhole(type)
        guard reader.remaining == 0 else { throw .surplus(at: reader.position) }
        return value
    }

    /// Reads a value; any error has the offset.
    package func readWhole<T: Decodable>(_ type: T.Type) throws(BinaryCodingError) -> T {
        do {
            return try read(type)
        } catch let error as BinaryCodingError {
            throw error
        } catch {
            throw .invalid("not a valid \(type) (\(error))", at: position)
        }
    }

    func read<T: Decodable>(_ type: T.Type) throws -> T {
        if let form = type as? any BinaryCodable.Type, let value = try form.read(from: self) as? T { return value }
        return try T(from: self)
    }

    package func byte() throws(BinaryCodingError) -> UInt8 {
        guard position < bytes.count else { throw .ended(at: position) }
        defer { position += 1 }
        return bytes[position]
    }

    /// The next bytes, as many as asked for.
    package func slice(_ count: Int) throws(BinaryCodingError) -> ArraySlice<UInt8> {
        guard count >= 0, count <= remaining else { throw .ended(at: position) }
        defer { position += count }
        return bytes[position..<position + count]
    }

    /// A number's own bytes, little-endian.
    package func fixed<Number: FixedWidthInteger>(_ type: Number.Type) throws(BinaryCodingError) -> Number {
        let size = MemoryLayout<Number>.size
        guard size <= remaining else { throw .ended(at: position) }
        defer { position += size }
        return bytes.withUnsafeBytes { Number(littleEndian: $0.loadUnaligned(fromByteOffset: position, as: type)) }
    }

    package func varying() throws(BinaryCodingError) -> UInt64 {
        var number: UInt64 = 0
        for shift in stride(from: UInt64(0), to: 64, by: 7) {
            let byte = try byte()
            let part = UInt64(byte & 0x7F)
            guard shift < 63 || part < 2 else { break }
            number |= part << shift
            if byte < 0x80 { return number }
        }
        throw invalid("a number has more than 64 bits")
    }

    package func zigzag() throws(BinaryCodingError) -> Int64 {
        let number = try varying()
        return Int64(bitPattern: number >> 1) ^ -Int64(bitPattern: number & 1)
    }

    /// The number of elements that follow, each of which takes at least a byte.
    package func count() throws(BinaryCodingError) -> Int {
        let count = try varying()
        guard count <= UInt64(remaining) else { throw invalid("\(count) elements exceed the input") }
        return Int(count)
    }

    /// Whether a value follows.
    package func presence() throws(BinaryCodingError) -> Bool {
        switch try byte() {
        case 0: return false
        case 1: return true
        default: throw invalid("not a valid presence byte")
        }
    }

    package func invalid(_ problem: String) -> BinaryCodingError { .invalid(problem, at: position) }

    /// Reads this many values, allocating for what was read rather than for what was promised.
    func collect<Value>(_ count: Int, _ next: () throws -> Value) throws -> [Value] {
        var values: [Value] = []
        values.reserveCapacity(min(count, 1024))
        for _ in 0..<count { values.append(try next()) }
        return values
    }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedDecodingContainer<Key> {
        KeyedDecodingContainer(FieldReader(reader: self))
    }

    package func unkeyedContainer() throws -> any UnkeyedDecodingContainer {
        ElementReader(reader: self, count: Int(try fixed(UInt32.self)))
    }

    package func singleValueContainer() -> any SingleValueDecodingContainer { ValueReader(reader: self) }
}
