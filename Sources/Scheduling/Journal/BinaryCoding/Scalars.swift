// The binary forms of the standard library's values.

extension Bool: BinaryCodable {
    package func write(to writer: BinaryWriter) { writer.append(self ? 1 : 0) }
    package static func read(from reader: BinaryReader) throws -> Bool { try reader.presence() }
}

extension String: BinaryCodable {
    package func write(to writer: BinaryWriter) {
        let text = utf8
        writer.append(count: text.count)
        writer.append(text)
    }

    package static func read(from reader: BinaryReader) throws -> String {
        let text = try reader.slice(try reader.count())
        guard let string = String(validating: text, as: UTF8.self) else { throw reader.invalid("no UTF-8") }
        return string
    }
}

extension Double: BinaryCodable {
    package func write(to writer: BinaryWriter) { writer.append(fixed: bitPattern) }
    package static func read(from reader: BinaryReader) throws -> Double {
        Double(bitPattern: try reader.fixed(UInt64.self))
    }
}

extension Float: BinaryCodable {
    package func write(to writer: BinaryWriter) { writer.append(fixed: bitPattern) }
    package static func read(from reader: BinaryReader) throws -> Float {
        Float(bitPattern: try reader.fixed(UInt32.self))
    }
}

extension FixedWidthInteger where Self: SignedInteger {
    fileprivate func writeZigzag(to writer: BinaryWriter) { writer.append(zigzag: Int64(self)) }

    fileprivate static func readZigzag(from reader: BinaryReader) throws -> Self {
        guard let number = Self(exactly: try reader.zigzag()) else {
            throw reader.invalid("too large for \(Self.self)")
        }
        return number
    }
}

extension FixedWidthInteger where Self: UnsignedInteger {
    fileprivate func writeVarying(to writer: BinaryWriter) { writer.append(varying: UInt64(self)) }

    fileprivate static func readVarying(from reader: BinaryReader) throws -> Self {
        guard let number = Self(exactly: try reader.varying()) else {
            throw reader.invalid("too large for \(Self.self)")
        }
        return number
    }
}

extension Int: BinaryCodable {
    package func write(to writer: BinaryWriter) { writeZigzag(to: writer) }
    package static func read(from reader: BinaryReader) throws -> Int { try readZigzag(from: reader) }
}

extension Int8: BinaryCodable {
    package func write(to writer: BinaryWriter) { writeZigzag(to: writer) }
    package static func read(from reader: BinaryReader) throws -> Int8 { try readZigzag(from: reader) }
}

extension Int16: BinaryCodable {
    package func write(to writer: BinaryWriter) { writeZigzag(to: writer) }
    package static func read(from reader: BinaryReader) throws -> Int16 { try readZigzag(from: reader) }
}

extension Int64: BinaryCodable {
    package func write(to writer: BinaryWriter) { writeZigzag(to: writer) }
    package static func read(from reader: BinaryReader) throws -> Int64 { try readZigzag(from: reader) }
}

extension UInt: BinaryCodable {
    package func write(to writer: BinaryWriter) { writeVarying(to: writer) }
    package static func read(from reader: BinaryReader) throws -> UInt { try readVarying(from: reader) }
}

extension UInt16: BinaryCodable {
    package func write(to writer: BinaryWriter) { writeVarying(to: writer) }
    package static func read(from reader: BinaryReader) throws -> UInt16 { try readVarying(from: reader) }
}

extension UInt32: BinaryCodable {
    package func write(to writer: BinaryWriter) { writeVarying(to: writer) }
    package static func read(from reader: BinaryReader) throws -> UInt32 { try readVarying(from: reader) }
}

extension UInt64: BinaryCodable {
    package func write(to writer: BinaryWriter) { writeVarying(to: writer) }
    package static func read(from reader: BinaryReader) throws -> UInt64 { try readVarying(from: reader) }
}

extension UInt8: BinaryCodable {
    package func write(to writer: BinaryWriter) { writer.append(self) }
    package static func read(from reader: BinaryReader) throws -> UInt8 { try reader.byte() }
    package static func write(all values: [UInt8], to writer: BinaryWriter) { writer.append(values) }
    package static func readAll(_ count: Int, from reader: BinaryReader) throws -> [UInt8] {
        Array(try reader.slice(count))
    }
}

/// Delta coding: arrays of them are indices of units, mostly consecutive, so each is written as a difference.
extension Int32: BinaryCodable {
    package func write(to writer: BinaryWriter) { writeZigzag(to: writer) }
    package static func read(from reader: BinaryReader) throws -> Int32 { try readZigzag(from: reader) }

    package static func write(all values: [Int32], to writer: BinaryWriter) {
        var last: Int64 = 0
        for value in values {
            writer.append(zigzag: Int64(value) - last)
            last = Int64(value)
        }
    }

    package static func readAll(_ count: Int, from reader: BinaryReader) throws -> [Int32] {
        var last: Int64 = 0
        return try reader.collect(count) {
            let (sum, overflow) = last.addingReportingOverflow(try reader.zigzag())
            guard !overflow, let value = Int32(exactly: sum) else { throw reader.invalid("too large for Int32") }
            last = sum
            return value
        }
    }
}
