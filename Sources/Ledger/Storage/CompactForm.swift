import Foundation

/// A canonical form as the ledger stores it (dictionary encoding): the numbers of its members instead of their text.
///
/// A sweep's units are a product of few tasks, folds, probes and solvers. Each top-level member of a unit's JSON
/// (`"fold":{…}`) is therefore shared by many units; storing it once leaves a dozen bytes per unit instead of a
/// kilobyte. The form is restored byte for byte, since canonical JSON has no white space.
enum CompactForm {
    fileprivate static let split: UInt8 = 1
    fileprivate static let whole: UInt8 = 0

    /// - Parameter member: the text of a member's number.
    /// - Returns: nil for bytes that ``CompactFormEncoder`` never writes.
    static func decode(_ bytes: Data, member: (Int64) throws -> Data) rethrows -> Data? {
        guard let kind = bytes.first else { return nil }
        guard kind == split else { return kind == whole ? Data(bytes.dropFirst()) : nil }
        guard let numbers = numbers(in: bytes.dropFirst()) else { return nil }
        var form = Data(capacity: 1_024)
        form.append(UInt8(ascii: "{"))
        for number in numbers {
            if form.count > 1 { form.append(UInt8(ascii: ",")) }
            form.append(try member(number))
        }
        form.append(UInt8(ascii: "}"))
        return form
    }

    private static func numbers(in bytes: Data) -> [Int64]? {
        bytes.withUnsafeBytes { bytes in
            var numbers: [Int64] = []
            var number: UInt64 = 0
            var shift: UInt64 = 0
            for byte in bytes {
                guard shift < 64 else { return nil }
                number |= UInt64(byte & 0x7F) << shift
                shift += 7
                guard byte < 0x80 else { continue }
                numbers.append(Int64(bitPattern: number))
                (number, shift) = (0, 0)
            }
            return shift == 0 ? numbers : nil
        }
    }

    /// LEB128: seven bits a byte, the lowest first; the last byte is below 128.
    fileprivate static func append(_ number: Int64, to bytes: inout Data) {
        var rest = UInt64(bitPattern: number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}

/// Encodes compact forms. It keeps the last form, since in a grid most members of the next one are equal.
struct CompactFormEncoder {
    private struct Member {
        var text: [UInt8]
        var number: Int64
    }

    /// Hashes all bytes at once: `Data` hashes only its first 80 bytes, and an array hashes byte by byte.
    private struct MemberKey: Hashable {
        var bytes: [UInt8]

        func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    private var last: [Member] = []
    private var numbers: [MemberKey: Int64] = [:]

    /// - Parameter number: called once per member's text for its number.
    mutating func encode(_ form: Data, number: (Data) throws -> Int64) rethrows -> Data {
        try form.withUnsafeBytes { bytes in
            guard bytes.count > 2, bytes.first == UInt8(ascii: "{"), bytes.last == UInt8(ascii: "}") else {
                return Data([CompactForm.whole]) + form
            }
            var compact = Data([CompactForm.split])
            var start = 1
            var index = 0
            while start < bytes.count {
                guard let end = end(ofMember: index, from: start, in: bytes) else {
                    return Data([CompactForm.whole]) + form
                }
                let text = UnsafeRawBufferPointer(rebasing: bytes[start..<end])
                CompactForm.append(try self.number(ofMember: index, text, number), to: &compact)
                start = end + 1
                index += 1
            }
            return compact
        }
    }

    /// Where the member that starts here ends: at a comma, or at the object's closing brace. Nil if this is not a
    /// member, or if joining the members would not restore the form.
    private func end(ofMember index: Int, from start: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
        if let known = known(index, at: start, in: bytes) { return known }
        var depth = 0
        var isInText = false
        var isEscaped = false
        for place in start..<bytes.count - 1 {
            let byte = bytes[place]
            if isInText {
                if isEscaped {
                    isEscaped = false
                } else if byte == UInt8(ascii: "\\") {
                    isEscaped = true
                } else if byte == UInt8(ascii: "\"") {
                    isInText = false
                }
                continue
            }
            switch byte {
            case UInt8(ascii: "\""): isInText = true
            case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
            case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
            // A comma before the closing brace would leave an empty member.
            case UInt8(ascii: ",") where depth == 0: return place > start && place < bytes.count - 2 ? place : nil
            default: break
            }
        }
        return depth == 0 && !isInText && start < bytes.count - 1 ? bytes.count - 1 : nil
    }

    /// The end of the form's member if it equals that of the last form.
    private func known(_ index: Int, at start: Int, in bytes: UnsafeRawBufferPointer) -> Int? {
        guard index < last.count else { return nil }
        let end = start + last[index].text.count
        guard end < bytes.count, end == bytes.count - 1 || bytes[end] == UInt8(ascii: ","), end != bytes.count - 2
        else {
            return nil
        }
        return isSame(index, UnsafeRawBufferPointer(rebasing: bytes[start..<end])) ? end : nil
    }

    private func isSame(_ index: Int, _ text: UnsafeRawBufferPointer) -> Bool {
        last[index].text.withUnsafeBytes { known in
            guard known.count == text.count, let first = known.baseAddress, let second = text.baseAddress else {
                return false
            }
            return memcmp(first, second, text.count) == 0
        }
    }

    private mutating func number(
        ofMember index: Int, _ text: UnsafeRawBufferPointer, _ number: (Data) throws -> Int64
    ) rethrows -> Int64 {
        if index < last.count, isSame(index, text) { return last[index].number }
        let text = MemberKey(bytes: Array(text))
        let known = numbers[text]
        let found = try known ?? number(Data(text.bytes))
        if known == nil { numbers[text] = found }
        let member = Member(text: text.bytes, number: found)
        if index < last.count { last[index] = member } else { last.append(member) }
        return found
    }
}
