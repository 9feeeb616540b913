import Foundation

/// Reads JSON as programs write it: no white space, no escapes in strings. Returns nil for any other JSON; never
/// guesses.
struct JSONScanner {
    private let bytes: UnsafeRawBufferPointer
    private var position = 0

    /// - Parameter bytes: must outlive the scanner.
    init(_ bytes: UnsafeRawBufferPointer) { self.bytes = bytes }

    var isAtEnd: Bool { position == bytes.count }

    /// Reads every member of an object; false if there is none, or `member` does not know a name.
    mutating func object(_ member: (inout JSONScanner, String) -> Bool) -> Bool {
        guard take("{") else { return false }
        if take("}") { return true }
        repeat {
            guard let name = text(), take(":"), member(&self, name) else { return false }
        } while take(",")
        return take("}")
    }

    /// An object of numbers.
    mutating func table() -> [String: Double]? {
        var table: [String: Double] = [:]
        let isWhole = object { scanner, name in
            guard let value = scanner.number() else { return false }
            return table.updateValue(value, forKey: name) == nil
        }
        return isWhole ? table : nil
    }

    /// An array of numbers that is all there is.
    static func list(_ bytes: UnsafeRawBufferPointer) -> [Double]? {
        var scanner = JSONScanner(bytes)
        let list = scanner.list()
        return scanner.isAtEnd ? list : nil
    }

    /// An array of numbers.
    mutating func list() -> [Double]? {
        guard take("[") else { return nil }
        var list: [Double] = []
        if take("]") { return list }
        repeat {
            guard let value = number() else { return nil }
            list.append(value)
        } while take(",")
        return take("]") ? list : nil
    }

    mutating func text() -> String? {
        guard take("\"") else { return nil }
        let start = position
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            guard bytes[position] != UInt8(ascii: "\\") else { return nil }
            position += 1
        }
        let text = String(validating: bytes[start..<position], as: UTF8.self)
        return take("\"") ? text : nil
    }

    mutating func number() -> Double? {
        let start = position
        while position < bytes.count, Self.isPartOfNumber(bytes[position]) { position += 1 }
        guard position > start, position - start < 32 else { return nil }
        return Double(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    mutating func wholeNumber() -> UInt64? {
        let start = position
        while position < bytes.count, (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(bytes[position]) {
            position += 1
        }
        return UInt64(String(decoding: bytes[start..<position], as: UTF8.self))
    }

    mutating func boolean() -> Bool? {
        for (word, value) in [("true", true), ("false", false)] {
            guard bytes[position...].starts(with: word.utf8) else { continue }
            position += word.utf8.count
            return value
        }
        return nil
    }

    private static func isPartOfNumber(_ byte: UInt8) -> Bool {
        switch byte {
        case UInt8(ascii: "0")...UInt8(ascii: "9"), UInt8(ascii: "-"), UInt8(ascii: "+"), UInt8(ascii: "."),
            UInt8(ascii: "e"), UInt8(ascii: "E"):
            true
        default: false
        }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }
}
