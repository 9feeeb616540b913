import Foundation

/// Scans JSON without white space and escapes in place. Decodes only numbers, and returns nil for any other JSON.
struct NumberScanner {
    private let start: UnsafePointer<UInt8>
    private let count: Int
    private var position = 0

    /// - Parameter start: must outlive the scanner.
    init(_ start: UnsafePointer<UInt8>, count: Int) {
        self.start = start
        self.count = count
    }

    var isAtEnd: Bool { position == count }

    /// Where the scanner is.
    var offset: Int { position }

    mutating func move(to offset: Int) { position = offset }

    /// The byte at a position that was scanned.
    subscript(position: Int) -> UInt8 { start[position] }

    func bytes(_ range: Range<Int>) -> UnsafeRawBufferPointer {
        UnsafeRawBufferPointer(start: start + range.lowerBound, count: range.count)
    }

    func isText(_ text: StaticString, _ range: Range<Int>) -> Bool {
        range.count == text.utf8CodeUnitCount && memcmp(start + range.lowerBound, text.utf8Start, range.count) == 0
    }

    mutating func take(_ byte: UInt8) -> Bool {
        guard position < count, start[position] == byte else { return false }
        position += 1
        return true
    }

    /// Reads every member of an object; false if there is none, or `member` returns false.
    mutating func members(_ member: (inout NumberScanner, Range<Int>) -> Bool) -> Bool {
        guard take(UInt8(ascii: "{")) else { return false }
        if take(UInt8(ascii: "}")) { return true }
        repeat {
            guard let name = plainText(), take(UInt8(ascii: ":")), member(&self, name) else { return false }
        } while take(UInt8(ascii: ","))
        return take(UInt8(ascii: "}"))
    }

    /// The range of a string of printable ASCII, without its quotes.
    mutating func plainText() -> Range<Int>? {
        guard take(UInt8(ascii: "\"")) else { return nil }
        let first = position
        while position < count {
            let byte = start[position]
            if byte == UInt8(ascii: "\"") {
                position += 1
                return first..<position - 1
            }
            guard byte >= 0x20, byte < 0x7F, byte != UInt8(ascii: "\\") else { return nil }
            position += 1
        }
        return nil
    }

    /// Digits alone, without a leading zero.
    mutating func wholeNumber() -> UInt64? {
        let first = position
        var value: UInt64 = 0
        while position < count, let digit = digit(start[position]) {
            // 19 digits never overflow.
            guard position - first < 19 else { return nil }
            value = value * 10 + digit
            position += 1
        }
        guard position > first, position == first + 1 || start[first] != UInt8(ascii: "0") else { return nil }
        // A fraction or an exponent follows: not a whole number.
        if position < count, start[position] == UInt8(ascii: ".") || start[position] | 0x20 == UInt8(ascii: "e") {
            return nil
        }
        return value
    }

    /// A number to within a few units in the last place, which is enough to check bounds; whole numbers of up to 2⁵³
    /// are exact.
    mutating func number() -> Double? {
        let first = position
        let isNegative = take(UInt8(ascii: "-"))
        var (mantissa, digits, exponent) = (UInt64(0), 0, 0)
        guard integerPart(&mantissa, &digits, &exponent) else { return nil }
        if take(UInt8(ascii: ".")) {
            guard fraction(&mantissa, &digits, &exponent) else { return nil }
        }
        if position < count, start[position] | 0x20 == UInt8(ascii: "e") {
            guard let power = powerOfTen() else { return nil }
            exponent += power
        }
        if mantissa == 0 { return 0 }
        guard abs(exponent) < Self.powers.count else { return exact(from: first) }
        let size = Double(mantissa)
        let value = exponent < 0 ? size / Self.powers[-exponent] : size * Self.powers[exponent]
        return isNegative ? -value : value
    }

    /// 10⁰, 10¹ and so on, as long as 19 digits times them stay finite.
    private static let powers: [Double] = (0...280).map { Double("1e\($0)") ?? .nan }

    private func digit(_ byte: UInt8) -> UInt64? {
        let value = byte &- UInt8(ascii: "0")
        return value < 10 ? UInt64(value) : nil
    }

    private mutating func integerPart(_ mantissa: inout UInt64, _ digits: inout Int, _ exponent: inout Int) -> Bool {
        guard position < count, let first = digit(start[position]) else { return false }
        position += 1
        if first == 0 { return position == count || digit(start[position]) == nil }
        (mantissa, digits) = (first, 1)
        while position < count, let digit = digit(start[position]) {
            if digits < 18 {
                mantissa = mantissa * 10 + digit
                digits += 1
            } else {
                exponent += 1
            }
            position += 1
        }
        return true
    }

    private mutating func fraction(_ mantissa: inout UInt64, _ digits: inout Int, _ exponent: inout Int) -> Bool {
        let first = position
        while position < count, let digit = digit(start[position]) {
            if digits < 18 {
                mantissa = mantissa * 10 + digit
                exponent -= 1
                if mantissa > 0 { digits += 1 }
            }
            position += 1
        }
        return position > first
    }

    private mutating func powerOfTen() -> Int? {
        position += 1
        let isNegative = take(UInt8(ascii: "-"))
        if !isNegative { _ = take(UInt8(ascii: "+")) }
        let first = position
        var power = 0
        while position < count, let digit = digit(start[position]) {
            guard position - first < 4 else { return nil }
            power = power * 10 + Int(digit)
            position += 1
        }
        guard position > first else { return nil }
        return isNegative ? -power : power
    }

    /// The number in a range that was scanned, rounded correctly; nil if it is not finite.
    func exactNumber(in range: Range<Int>) -> Double? {
        withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.longestNumber + 1) { text -> Double? in
            guard range.count <= Self.longestNumber, let base = text.baseAddress else {
                return Double(String(decoding: bytes(range), as: UTF8.self)).flatMap { $0.isFinite ? $0 : nil }
            }
            memcpy(base, start + range.lowerBound, range.count)
            base[range.count] = 0
            // The program never sets a locale, so the point is a point.
            let value = strtod(base, nil)
            return value.isFinite ? value : nil
        }
    }

    /// The shortest text that reads back to a Double has 24 characters.
    private static let longestNumber = 63

    /// The slow path, for a number of any size that ends here; nil if it is not finite.
    private func exact(from first: Int) -> Double? {
        let value = Double(String(decoding: bytes(first..<position), as: UTF8.self))
        return value.flatMap { $0.isFinite ? $0 : nil }
    }
}
