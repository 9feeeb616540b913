import Foundation

/// A canonical form as the ledger stores it: the numbers of its members instead of their text.
///
/// A sweep's units are a product of few tasks, folds, probes and solvers. Each top-level member of a unit's JSON
/// (`"fold":{…}`) is therefore shared by many units; stored once, it leaves a dozen bytes for a unit instead of a kilobyte.
/// The form is restored byte for byte, since canonical JSON has no white space.
enum CompactForm {
    private static let split: UInt8 = 1
    private static let whole: UInt8 = 0

    /// - Parameter number: the number of a member's text.
    static func encode(_ form: Data, number: (Data) throws -> Int64) rethrows -> Data {
        guard let members = members(of: form) else { return Data([whole]) + form }
        var bytes = Data([split])
        for member in members { append(UInt64(try number(member)), to: &bytes) }
        return bytes
    }

    /// - Parameter member: the text of a member's number.
    /// - Returns: nil for bytes that ``encode(_:number:)`` never writes.
    static func decode(_ bytes: Data, member: (Int64) throws -> Data) rethrows -> Data? {
        guard let kind = bytes.first else { return nil }
        guard kind == split else { return kind == whole ? Data(bytes.dropFirst()) : nil }
        var form = Data("{".utf8)
        var rest = bytes.dropFirst()
        while !rest.isEmpty {
            guard let number = takeNumber(&rest) else { return nil }
            if form.count > 1 { form.append(UInt8(ascii: ",")) }
            form.append(try member(Int64(bitPattern: number)))
        }
        form.append(UInt8(ascii: "}"))
        return form
    }

    /// The top-level members of a JSON object without white space, or nil where joining them would not give it back.
    static func members(of form: Data) -> [Data]? {
        guard form.count > 2, form.first == UInt8(ascii: "{"), form.last == UInt8(ascii: "}") else { return nil }
        var members: [Data] = []
        var depth = 0
        var isInText = false
        var isEscaped = false
        var start = 1
        form.withUnsafeBytes { bytes in
            for index in 1..<bytes.count - 1 {
                let byte = bytes[index]
                if isInText {
                    if isEscaped { isEscaped = false } else if byte == UInt8(ascii: "\\") { isEscaped = true }
                    else if byte == UInt8(ascii: "\"") { isInText = false }
                    continue
                }
                switch byte {
                case UInt8(ascii: "\""): isInText = true
                case UInt8(ascii: "{"), UInt8(ascii: "["): depth += 1
                case UInt8(ascii: "}"), UInt8(ascii: "]"): depth -= 1
                case UInt8(ascii: ",") where depth == 0:
                    members.append(Data(bytes[start..<index]))
                    start = index + 1
                default: break
                }
            }
            members.append(Data(bytes[start..<bytes.count - 1]))
        }
        return depth == 0 && !isInText && members.allSatisfy { !$0.isEmpty } ? members : nil
    }

    private static func append(_ number: UInt64, to bytes: inout Data) {
        var rest = number
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }

    private static func takeNumber(_ bytes: inout Data.SubSequence) -> UInt64? {
        var number: UInt64 = 0
        var shift: UInt64 = 0
        while let byte = bytes.popFirst(), shift < 64 {
            number |= UInt64(byte & 0x7F) << shift
            if byte < 0x80 { return number }
            shift += 7
        }
        return nil
    }
}
