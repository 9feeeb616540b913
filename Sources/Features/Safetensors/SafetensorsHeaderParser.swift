import Foundation

/// Reads the JSON header of a safetensors file: an object of tensors, each an object of `dtype`, `shape`,
/// `data_offsets`, and optionally `__metadata__`, an object of strings.
///
/// General JSON readers silently keep one of two equal keys, which the format forbids, and report no offsets. The
/// format's fixed depth needs no recursion, so no input can exhaust the stack.
struct SafetensorsHeaderParser {
    private let bytes: UnsafeRawBufferPointer
    private let file: String
    private var position = 0
    private(set) var tensors: [SafetensorsTensor] = []
    private(set) var metadata: [String: String] = [:]

    /// Offset of the header in its file: behind the eight bytes that give its length.
    static let start = 8

    init(_ bytes: UnsafeRawBufferPointer, file: String) {
        self.bytes = bytes
        self.file = file
    }

    mutating func parse() throws(FeatureError) {
        guard bytes.first == UInt8(ascii: "{") else { throw unexpected("'{' as the first byte of the header") }
        var names: Set<String> = []
        try object { (parser, key) throws(FeatureError) in
            guard names.insert(key).inserted else { throw parser.duplicate(key) }
            if key == "__metadata__" {
                try parser.parseMetadata()
            } else {
                parser.tensors.append(try parser.tensor(key))
            }
        }
        while position < bytes.count {
            guard bytes[position] == UInt8(ascii: " ") else { throw unexpected("only spaces after the header's '}'") }
            position += 1
        }
    }

    // MARK: The header's two kinds of member

    private mutating func parseMetadata() throws(FeatureError) {
        try object { (parser, key) throws(FeatureError) in
            let value = try parser.string()
            guard parser.metadata.updateValue(value, forKey: key) == nil else { throw parser.duplicate(key) }
        }
    }

    private mutating func tensor(_ name: String) throws(FeatureError) -> SafetensorsTensor {
        let start = position
        var type: ElementType?
        var shape: [Int]?
        var offsets: [Int]?
        try object { (parser, key) throws(FeatureError) in
            switch key {
            case "dtype" where type == nil: type = try parser.elementType(of: name)
            case "shape" where shape == nil: shape = try parser.integers()
            case "data_offsets" where offsets == nil: offsets = try parser.integers()
            case "dtype", "shape", "data_offsets": throw parser.duplicate(key)
            default: throw parser.error("tensor \"\(name)\" has the unknown field \"\(key)\"", expected: Self.fields)
            }
        }
        guard let type, let shape, let offsets else {
            position = start
            throw error("tensor \"\(name)\" lacks a field", expected: Self.fields)
        }
        guard offsets.count == 2, offsets[0] <= offsets[1] else {
            position = start
            throw error("tensor \"\(name)\" has data_offsets \(offsets)", expected: "[begin, end], begin ≤ end")
        }
        return SafetensorsTensor(name: name, type: type, shape: shape, byteRange: offsets[0]..<offsets[1])
    }

    private static let fields = "dtype, shape and data_offsets"

    private mutating func elementType(of name: String) throws(FeatureError) -> ElementType {
        let start = position
        let text = try string()
        guard let type = ElementType(rawValue: text) else {
            position = start
            let known = ElementType.allCases.map(\.rawValue).joined(separator: ", ")
            throw error("tensor \"\(name)\" has the unknown dtype \"\(text)\"", expected: "one of \(known)")
        }
        return type
    }

    // MARK: JSON

    private mutating func object(
        _ member: (inout Self, String) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        try expect("{")
        if take("}") { return }
        repeat {
            let key = try string()
            try expect(":")
            try member(&self, key)
        } while take(",")
        try expect("}")
    }

    private mutating func integers() throws(FeatureError) -> [Int] {
        try expect("[")
        if take("]") { return [] }
        var values: [Int] = []
        repeat { values.append(try integer()) } while take(",")
        try expect("]")
        return values
    }

    private mutating func integer() throws(FeatureError) -> Int {
        skipSpace()
        var value = 0
        let start = position
        while position < bytes.count, case let digit = Int(bytes[position]) - 48, (0...9).contains(digit) {
            let (product, first) = value.multipliedReportingOverflow(by: 10)
            let (sum, second) = product.addingReportingOverflow(digit)
            guard !first, !second else { throw unexpected("a number below 2⁶³") }
            value = sum
            position += 1
        }
        let digits = position - start
        guard digits > 0, digits == 1 || bytes[start] != UInt8(ascii: "0") else {
            position = start
            throw unexpected("a whole number")
        }
        return value
    }

    private mutating func string() throws(FeatureError) -> String {
        try expect("\"")
        let start = position
        var escaped = false
        while position < bytes.count, bytes[position] != UInt8(ascii: "\"") {
            if bytes[position] == UInt8(ascii: "\\") {
                escaped = true
                position += 1
            } else if bytes[position] < 0x20 {
                throw unexpected("no control character in a string")
            }
            position += 1
        }
        guard position < bytes.count else { throw unexpected("a closing quotation mark") }
        let content = UnsafeRawBufferPointer(rebasing: bytes[start..<position])
        guard let text = escaped ? Self.unescape(content) : String(validating: content, as: UTF8.self) else {
            position = start
            throw unexpected("valid UTF-8 and valid escapes in a string")
        }
        position += 1
        return text
    }

    private static func unescape(_ content: UnsafeRawBufferPointer) -> String? {
        try? JSONDecoder().decode(String.self, from: Data("\"".utf8) + Data(content) + Data("\"".utf8))
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(FeatureError) {
        guard take(character) else { throw unexpected("'\(character)'") }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool {
        skipSpace()
        guard position < bytes.count, bytes[position] == UInt8(ascii: character) else { return false }
        position += 1
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    // MARK: Errors

    private func unexpected(_ expected: String) -> FeatureError {
        guard position < bytes.count else { return error("the header ends too early", expected: expected) }
        let byte = bytes[position]
        let shown = (0x21...0x7E).contains(byte) ? "'\(Unicode.Scalar(byte))'" : "byte \(byte)"
        return error("the header holds \(shown)", expected: expected)
    }

    private func duplicate(_ key: String) -> FeatureError {
        error("the key \"\(key)\" occurs twice", expected: "each key once")
    }

    private func error(_ found: String, expected: String) -> FeatureError {
        FeatureError(
            file: file, field: "safetensors header", offset: Self.start + position, found: found, expected: expected,
            remedy: "The file is damaged or is not safetensors: write it again with a safetensors library.")
    }
}
