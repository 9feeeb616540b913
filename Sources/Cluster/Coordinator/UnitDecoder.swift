import Foundation
import Sweeps

/// Units from their canonical forms, many of one sweep, one after the other.
///
/// Units of a row of the table differ in nothing but the fold, so what stands beside the fold is decoded once for all
/// of them and shared.
struct UnitDecoder {
    private static let foldName = Array(#","fold":{"#.utf8)

    private let decoder = JSONDecoder()
    private var units: [[UInt8]: Sweeps.Unit] = [:]
    private var folds: [[UInt8]: FoldReference] = [:]

    mutating func decode(_ form: Data) throws -> Sweeps.Unit {
        guard let fold = form.withUnsafeBytes(Self.foldRange) else {
            return try decoder.decode(Sweeps.Unit.self, from: form)
        }
        let foldForm = form.withUnsafeBytes { Array($0[fold]) }
        let rest = form.withUnsafeBytes { Array($0[..<fold.lowerBound]) + Array($0[fold.upperBound...]) }
        guard var unit = units[rest] else {
            let unit = try decoder.decode(Sweeps.Unit.self, from: form)
            units[rest] = unit
            folds[foldForm] = unit.fold
            return unit
        }
        if let known = folds[foldForm] {
            unit.fold = known
        } else {
            unit.fold = try decoder.decode(FoldReference.self, from: Data(foldForm))
            folds[foldForm] = unit.fold
        }
        return unit
    }

    /// Where the fold's object stands, braces included. Inside a text the quotes of its name would be escaped, and no
    /// other member of a unit has a member of that name.
    private static func foldRange(_ form: UnsafeRawBufferPointer) -> Range<Int>? {
        guard let start = form.baseAddress, form.count > foldName.count else { return nil }
        for place in 0..<form.count - foldName.count
        where form[place] == foldName[0] && memcmp(start + place, foldName, foldName.count) == 0 {
            let open = place + foldName.count - 1
            return form[open...].firstIndex(of: UInt8(ascii: "}")).map { open..<$0 + 1 }
        }
        return nil
    }
}
