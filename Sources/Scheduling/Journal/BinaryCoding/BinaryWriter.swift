/// Encodes `Encodable` values as bytes, as small and as fast as a journal of every event needs.
///
/// The form is positional: the reader must know the type, and the same version of it. Fields are in order without
/// names; optionals begin with a byte that says whether there is a value; an enumeration with associated values begins
/// with its case's name. Integers are varints (LEB128, signed ones in zigzag), lengths precede what they count, and
/// floating-point numbers are little-endian. Dictionaries and sets are written in the order of their keys' bytes, so
/// that equal values have equal bytes in every process.
package final class BinaryWriter: Encoder {
    // Raw memory: an array's checks would cost more than the bytes, and every number would pay for some.
    private var start: UnsafeMutableRawPointer
    private var capacity: Int
    private var used = 0
    private static let initialCapacity = 256
    private static let keptCapacity = 4 << 20

    package var codingPath: [any CodingKey] { [] }
    package var userInfo: [CodingUserInfoKey: Any] { [:] }

    package init() {
        capacity = Self.initialCapacity
        start = .allocate(byteCount: Self.initialCapacity, alignment: 1)
    }

    deinit { start.deallocate() }

    /// The bytes of a value alone.
    package static func bytes(of value: some Encodable) throws -> [UInt8] {
        let writer = BinaryWriter()
        try writer.write(value)
        return writer.bytes
    }

    /// How many bytes were written.
    package var count: Int { used }

    /// What was written, copied.
    package var bytes: [UInt8] { withUnsafeBytes { Array($0) } }

    package func withUnsafeBytes<Result>(_ body: (UnsafeRawBufferPointer) throws -> Result) rethrows -> Result {
        try body(UnsafeRawBufferPointer(start: start, count: used))
    }

    package func write<T: Encodable>(_ value: T) throws {
        if let value = value as? any BinaryCodable { return try value.write(to: self) }
        try value.encode(to: self)
    }

    package func append(_ byte: UInt8) {
        if used == capacity { grow(by: 1) }
        start.storeBytes(of: byte, toByteOffset: used, as: UInt8.self)
        used += 1
    }

    package func append(_ more: some Collection<UInt8>) {
        let count = more.count
        if capacity - used < count { grow(by: count) }
        UnsafeMutableRawBufferPointer(start: start + used, count: count).copyBytes(from: more)
        used += count
    }

    /// A number's own bytes, little-endian.
    package func append<Number: FixedWidthInteger & BitwiseCopyable>(fixed number: Number) {
        let size = MemoryLayout<Number>.size
        if capacity - used < size { grow(by: size) }
        start.storeBytes(of: number.littleEndian, toByteOffset: used, as: Number.self)
        used += size
    }

    package func append(varying number: UInt64) {
        var rest = number
        while rest >= 0x80 {
            append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        append(UInt8(truncatingIfNeeded: rest))
    }

    package func append(zigzag number: Int64) { append(varying: UInt64(bitPattern: number << 1 ^ number >> 63)) }

    package func append(count: Int) { append(varying: UInt64(count)) }

    /// Clears the buffer, and keeps some megabytes of capacity at most.
    package func clear() {
        used = 0
        guard capacity > Self.keptCapacity else { return }
        start.deallocate()
        (start, capacity) = (.allocate(byteCount: Self.initialCapacity, alignment: 1), Self.initialCapacity)
    }

    /// Reserves capacity for this many more bytes.
    package func reserve(_ more: Int) { if capacity - used < more { grow(by: more) } }

    /// Overwrites four bytes at the offset.
    package func replace(at offset: Int, with number: UInt32) {
        guard offset >= 0, offset + 4 <= used else { return }
        start.storeBytes(of: number.littleEndian, toByteOffset: offset, as: UInt32.self)
    }

    @inline(never)
    private func grow(by more: Int) {
        let bytes = max(capacity + capacity / 2, used + more)
        let larger = UnsafeMutableRawPointer.allocate(byteCount: bytes, alignment: 1)
        larger.copyMemory(from: start, byteCount: used)
        start.deallocate()
        (start, capacity) = (larger, bytes)
    }

    package func container<Key: CodingKey>(keyedBy type: Key.Type) -> KeyedEncodingContainer<Key> {
        KeyedEncodingContainer(FieldWriter(writer: self))
    }

    package func unkeyedContainer() -> any UnkeyedEncodingContainer { ElementWriter(self) }

    package func singleValueContainer() -> any SingleValueEncodingContainer { ValueWriter(writer: self) }
}
