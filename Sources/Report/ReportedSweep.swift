import Foundation
import Ledger
import Sweeps

/// A sweep as a report names it.
struct ReportedSweep: Sendable {
    let header: SweepHeader
    /// YAML, with every default filled in; nil where it is left out.
    let specification: String?

    var name: String { header.name }
    var units: Int { header.units }
}

extension ReportedSweep {
    init(_ nameOrNumber: String, in ledger: any SweepReader, withSpecification: Bool = true) throws {
        header = try ledger.find(nameOrNumber)
        guard withSpecification else {
            specification = nil
            return
        }
        let stored = try ledger.specification(of: header.id)
        // One of a version that this one cannot read is shown as it is stored.
        specification =
            (try? JSONDecoder().decode(SweepSpecification.self, from: stored))?.yaml
            ?? String(decoding: stored, as: UTF8.self)
    }
}
