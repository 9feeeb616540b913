/// Writes `Encodable` values as bytes, as small and as fast as a journal of every event needs.
///
/// The form is positional: whoever reads has to know the type, and the same version of it. Fields stand in their order
/// without names; optionals begin with a byte that says whether there is a value; an enumeration with associated values
/// begins with its case's name. Integers take as many bytes as they need (LEB128, signed ones in zigzag), lengths
/// precede what they count, and floating-point numbers are little-endian. Dictionaries and sets are written in the
/// order of their keys' bytes, so that equal values have equal bytes in every process.
public final class BinaryWriter: Encoder {
    public private(set) var bytes: [UInt8] = []
    public var codingPath: [any CodingKey] { [] }
    public var userInfo: [CodingUserInfoKey: Any] { [:] }

    public init() {}

    /// The bytes of a value alone.
    public static func bytes(of value: some Encodable) throws -> [UInt8] {
        let writer = BinaryWriter()
        try writer.write(value)
        return writer.bytes
    }

    public func write<T: Encodable>(_ value: T) throws {
        if let value = value as? any BinaryCodable { return try value.write(to: self) }
        try value.encode(to: self)
    }

    public func append(_ byte: UInt8) { bytes.append(byte) }

    public func append(_ more: some Collection<UInt8>) { bytes.append(contentsOf: more) }

    public func append(raw buffer: UnsafeRawBufferPointer) { bytes.append(contentsOf: buffer) }

    /// A number's own bytes, little-endian.
    public func append(fixed number: some FixedWidthInteger) {
        withUnsafeBytes(of: number.littleEndian) { bytes.append(contentsOf: $0) }
    }

    public func append(varying number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(truncatingIfNeeded: rest))
    }

    public func append(zigzag number: Int64) { append(varying: UInt64(bitPattern: number << 1 ^ number >> 63)) }

    public func append(count: Int) { append(varying: UInt64(count)) }

    /// Forgets what was written and keeps the memory.
    public func clear() { bytes.removeAll(keepingCapacity: true) }

    /// Puts four bytes over those that were written at the place.
    public func replace(at place: Int, with number: UInt32) {
        for byte in 0..<4 { bytes[place + byte] = UInt8(truncatingIfNeeded: number >> UInt32(8 * byte)) }
    }

    public func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(FieldWriter(writer: self))
    }

    public func unkeyedContainer() -> any UnkeyedEncodingContainer { ElementWriter(self) }

    public func singleValueContainer() -> any SingleValueEncodingContainer { ValueWriter(writer: self) }
}
