package import Foundation
package import Identities

/// A sweep to insert into the ledger.
package struct NewSweep: Sendable {
    package var name: String
    /// JSON of the specification, with every default filled in.
    package var specification: String
    /// JSON of the facts that the plan was made from.
    package var facts: Data
    /// The client that submits it; nil for the operators.
    package var owner: String?
    package var priority: Int

    package init(name: String, specification: String, facts: Data, owner: String? = nil, priority: Int = 0) {
        self.owner = owner
        self.priority = priority
        self.name = name
        self.specification = specification
        self.facts = facts
    }
}

/// The units of one reading of a layer's tokens, generated during the insertion.
package struct NewPass {
    /// The coordinator's name for the pass.
    package var name: PassID
    /// The folder of the feature set, as the submitting client saw it.
    package var folder: String
    package var units: any Sequence<NewUnit>

    package init(name: PassID, folder: String, units: any Sequence<NewUnit>) {
        self.name = name
        self.folder = folder
        self.units = units
    }
}

/// A unit to insert into the ledger.
package struct NewUnit: Sendable {
    package var key: UnitKey
    package var canonicalForm: CanonicalForm
    /// Predicted seconds.
    package var cost: Double
    /// The name of a class of units whose predictions are off by the same factor.
    package var kind: CostKind

    package init(key: UnitKey, canonicalForm: CanonicalForm, cost: Double, kind: CostKind = .unknown) {
        self.key = key
        self.canonicalForm = canonicalForm
        self.cost = cost
        self.kind = kind
    }
}

/// The outcome of an insertion.
package struct SweepReceipt: Sendable, Equatable {
    package var sweep: SweepID
    package var units: Int
    /// Units whose results the ledger already had.
    package var alreadyDone: Int
}
