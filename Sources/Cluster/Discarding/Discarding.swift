import Foundation
package import Identities
package import Ledger
import Scheduling
import Sweeps

/// Removes results that turned out bad from a ledger, so that their units are trained again.
package enum Discarding {
    /// What a request selects.
    ///
    /// - Throws: `DiscardError`, also if that is nothing; `LedgerError`.
    package static func preview(
        _ request: DiscardRequest, for requester: Requester = .local, in ledger: LedgerReader
    ) throws -> DiscardSummary {
        let summary = try find(request, for: requester, in: ledger).summary
        guard summary.results > 0 else {
            throw DiscardError.nothing(
                sweep: "\(summary.name) (\(summary.number))", there: try Self.contents(of: summary.number, in: ledger))
        }
        return summary
    }

    /// Removes what a request selects, in a state folder that no coordinator uses.
    package static func apply(_ request: DiscardRequest, to ledger: Ledger) throws -> DiscardSummary {
        let found = try find(request, in: ledger.reader)
        try ledger.discard(found.selection, of: found.summary.number)
        return found.summary
    }

    /// Opens the ledger of an existing state folder.
    ///
    /// - Throws: `DiscardError.coordinatorRuns`; `LedgerError.missing` instead of making one.
    package static func open(_ state: String) throws -> Ledger {
        _ = try LedgerReader.open(state)
        do {
            return try Ledger.open(state)
        } catch LedgerError.locked(let path, let holder) {
            throw DiscardError.coordinatorRuns(state: path, holder: holder)
        }
    }

    static func find(
        _ request: DiscardRequest, for requester: Requester = .local, in ledger: LedgerReader
    ) throws -> (selection: ResultSelection, summary: DiscardSummary) {
        let now = Date()
        let sweep = try ledger.sweep(request.sweep, for: requester)
        guard requester.mayChange(sweepOf: sweep.owner) else { throw DiscardError.othersSweep(sweep.address) }
        let selection = ResultSelection(
            units: request.units.isEmpty ? nil : try request.units.map { try key($0, of: sweep, in: ledger) },
            worker: request.worker, since: request.since, until: request.until)
        let found = try ledger.results(selection, of: sweep.id)
        if let other = found.sharing.first(where: { !requester.mayChange(sweepOf: $0.owner) }) {
            throw DiscardError.othersUnits(other)
        }
        let sharing = found.sharing.map {
            DiscardSummary.Sharing(
                number: $0.id, name: $0.name, units: $0.units, isCancelled: $0.state == .cancelled)
        }
        return (
            selection,
            DiscardSummary(
                number: sweep.id, name: sweep.name, isCancelled: sweep.state == .cancelled,
                results: found.units.count, workers: found.workers, sharing: sharing, asOf: now)
        )
    }

    private static func key(_ digits: String, of sweep: SweepRecord, in ledger: LedgerReader) throws -> UnitKey {
        let keys = try ledger.keys(beginning: digits, of: sweep.id)
        guard let key = keys.first, keys.count == 1 else {
            throw DiscardError.unknownUnit(digits, sweep: sweep.name, matches: keys.count)
        }
        return key
    }

    /// Describes the results that exist, for a request that selected none.
    private static func contents(of sweep: SweepID, in ledger: LedgerReader) throws -> String {
        let all = try ledger.results(ResultSelection(), of: sweep)
        guard let committed = all.committed else { return "it has none yet" }
        let origins = all.workers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        let (first, last) = (committed.lowerBound.formatted(.iso8601), committed.upperBound.formatted(.iso8601))
        return "it has \(all.units.count), reported by \(origins), committed from \(first) to \(last)"
    }
}

extension SweepSubmission {
    /// Discarded units as the coordinator takes them, by sweep.
    static func discarded(_ units: [DiscardedUnit], in ledger: LedgerReader) throws -> [SweepSubmission] {
        try Dictionary(grouping: units, by: \.sweep).sorted { $0.key < $1.key }.map { sweep, units in
            var inputs = InputIndexer<PassID>()
            let folders = Dictionary(units.map { ($0.pass, $0.folder) }) { first, _ in first }
            var kinds: [CostKind] = [.unknown]
            var places: [CostKind: UInt16] = [:]
            var passes: [WorkPass] = []
            for unit in units {
                let kind = unit.kind.map { name in
                    places[name]
                        ?? {
                            let place = UInt16(clamping: kinds.count)
                            kinds.append(name)
                            places[name] = place
                            return place
                        }()
                }
                if passes.last?.pass != unit.pass { passes.append(WorkPass(unit.pass, [])) }
                passes[passes.count - 1].units.append(
                    WorkItem(
                        unit.key, cost: Float(unit.cost), kind: kind ?? 0, inputs: inputs.index(unit.members, unit.pass)
                    ))
            }
            return SweepSubmission(
                sweep: sweep, passes: passes, kinds: kinds, inputs: try inputs.inputs(in: ledger, folders: folders))
        }
    }
}
