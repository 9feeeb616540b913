import Foundation
import Sweeps
import Units

/// Decodes units of one sweep from their canonical forms, one after the other.
///
/// Units of one row of the table differ only in the fold, so everything else is decoded once and shared.
struct UnitDecoder {
    private static let foldName = Array(#","fold":{"#.utf8)

    private let decoder = JSONDecoder()
    private var units: [FormKey: ProbeUnit] = [:]
    private var folds: [FormKey: FoldReference] = [:]

    /// Compares and hashes all bytes at once; hashing an array byte by byte would dominate the decoding time.
    private struct FormKey: Hashable {
        let bytes: [UInt8]

        static func == (first: FormKey, second: FormKey) -> Bool {
            first.bytes.count == second.bytes.count && memcmp(first.bytes, second.bytes, first.bytes.count) == 0
        }

        func hash(into hasher: inout Hasher) { bytes.withUnsafeBytes { hasher.combine(bytes: $0) } }
    }

    mutating func decode(_ form: Data) throws -> ProbeUnit {
        guard let fold = form.withUnsafeBytes(Self.foldRange) else {
            return try decoder.decode(ProbeUnit.self, from: form)
        }
        let foldForm = FormKey(bytes: form.withUnsafeBytes { Array($0[fold]) })
        let rest = FormKey(
            bytes: form.withUnsafeBytes { Array($0[..<fold.lowerBound]) + Array($0[fold.upperBound...]) })
        guard var unit = units[rest] else {
            let unit = try decoder.decode(ProbeUnit.self, from: form)
            units[rest] = unit
            folds[foldForm] = unit.fold
            return unit
        }
        if let known = folds[foldForm] {
            unit.fold = known
        } else {
            unit.fold = try decoder.decode(FoldReference.self, from: Data(foldForm.bytes))
            folds[foldForm] = unit.fold
        }
        return unit
    }

    /// The range of the fold's object, braces included. The name cannot occur in a string, where its quotes would be
    /// escaped, and no other member of a unit has a member of that name.
    private static func foldRange(_ form: UnsafeRawBufferPointer) -> Range<Int>? {
        guard let start = form.baseAddress, form.count > foldName.count else { return nil }
        for offset in 0..<form.count - foldName.count
        where form[offset] == foldName[0] && memcmp(start + offset, foldName, foldName.count) == 0 {
            let open = offset + foldName.count - 1
            return form[open...].firstIndex(of: UInt8(ascii: "}")).map { open..<$0 + 1 }
        }
        return nil
    }
}
