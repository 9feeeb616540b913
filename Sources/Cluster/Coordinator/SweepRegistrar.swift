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
        /// Sweeps of the same name that this one replaces.
        let replaced: [SweepID]
    }

    private let ledger: Ledger
    private let bounds: SweepBounds
    private let queue = DispatchQueue(label: "probesweep.intake", qos: .userInitiated)

    init(_ ledger: Ledger, within bounds: SweepBounds = .standard) {
        self.ledger = ledger
        self.bounds = bounds
    }

    /// - Parameter answer: called from another thread.
    func take(_ request: SweepRequest, answer: @escaping @Sendable (Result<Accepted, any Error>) -> Void) {
        queue.async { answer(Result { try accept(request) }) }
    }

    /// Runs something between submissions, while none is being read from the ledger.
    func perform(_ body: @escaping @Sendable () -> Void) { queue.async(execute: body) }

    /// Sweeps that an earlier coordinator left unfinished, oldest first; with a name, those alone that have it.
    func unfinished(named name: String?) throws -> [Accepted] {
        try sweeps(.active, named: name).sorted { $0.id < $1.id }.map { try accepted($0) }
    }

    /// Sweeps that were cancelled, oldest first; with a name, those alone that have it.
    func cancelled(named name: String?) throws -> [ActiveSweeps.Entry] {
        try sweeps(.cancelled, named: name).map { ActiveSweeps.Entry(cancelled: $0) }
    }

    private func sweeps(_ state: SweepRecord.State, named name: String?) throws -> [SweepRecord] {
        try ledger.reader.sweeps().filter { $0.state == state && (name == nil || $0.name == name) }
    }

    /// Idempotent: the requester's sweep that is in the ledger with the same specification and facts resumes; a
    /// different one of the same name is replaced if that was asked for. Results are shared in any case.
    private func accept(_ request: SweepRequest) throws -> Accepted {
        let source = request.source
        let plan = try source.plan(within: bounds)
        let encoder = JSONEncoder()
        encoder.outputFormatting = [.sortedKeys, .withoutEscapingSlashes]
        let sweep = NewSweep(
            name: source.specification.name,
            specification: String(decoding: try encoder.encode(source.specification), as: UTF8.self),
            facts: try encoder.encode(source.facts), owner: request.requester.name, priority: request.priority ?? 0)
        let namesakes = try ledger.reader.sweeps().filter {
            $0.name == sweep.name && $0.state == .active && request.requester.owns(sweepOf: $0.owner)
        }
        for namesake in namesakes {
            if isSame(try ledger.reader.source(of: namesake.id), as: source.specification, facts: sweep.facts) {
                if let priority = request.priority { try ledger.setPriority(priority, of: namesake.id) }
                try takeOver(namesake, request.requester)
                return try accepted(try ledger.reader.sweep("\(namesake.id)"))
            }
        }
        if let namesake = namesakes.last, !request.replaces { throw SweepRequestError.nameTaken(namesake) }
        for namesake in namesakes { try takeOver(namesake, request.requester) }
        let inserted = try ledger.insert(
            sweep, passes: plan.passes.map(NewPass.init), replacing: namesakes.map(\.id))
        return try accepted(try ledger.reader.sweep("\(inserted.sweep)"), replacing: namesakes)
    }

    /// Where a specification was read from, and on which lines, is no part of what it asks for.
    private func isSame(_ stored: NewSweep, as specification: SweepSpecification, facts: Data) -> Bool {
        guard stored.facts == facts,
            var known = try? JSONDecoder().decode(SweepSpecification.self, from: Data(stored.specification.utf8))
        else { return false }
        known.source = specification.source
        return known == specification
    }

    /// An operator who submits a sweep without an owner again owns it from then on, so that its name means the same for
    /// everybody as before.
    private func takeOver(_ sweep: SweepRecord, _ requester: Requester) throws {
        if sweep.owner == nil, let name = requester.name { try ledger.give(sweep.id, to: name) }
    }

    private func accepted(_ sweep: SweepRecord, replacing replaced: [SweepRecord] = []) throws -> Accepted {
        let receipt = SubmittedSweep(
            number: sweep.id, name: sweep.name, units: sweep.units, alreadyDone: sweep.done,
            notes: replaced.map { $0.note(replacedBy: sweep.id) })
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
                id: sweep.id, name: sweep.name, owner: sweep.owner, priority: sweep.priority, units: sweep.units,
                done: sweep.done,
                folders: Dictionary(passes.map { ($0.name, $0.folder) }, uniquingKeysWith: { $1 }),
                keepsPredictions: specification?.keepsPredictions ?? false,
                samples: SampleCounts(facts: source.facts).byPass(passes)),
            submission: SweepSubmission(
                sweep: sweep.id, client: sweep.owner ?? "", priority: sweep.priority,
                passes: passes.compactMap { pass in
                    guard let name = names[pass.id], let units = units[pass.id] else { return nil }
                    return WorkPass(name, units)
                },
                alreadyDone: sweep.done,
                quarantined: history.quarantined, history: history.failures,
                formerLeases: try ledger.reader.openLeases(), kinds: kinds,
                inputs: try inputs.inputs(in: ledger.reader, folders: folders)),
            receipt: receipt, replaced: replaced.map(\.id))
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
