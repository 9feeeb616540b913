public import Foundation
public import Sweeps

/// A sweep as a client hands it in: the spec as the user wrote it and the facts of the features it names.
public struct SweepSource: Sendable {
    /// The spec's file, for messages.
    public var file: String
    public var specification: String
    public var facts: SweepFacts

    public init(file: String, specification: String, facts: SweepFacts) {
        self.file = file
        self.specification = specification
        self.facts = facts
    }

    /// Reads a spec and gathers the facts, both on this machine.
    ///
    /// - Throws: `SpecificationError` for everything in the spec that cannot be trained.
    public static func read(_ file: String) throws(SpecificationError) -> SweepSource {
        let specification = try SweepSpecification.read(file: file)
        let facts = try SweepFacts.gather(specification)
        _ = try Plan.make(specification, facts)
        return SweepSource(file: file, specification: specification.source.text, facts: facts)
    }

    /// The plan that coordinator and client expand alike.
    public func plan() throws(SpecificationError) -> Plan {
        try Plan.make(try SweepSpecification.read(text: specification, file: file), facts)
    }
}

/// What became of a submission.
public struct SubmittedSweep: Codable, Sendable, Equatable {
    public var number: Int64
    public var name: String
    public var units: Int
    /// Units whose results the ledger already had, from this or other sweeps.
    public var alreadyDone: Int

    public init(number: Int64, name: String, units: Int, alreadyDone: Int) {
        self.number = number
        self.name = name
        self.units = units
        self.alreadyDone = alreadyDone
    }
}
