package import Identities
package import Probes
package import Training
package import Units

/// A sweep cut into units: what will be trained, in which passes, and what it will cost.
///
/// A plan is a pure function of a specification and the facts of its features. Units are made on demand, since a plan
/// may have millions; their order is that of the specification (set, layer, task, repeat, fold, probe).
package struct Plan: Sendable {
    package let specification: SweepSpecification
    package let facts: SweepFacts
    /// One for each layer of each feature set.
    package let passes: [PlannedPass]

    package var unitCount: Int { passes.reduce(0) { $0 + $1.units.count } }

    /// Takes the product of all axes, after checking that every cell can be trained.
    ///
    /// - Throws: `SpecificationError` with everything that the features lack: missing layers and tasks with the nearest
    ///   name, classes with fewer samples than folds, probes that do not fit a layer's shape; for facts that no feature
    ///   set can have; and for more units than the bounds allow.
    package static func make(
        _ specification: SweepSpecification, _ facts: SweepFacts, within bounds: SweepBounds = .standard
    ) throws(SpecificationError) -> Plan {
        if let request = specification.attention {
            return try analyses(request, specification, facts, within: bounds)
        }
        try facts.validate(specification.source)
        var expansion = PlanExpansion(specification, within: bounds)
        let passes = facts.setsToldApart.enumerated().flatMap {
            expansion.passes(over: $1, at: $0) + expansion.untrainedPasses(beside: $1)
        }
        expansion.checkNames(of: facts)
        expansion.checkTypes(of: facts)
        guard expansion.problems.isEmpty else { throw SpecificationError(problems: expansion.problems) }
        return Plan(specification: specification, facts: facts, passes: passes)
    }
}

/// All units that read one layer, and so can train on one reading of its tokens.
package struct PlannedPass: Sendable {
    package let layer: LayerReference
    /// What the plan calls the feature set: what tables do, and the set's own name too where another bears that title.
    package let title: String
    /// The layer as its feature set describes it.
    package let facts: LayerFacts
    /// The folder of the feature set.
    package let folder: String
    /// Samples of the feature set.
    package let samples: Int
    /// The seed of the backbone's weights if those are random; nil for trained ones.
    package let randomWeights: Int?
    package let units: PlannedUnits

    /// A title as people read it, with the seed of random weights behind it.
    package static func name(_ title: String, randomWeights: Int?) -> String {
        title + (randomWeights.map { " [random weights \($0)]" } ?? "")
    }
}

/// One unit of a plan with its identity and its cost.
package struct PlannedUnit: Sendable {
    package let unit: ProbeUnit
    /// The bytes that the key hashes.
    package let canonicalForm: CanonicalForm
    package let cost: UnitCost
    /// Of one head on the longest sample; nil where all samples are as long.
    package let costOfLongest: ProbeCost?
    /// ``Unit/kind``, made once for many units.
    package let kind: String

    package var key: UnitKey { UnitKey(of: canonicalForm) }
}
