package import Identities

/// A sweep as a client submits it: the specification with every default filled in, and the facts of its features.
package struct SweepSource: Codable, Sendable {
    package var specification: SweepSpecification
    package var facts: SweepFacts

    package init(specification: SweepSpecification, facts: SweepFacts) {
        self.specification = specification
        self.facts = facts
    }

    /// Reads a spec and gathers the facts, both on this machine.
    ///
    /// - Throws: `SpecificationError` for everything that is wrong in the spec or cannot be trained.
    package static func read(_ file: String) throws(SpecificationError) -> SweepSource {
        let specification = try SweepSpecification.read(file: file)
        let source = SweepSource(specification: specification, facts: try SweepFacts.gather(specification))
        _ = try source.plan()
        return source
    }

    /// Test samples that may leak into training, if the features are on this machine.
    ///
    /// - Parameter isStrict: whether any finding is an error.
    /// - Throws: `LeakageError` in the strict case, `FeatureError` where the features cannot be read.
    package func leakage(isStrict: Bool) throws -> [LeakageFinding] {
        let findings = try LeakageCheck.findings(in: plan())
        if isStrict && !findings.isEmpty { throw LeakageError(findings: findings) }
        return findings
    }

    /// The plan that client and coordinator expand alike.
    ///
    /// - Throws: `SpecificationError` also for values that came as JSON and that no specification can have.
    package func plan(within bounds: SweepBounds = .standard) throws(SpecificationError) -> Plan {
        try Plan.make(specification.validated(), facts, within: bounds)
    }
}

/// What became of a submission.
package struct SubmittedSweep: Codable, Sendable, Equatable {
    package var number: SweepID
    package var name: String
    package var units: Int
    /// Units whose results the ledger already had, from this or other sweeps.
    package var alreadyDone: Int
    /// What became of sweeps that this one replaced, for people.
    package var notes: [String]

    package init(number: SweepID, name: String, units: Int, alreadyDone: Int, notes: [String] = []) {
        self.notes = notes
        self.number = number
        self.name = name
        self.units = units
        self.alreadyDone = alreadyDone
    }
}
