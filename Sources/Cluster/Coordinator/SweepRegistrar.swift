import Dispatch
import Foundation
import Identities
import Ledger
import Results
import Scheduling
import Sweeps
import Training
import Units

/// Accepts sweeps off the coordinator's thread: plans them, stores them, and reads back what is left to do.
struct SweepRegistrar: Sendable {
    /// A sweep that is in the ledger, and what of it is to be trained.
    struct Accepted: Sendable {
        let entry: ActiveSweeps.Entry
        let submission: SweepSubmission
        let receipt: SubmittedSweep
        /// Sweeps of the same name that this one supersedes.
        let superseded: [SweepID]
    }

    private let ledger: Ledger
    private let bounds: SweepBounds
    private let queue = DispatchQueue(label: "probesweep.intake", qos: .userInitiated)

    init(_ ledger: Ledger, within bounds: SweepBounds = .standard) {
        self.ledger = ledger
        self.bounds = bounds
    }

    /// - Parameter answer: called from another thread.
    func take(_ source: SweepSource, answer: @escaping @Sendable (Result<Accepted, any Error>) -> Void) {
        queue.async { answer(Result { try accept(source) }) }
    }

    /// Runs something between submissions, while none is being read from the ledger.
    func perform(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }

    /// Sweeps that an earlier coordinator left unfinished, oldest first.
    func unfinished() throws -> [Accepted] {
        try ledger.forgetFinishedLeases()
        return try ledger.reader.sweeps().filter { $0.state == .active }.sorted { $0.id < $1.id }.map { sweep in
            try accepted(sweep, receipt(sweep), superseding: [])
        }
    }

    /// Idempotent: a sweep that is in the ledger with the same specification and facts resumes; a different one of the
    /// same name supersedes it and shares its results.
    private func accept(_ source: SweepSource) throws -> Accepted {
        let plan = try source.plan(within: bounds)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let sweep = NewSweep(
            name: source.specification.name,
            specification: String(decoding: try encoder.encode(source.specification), as: UTF8.self),
            facts: try encoder.encode(source.facts))
        let namesakes = try ledger.reader.sweeps().filter { $0.name == sweep.name && $0.state == .active }
        for namesake in namesakes {
            let stored = try ledger.reader.source(of: namesake.id)
            if stored.specification == sweep.specification, stored.facts == sweep.facts {
                return try accepted(namesake, receipt(namesake), superseding: [])
            }
        }
        let inserted = try ledger.insert(sweep, passes: plan.passes.map(NewPass.init))
        for namesake in namesakes { try ledger.cancel(namesake.id) }
        let record = try ledger.reader.sweep("\(inserted.sweep)")
        return try accepted(record, receipt(record), superseding: namesakes.map(\.id))
    }

    private func receipt(_ sweep: SweepRecord) -> SubmittedSweep {
        SubmittedSweep(number: sweep.id, name: sweep.name, units: sweep.units, alreadyDone: sweep.done)
    }

    private func accepted(
        _ sweep: SweepRecord, _ receipt: SubmittedSweep, superseding: [SweepID]
    ) throws -> Accepted {
        let passes = try ledger.reader.passes(of: sweep.id)
        let names = Dictionary(uniqueKeysWithValues: passes.map { ($0.id, $0.name) })
        var units: [Int64: [WorkItem]] = [:]
        let kindNames = try ledger.reader.kindNames().sorted { $0.key < $1.key }
        let kinds = [CostKind.unknown] + kindNames.map(\.value)
        let kindPlaces = Dictionary(uniqueKeysWithValues: zip(kindNames.map(\.key), 1...UInt16.max))
        var inputs = InputIndexer<Int64>()
        try ledger.reader.forEachUnfinished(of: sweep.id, members: UnitMembers.Name.ofInputs) { unit in
            let kind = unit.kind.flatMap { kindPlaces[$0] } ?? 0
            units[unit.pass, default: []].append(
                WorkItem(unit.key, cost: Float(unit.cost), kind: kind, inputs: inputs.index(unit.members, unit.pass)))
        }
        let folders = Dictionary(uniqueKeysWithValues: passes.map { ($0.id, $0.folder) })
        let history = try ledger.reader.history(of: sweep.id)
        // Older versions could not keep predictions, so a specification that fails to decode means false.
        let source = try ledger.reader.source(of: sweep.id)
        let specification = try? JSONDecoder().decode(
            SweepSpecification.self, from: Data(source.specification.utf8))
        return Accepted(
            entry: ActiveSweeps.Entry(
                id: sweep.id, name: sweep.name, units: sweep.units,
                folders: Dictionary(passes.map { ($0.name, $0.folder) }, uniquingKeysWith: { $1 }),
                keepsPredictions: specification?.keepsPredictions ?? false,
                samples: SampleCounts(facts: source.facts).byPass(passes)),
            submission: SweepSubmission(
                sweep: sweep.id,
                passes: passes.compactMap { pass in
                    guard let name = names[pass.id], let units = units[pass.id] else { return nil }
                    return WorkPass(name, units)
                },
                alreadyDone: sweep.done,
                quarantined: history.quarantined, history: history.failures,
                formerLeases: try ledger.reader.openLeases(), kinds: kinds,
                inputs: try inputs.inputs(in: ledger.reader) { folders[$0] ?? "" }),
            receipt: receipt, superseded: superseding)
    }
}

extension NewPass {
    init(_ pass: PlannedPass) {
        self.init(
            name: PassName.make(pass.layer, kernel: pass.units.first?.unit.kernel), folder: pass.folder,
            units: pass.units.lazy.map { unit in
                NewUnit(
                    key: unit.key, canonicalForm: unit.canonicalForm,
                    cost: CostModel.reference.seconds(unit.cost.work), kind: CostKind(unit.kind))
            })
    }
}
