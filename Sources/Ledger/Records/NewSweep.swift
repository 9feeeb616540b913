public import Foundation
public import Identities

/// A sweep to insert into the ledger.
public struct NewSweep: Sendable {
    public var name: String
    /// The spec as the user wrote it, YAML.
    public var specification: String
    /// JSON of the facts that the plan was made from.
    public var facts: Data

    public init(name: String, specification: String, facts: Data) {
        self.name = name
        self.specification = specification
        self.facts = facts
    }
}

/// The units of one reading of a layer's tokens, generated during the insertion.
public struct NewPass {
    /// The coordinator's name for the pass.
    public var name: PassID
    /// The folder of the feature set, as the submitting client saw it.
    public var folder: String
    public var units: any Sequence<NewUnit>

    public init(name: PassID, folder: String, units: any Sequence<NewUnit>) {
        self.name = name
        self.folder = folder
        self.units = units
    }
}

/// A unit to insert into the ledger.
public struct NewUnit: Sendable {
    public var key: UnitKey
    public var canonicalForm: Data
    /// Predicted seconds.
    public var cost: Double
    /// The name of a class of units whose predictions are off by the same factor.
    public var kind: CostKind

    public init(key: UnitKey, canonicalForm: Data, cost: Double, kind: CostKind = .unknown) {
        self.key = key
        self.canonicalForm = canonicalForm
        self.cost = cost
        self.kind = kind
    }
}

/// The outcome of an insertion.
public struct SweepReceipt: Sendable, Equatable {
    public var sweep: SweepID
    public var units: Int
    /// Units whose results the ledger already had.
    public var alreadyDone: Int
}
