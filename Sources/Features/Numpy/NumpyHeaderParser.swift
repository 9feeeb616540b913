/// Reads the header of a .npy file: a Python dictionary literal with the keys `descr`, `fortran_order` and `shape`.
///
/// Only the literals that NumPy writes there are understood: strings, True and False, tuples of whole numbers. Nothing
/// nests, so no input can exhaust the stack.
struct NumpyHeaderParser {
    private let bytes: UnsafeRawBufferPointer
    private let start: Int
    private let file: String
    private var position = 0
    private(set) var descr: String?
    private(set) var isFortranOrder: Bool?
    private(set) var shape: [Int]?

    /// - Parameter start: offset of the literal in its file, for errors.
    init(_ bytes: UnsafeRawBufferPointer, start: Int, file: String) {
        self.bytes = bytes
        self.start = start
        self.file = file
    }

    mutating func parse() throws(FeatureError) {
        try expect("{")
        while !take("}") {
            let key = try string()
            try expect(":")
            switch key {
            case "descr" where descr == nil: descr = try descriptor()
            case "fortran_order" where isFortranOrder == nil: isFortranOrder = try boolean()
            case "shape" where shape == nil: shape = try tuple()
            default: throw error("the key '\(key)'", expected: "descr, fortran_order and shape, each once")
            }
            if !take(",") {
                try expect("}")
                break
            }
        }
        skipSpace()
        guard position == bytes.count else {
            throw error("text after the dictionary", expected: "spaces and a line break")
        }
    }

    private mutating func descriptor() throws(FeatureError) -> String {
        if take("[") {
            throw FeatureError(
                file: file, field: "descr", offset: start + position, found: "a structured type",
                expected: "one type of number",
                remedy: "Save each field as an array of its own: np.save(file, array['field']).")
        }
        return try string()
    }

    private mutating func boolean() throws(FeatureError) -> Bool {
        for (word, value) in [("True", true), ("False", false)] where takeWord(word) { return value }
        throw error("no boolean", expected: "True or False")
    }

    private mutating func tuple() throws(FeatureError) -> [Int] {
        try expect("(")
        var extents: [Int] = []
        while !take(")") {
            extents.append(try integer())
            if !take(",") {
                try expect(")")
                break
            }
        }
        return extents
    }

    private mutating func integer() throws(FeatureError) -> Int {
        skipSpace()
        let first = position
        var value = 0
        while position < bytes.count, case let digit = Int(bytes[position]) - 48, (0...9).contains(digit) {
            let (product, overflow) = value.multipliedReportingOverflow(by: 10)
            let (sum, carry) = product.addingReportingOverflow(digit)
            guard !overflow, !carry else { throw error("an extent beyond 2⁶³", expected: "a number of elements") }
            value = sum
            position += 1
        }
        guard position > first else { throw error("no number", expected: "an extent of the shape") }
        return value
    }

    private mutating func string() throws(FeatureError) -> String {
        skipSpace()
        guard position < bytes.count, [UInt8(ascii: "'"), UInt8(ascii: "\"")].contains(bytes[position]) else {
            throw error("no string", expected: "a quoted string")
        }
        let quote = bytes[position]
        position += 1
        let first = position
        while position < bytes.count, bytes[position] != quote { position += 1 }
        guard position < bytes.count else { throw error("an unterminated string", expected: "a closing quote") }
        let text = String(decoding: bytes[first..<position], as: UTF8.self)
        position += 1
        return text
    }

    private mutating func expect(_ character: Unicode.Scalar) throws(FeatureError) {
        guard take(character) else { throw error("no '\(character)'", expected: "'\(character)'") }
    }

    private mutating func take(_ character: Unicode.Scalar) -> Bool { takeWord(String(character)) }

    private mutating func takeWord(_ word: String) -> Bool {
        skipSpace()
        guard bytes[position...].starts(with: word.utf8) else { return false }
        position += word.utf8.count
        return true
    }

    private mutating func skipSpace() {
        while position < bytes.count, [0x20, 0x09, 0x0A, 0x0D].contains(bytes[position]) { position += 1 }
    }

    private func error(_ found: String, expected: String) -> FeatureError {
        FeatureError(
            file: file, field: ".npy header", offset: start + position, found: found, expected: expected,
            remedy: "The file is damaged or was not written by NumPy: save it again with np.save.")
    }
}
