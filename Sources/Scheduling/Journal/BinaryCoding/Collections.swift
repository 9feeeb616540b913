package import DequeModule

// The binary forms of collections: a count, then the elements.

extension Optional: BinaryCodable where Wrapped: Codable {
    package func write(to writer: BinaryWriter) throws {
        writer.append(self == nil ? 0 : 1)
        if let value = self { try writer.write(value) }
    }

    package static func read(from reader: BinaryReader) throws -> Wrapped? {
        try reader.presence() ? try reader.read(Wrapped.self) : nil
    }
}

extension Array: BinaryCodable where Element: Codable {
    package func write(to writer: BinaryWriter) throws {
        writer.append(count: count)
        if let form = Element.self as? any BinaryCodable.Type, try writer.write(self, as: form) { return }
        for element in self { try element.encode(to: writer) }
    }

    package static func read(from reader: BinaryReader) throws -> [Element] {
        let count = try reader.count()
        if let form = Element.self as? any BinaryCodable.Type,
            let elements = try form.readAll(count, from: reader) as? [Element]
        {
            return elements
        }
        return try reader.collect(count) { try Element(from: reader) }
    }
}

extension BinaryWriter {
    /// Writes all elements in their type's own form; false if they are not of the type.
    fileprivate func write<Element: BinaryCodable>(_ elements: Any, as type: Element.Type) throws -> Bool {
        guard let elements = elements as? [Element] else { return false }
        try Element.write(all: elements, to: self)
        return true
    }
}

extension Deque: BinaryCodable where Element: Codable {
    package func write(to writer: BinaryWriter) throws { try Array(self).write(to: writer) }
    package static func read(from reader: BinaryReader) throws -> Deque<Element> {
        Deque(try [Element].read(from: reader))
    }
}

extension Dictionary: BinaryCodable where Key: Codable, Value: Codable {
    package func write(to writer: BinaryWriter) throws {
        writer.append(count: count)
        let entries = try map { (key: try BinaryWriter.bytes(of: $0.key), value: $0.value) }
        for entry in entries.sorted(by: { $0.key.lexicographicallyPrecedes($1.key) }) {
            writer.append(entry.key)
            try writer.write(entry.value)
        }
    }

    package static func read(from reader: BinaryReader) throws -> [Key: Value] {
        var dictionary: [Key: Value] = [:]
        for _ in 0..<(try reader.count()) {
            let key = try reader.read(Key.self)
            let value = try reader.read(Value.self)
            guard dictionary.updateValue(value, forKey: key) == nil else { throw reader.invalid("duplicate key") }
        }
        return dictionary
    }
}

extension Set: BinaryCodable where Element: Codable {
    package func write(to writer: BinaryWriter) throws {
        writer.append(count: count)
        let elements = try map { try BinaryWriter.bytes(of: $0) }
        for element in elements.sorted(by: { $0.lexicographicallyPrecedes($1) }) { writer.append(element) }
    }

    package static func read(from reader: BinaryReader) throws -> Set<Element> {
        var set: Set<Element> = []
        for _ in 0..<(try reader.count()) {
            guard set.insert(try reader.read(Element.self)).inserted else {
                throw reader.invalid("duplicate element")
            }
        }
        return set
    }
}
