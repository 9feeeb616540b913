package import Foundation
import Identities

/// A canonical form as the ledger stores it (dictionary encoding): the numbers of its members instead of their text.
///
/// A sweep's units are a product of few tasks, folds, probes and solvers. Each top-level member of a unit's JSON
/// (`"fold":{…}`) is therefore shared by many units; storing it once leaves a dozen bytes per unit instead of a
/// kilobyte.
package enum CompactForm {
    /// The first byte of every form.
    private static let version: UInt8 = 1

    static func encode(_ numbers: [Int64]) -> Data {
        var bytes = Data([version])
        for number in numbers { append(number, to: &bytes) }
        return bytes
    }

    /// - Returns: nil for bytes that ``encode(_:)`` never writes.
    package static func numbers(of bytes: Data) -> [Int64]? {
        var numbers: [Int64] = []
        return bytes.withUnsafeBytes { decode($0, into: &numbers) } ? numbers : nil
    }

    /// Replaces the numbers by those of a form; false, and any numbers, for bytes that ``encode(_:)`` never writes.
    package static func decode(_ bytes: UnsafeRawBufferPointer, into numbers: inout [Int64]) -> Bool {
        numbers.removeAll(keepingCapacity: true)
        guard bytes.first == version else { return false }
        var number: UInt64 = 0
        var shift: UInt64 = 0
        for byte in bytes.dropFirst() {
            guard shift < 64 else { return false }
            number |= UInt64(byte & 0x7F) << shift
            shift += 7
            guard byte < 0x80 else { continue }
            numbers.append(Int64(bitPattern: number))
            (number, shift) = (0, 0)
        }
        return shift == 0
    }

    /// LEB128: seven bits a byte, the lowest first; the last byte is below 128.
    private static func append(_ number: Int64, to bytes: inout Data) {
        var rest = UInt64(bitPattern: number)
        while rest >= 0x80 {
            bytes.append(UInt8(truncatingIfNeeded: rest) | 0x80)
            rest >>= 7
        }
        bytes.append(UInt8(rest))
    }
}
