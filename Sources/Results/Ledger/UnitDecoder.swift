import Foundation
import Identities
import Probes
import Training
import Units

/// Decodes units of one sweep from their canonical forms, one after the other.
///
/// A sweep's units are a product of few folds, probes, layers and so on, so each member is decoded once and shared.
struct UnitDecoder {
    private let decoder = JSONDecoder.ofUnits()
    private var known: [FormMember: Members] = [:]

    mutating func decode(_ form: CanonicalForm) throws -> ProbeUnit {
        var members = Members()
        for member in form.members { members.add(try decoded(member)) }
        // A form that lacks a member is decoded as a whole, for an error that names it.
        return try members.unit ?? decoder.decode(ProbeUnit.self, from: Data(form.bytes))
    }

    /// - Parameter member: the one of that name.
    mutating func fold(_ member: FormMember) throws -> FoldReference {
        guard let fold = try decoded(member).fold else { return try decoder.decode(FoldReference.self, from: Data()) }
        return fold
    }

    private mutating func decoded(_ member: FormMember) throws -> Members {
        if let members = known[member] { return members }
        let members = try decoder.decode(Members.self, from: Data(CanonicalForm([member]).bytes))
        known[member] = members
        return members
    }

    /// A unit in the making.
    private struct Members: Decodable {
        var protocolVersion: Int?
        var features: LayerReference?
        var task: TaskReference?
        var fold: FoldReference?
        var probe: ProbeConfiguration?
        var solver: Solver?
        var shots: Shots?
        var seed: Int?
        var kernel: String?
        var earlierLayers: [LayerReference]?
        var weights: WeightsReference?
        var control: Control?
        var analysis: HeadAnalysis?

        mutating func add(_ other: Members) {
            protocolVersion = other.protocolVersion ?? protocolVersion
            features = other.features ?? features
            task = other.task ?? task
            fold = other.fold ?? fold
            probe = other.probe ?? probe
            solver = other.solver ?? solver
            shots = other.shots ?? shots
            seed = other.seed ?? seed
            kernel = other.kernel ?? kernel
            earlierLayers = other.earlierLayers ?? earlierLayers
            weights = other.weights ?? weights
            control = other.control ?? control
            analysis = other.analysis ?? analysis
        }

        var unit: ProbeUnit? {
            guard let protocolVersion, let features, let task, let fold, let probe, let solver, let seed else {
                return nil
            }
            var unit = ProbeUnit(
                features: features, task: task, fold: fold, probe: probe, solver: solver, seed: seed, kernel: kernel,
                shots: shots, earlierLayers: earlierLayers, weights: weights,
                control: control)
            unit.protocolVersion = protocolVersion
            unit.analysis = analysis
            return unit
        }
    }
}
