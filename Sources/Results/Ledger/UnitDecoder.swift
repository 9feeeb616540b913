import Foundation
import Identities
import Training
import Units

/// Decodes units of one sweep from their canonical forms, one after the other.
///
/// Units of one row of the table differ only in the fold, so everything else is decoded once and shared.
struct UnitDecoder {
    private let decoder = JSONDecoder.ofUnits()
    private var units: [[FormMember]: ProbeUnit] = [:]
    private var folds: [FormMember: FoldReference] = [:]

    mutating func decode(_ form: CanonicalForm) throws -> ProbeUnit {
        guard let place = form.members.firstIndex(where: { $0.isNamed("fold") }) else { return try whole(form) }
        var rest = form.members
        let fold = rest.remove(at: place)
        if var unit = units[rest] {
            unit.fold = try reference(fold)
            return unit
        }
        let unit = try whole(form)
        units[rest] = unit
        return unit
    }

    private func whole(_ form: CanonicalForm) throws -> ProbeUnit {
        try decoder.decode(ProbeUnit.self, from: Data(form.bytes))
    }

    private mutating func reference(_ fold: FormMember) throws -> FoldReference {
        if let known = folds[fold] { return known }
        let object = try decoder.decode(FoldObject.self, from: Data(CanonicalForm([fold]).bytes))
        folds[fold] = object.fold
        return object.fold
    }

    private struct FoldObject: Decodable {
        let fold: FoldReference
    }
}
