import Foundation
package import Identities
import Training
import Units

/// What a unit is, in words: `efficient 4 queries, wordnet layer 3, lexname, fold 0.2`.
package enum UnitWords {
    /// Nil for a form that this version cannot read.
    package static func text(_ form: CanonicalForm) -> String? {
        guard let unit = try? JSONDecoder.ofUnits().decode(ProbeUnit.self, from: Data(form.bytes)) else { return nil }
        let fold = "fold \(unit.fold.repetition).\(unit.fold.heldOut)"
        let seed = unit.seed == 0 ? [] : ["seed \(unit.seed)"]
        let analysis = unit.analysis == nil ? [] : ["analysis of its head"]
        return
            (["\(unit.probeLabel), \(unit.features.set) layer \(unit.features.layer)", unit.task.name, fold] + seed
            + analysis).joined(separator: ", ")
    }
}
