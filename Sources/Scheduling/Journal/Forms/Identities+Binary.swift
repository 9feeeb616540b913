package import Identities

// The binary forms of what every event holds, sometimes a million times.

/// Its 32 bytes, as they are shown.
extension UnitKey: BinaryCodable {
    package func write(to writer: BinaryWriter) {
        writer.append(fixed: words.0.byteSwapped)
        writer.append(fixed: words.1.byteSwapped)
        writer.append(fixed: words.2.byteSwapped)
        writer.append(fixed: words.3.byteSwapped)
    }

    package static func read(from reader: BinaryReader) throws -> UnitKey {
        UnitKey(
            words: try reader.fixed(UInt64.self).byteSwapped, try reader.fixed(UInt64.self).byteSwapped,
            try reader.fixed(UInt64.self).byteSwapped, try reader.fixed(UInt64.self).byteSwapped)
    }
}

/// Its 16 bytes.
extension WorkerID: BinaryCodable {
    package func write(to writer: BinaryWriter) {
        writer.append(fixed: words.0.byteSwapped)
        writer.append(fixed: words.1.byteSwapped)
    }

    package static func read(from reader: BinaryReader) throws -> WorkerID {
        WorkerID(words: try reader.fixed(UInt64.self).byteSwapped, try reader.fixed(UInt64.self).byteSwapped)
    }
}

/// Its number.
extension Address: BinaryCodable, Codable {
    package func write(to writer: BinaryWriter) { writer.append(varying: number) }
    package static func read(from reader: BinaryReader) throws -> Address { Address(number: try reader.varying()) }
}

/// Its number.
extension Attempt: BinaryCodable {
    package func write(to writer: BinaryWriter) { writer.append(varying: number) }
    package static func read(from reader: BinaryReader) throws -> Attempt { Attempt(number: try reader.varying()) }
}

/// Its number.
extension CommitID: BinaryCodable {
    package func write(to writer: BinaryWriter) { writer.append(varying: number) }
    package static func read(from reader: BinaryReader) throws -> CommitID { CommitID(number: try reader.varying()) }
}

/// Nanoseconds.
extension Instant: BinaryCodable {
    package func write(to writer: BinaryWriter) { writer.append(zigzag: nanoseconds) }
    package static func read(from reader: BinaryReader) throws -> Instant { Instant(nanoseconds: try reader.zigzag()) }
}

/// Key, attempt.
extension Receipt: BinaryCodable {
    package func write(to writer: BinaryWriter) {
        unit.write(to: writer)
        attempt.write(to: writer)
    }

    package static func read(from reader: BinaryReader) throws -> Receipt {
        Receipt(unit: try .read(from: reader), attempt: try .read(from: reader))
    }
}

/// Key, cost, kind, inputs.
extension WorkItem: BinaryCodable, Codable {
    package func write(to writer: BinaryWriter) {
        unit.write(to: writer)
        cost.write(to: writer)
        kind.write(to: writer)
        inputs.write(to: writer)
    }

    package static func read(from reader: BinaryReader) throws -> WorkItem {
        WorkItem(
            try .read(from: reader), cost: try .read(from: reader), kind: try .read(from: reader),
            inputs: try .read(from: reader))
    }
}
