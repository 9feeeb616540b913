public import Foundation
public import Identities

/// A sweep cut into units: what will be trained, in which passes, and what it will cost.
///
/// A plan is a pure function of a specification and the facts of its features. Units are made on demand, since a plan
/// may have millions; their order is that of the specification (set, layer, task, repeat, fold, probe).
public struct Plan: Sendable {
    public let specification: SweepSpecification
    public let facts: SweepFacts
    /// One for each layer of each feature set.
    public let passes: [PlannedPass]

    public var unitCount: Int { passes.reduce(0) { $0 + $1.units.count } }

    /// Takes the product of all axes, after checking that every cell can be trained.
    ///
    /// - Throws: `SpecificationError` with everything that the features lack: missing layers and tasks with the nearest
    ///   name, classes with fewer samples than folds, probes that do not fit a layer's shape.
    public static func make(
        _ specification: SweepSpecification, _ facts: SweepFacts
    ) throws(SpecificationError) -> Plan {
        var expansion = PlanExpansion(specification)
        let passes = facts.sets.enumerated().flatMap { expansion.passes(over: $1, at: $0) }
        expansion.checkNames(of: facts)
        guard expansion.problems.isEmpty else { throw SpecificationError(problems: expansion.problems) }
        return Plan(specification: specification, facts: facts, passes: passes)
    }
}

/// All units that read one layer, and so can train on one reading of its tokens.
public struct PlannedPass: Sendable {
    public let layer: LayerReference
    /// The layer as its feature set describes it.
    public let facts: LayerFacts
    /// The folder of the feature set.
    public let folder: String
    /// Samples of the feature set.
    public let samples: Int
    public let units: PlannedUnits
}

/// One unit of a plan with its identity and its cost.
public struct PlannedUnit: Sendable {
    public let unit: Unit
    /// The bytes that the key hashes.
    public let canonicalForm: Data
    public let cost: UnitCost
    /// ``Unit/kind``, made once for many units.
    public let kind: String

    public var key: UnitKey { UnitKey(ofCanonicalForm: canonicalForm) }
}
