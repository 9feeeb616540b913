package import Identities

/// The history of one unit, as a journal tells it, from the machine before and after every event.
///
/// It compares states rather than reading events, so that it finds a change whatever its cause.
package struct UnitStory: Sendable {
    package let unit: UnitKey
    private var before: Coordinator.UnitView?
    private var reporter = ""

    package init(of unit: UnitKey) { self.unit = unit }

    /// One change.
    package struct Entry: Sendable, Equatable, Codable {
        package enum Kind: String, Sendable, Codable {
            case found, submitted, leased, copied, adopted, returned, vanished, workerLost, workerLeft, withdrawn
            case resultReceived, failed, charged, quarantined, released, forgiven, committed, commitRefused
            case resultRefused, discarded, duplicateDropped, strangerDropped, cancelled
        }

        package var kind: Kind
        package var worker: String?
        package var attempt: String?
        package var detail: String?

        init(_ kind: Kind, worker: String? = nil, _ attempt: Attempt? = nil, detail: String? = nil) {
            self.kind = kind
            self.worker = worker
            self.attempt = attempt.map { "\($0)" }
            self.detail = detail
        }
    }

    /// The unit's state where the journal begins, or begins again after a gap.
    package func begin(with machine: Coordinator) -> Entry? {
        guard let view = machine.view(of: unit) else { return nil }
        let holders = view.holders.map { "\($0.worker) under \($0.attempt)" }.joined(separator: " and ")
        return Entry(.found, detail: "\(view.state)" + (holders.isEmpty ? "" : ", held by \(holders)"))
    }

    /// Must be called with the machine before each event.
    package mutating func prepare(for event: Coordinator.Event, _ machine: Coordinator) {
        before = machine.view(of: unit)
        reporter = event.address.map(machine.name) ?? ""
    }

    /// What the event changed for the unit.
    package func entries(
        after event: Coordinator.Event, _ directives: [Coordinator.Directive], _ machine: Coordinator
    ) -> [Entry] {
        let after = machine.view(of: unit)
        let reports = reports(in: event)
        guard before != after || !reports.isEmpty || isRefused(event, machine) else { return [] }
        guard let after else { return reports.map { Entry(.strangerDropped, worker: reporter, $0.attempt) } }
        return entered(after) + reports.compactMap { entry(for: $0, after) } + left(after, event, directives)
            + held(after) + moved(to: after) + taken(after)
            + (isRefused(event, machine) ? [refusal(of: event)] : [])
    }

    private func reports(in event: Coordinator.Event) -> [UnitReport] {
        guard case .reported(_, let reports) = event else { return [] }
        return reports.filter { $0.unit == unit }
    }

    private func isRefused(_ event: Coordinator.Event, _ machine: Coordinator) -> Bool {
        guard case .commitFailed(let commit, _) = event, let batch = machine.commits[commit] else { return false }
        guard let index = machine.units.index(of: unit) else { return false }
        return batch.finished.contains(index) || batch.quarantining.contains(index)
    }

    private func refusal(of event: Coordinator.Event) -> Entry {
        guard case .commitFailed(_, let reason) = event else { return Entry(.commitRefused) }
        return Entry(.commitRefused, detail: reason)
    }

    private func entered(_ after: Coordinator.UnitView) -> [Entry] {
        guard before == nil else { return [] }
        return [Entry(.submitted, detail: after.state == .pending ? nil : "\(after.state)")]
    }

    /// The outcome of a report; nil for a failure that counts, which ``held(_:)`` tells of.
    private func entry(for report: UnitReport, _ after: Coordinator.UnitView) -> Entry? {
        switch report.outcome {
        case .finished:
            let isFirst = before?.state != .done && before?.state != .committing
            let isTaken = isFirst && (after.state == .committing || after.state == .done)
            return Entry(isTaken ? .resultReceived : .duplicateDropped, worker: reporter, report.attempt)
        case .failed:
            let counts =
                after.failures.contains { $0.attempt == report.attempt }
                && before?.failures.contains { $0.attempt == report.attempt } != true
            return counts ? nil : Entry(.duplicateDropped, worker: reporter, report.attempt, detail: "a failure")
        }
    }

    /// Leases that no longer hold the unit, other than by a report of it.
    private func left(
        _ after: Coordinator.UnitView, _ event: Coordinator.Event, _ directives: [Coordinator.Directive]
    ) -> [Entry] {
        let stays = Set(after.holders.map(\.attempt))
        let reported = Set(reports(in: event).map(\.attempt))
        return (before?.holders ?? []).filter { !stays.contains($0.attempt) && !reported.contains($0.attempt) }
            .map { holder in
                for case .note(let note) in directives {
                    if let entry = entry(for: note, of: holder) { return entry }
                }
                return Entry(.withdrawn, worker: holder.worker, holder.attempt)
            }
    }

    private func entry(for note: LogEntry, of holder: Coordinator.Holder) -> Entry? {
        switch note {
        case .workerLost(let name, _, let reason, _) where name == holder.worker:
            Entry(.workerLost, worker: name, holder.attempt, detail: reason)
        case .workerLeft(let name, _, _) where name == holder.worker:
            Entry(.workerLeft, worker: name, holder.attempt)
        case .leaseVanished(let name, holder.attempt, _): Entry(.vanished, worker: name, holder.attempt)
        case .unitsReturned(let name, holder.attempt, _): Entry(.returned, worker: name, holder.attempt)
        case .hostSuspended(_, let reason):
            Entry(.withdrawn, worker: holder.worker, holder.attempt, detail: "its host is suspended: \(reason)")
        default: nil
        }
    }

    /// Failures that were added or retracted.
    private func held(_ after: Coordinator.UnitView) -> [Entry] {
        let old = before?.failures ?? []
        let new = after.failures.filter { failure in
            !old.contains { $0.attempt == failure.attempt && $0.cause == failure.cause }
        }
        let isFinished = after.state == .committing || after.state == .done
        let forgiven =
            isFinished
            ? []
            : old.filter { failure in
                !after.failures.contains { $0.attempt == failure.attempt && $0.cause == failure.cause }
            }
        // The ledger's failures come with the submission.
        let isNew = before != nil
        return new.map { failure in
            Entry(
                failure.cause == .death ? .charged : .failed, worker: failure.worker, failure.attempt,
                detail: isNew ? failure.reason : "earlier, according to the ledger: \(failure.reason)")
        } + forgiven.map { Entry(.forgiven, worker: $0.worker, $0.attempt) }
    }

    private func moved(to after: Coordinator.UnitView) -> [Entry] {
        guard let old = before?.state, old != after.state else { return [] }
        switch (old, after.state) {
        case (_, .done): return [Entry(.committed)]
        case (.done, _): return [Entry(.discarded)]
        case (.committing, .pending), (.committing, .leased), (.committing, .quarantining):
            return [Entry(.resultRefused, detail: after.failures.last?.reason)]
        case (_, .quarantining): return [Entry(.quarantined, detail: after.failures.last?.reason)]
        case (_, .dropped): return [Entry(.cancelled)]
        case (.dropped, .pending), (.dropped, .leased): return [Entry(.submitted, detail: "again")]
        case (.quarantined, .pending), (.quarantining, .pending), (.quarantined, .leased), (.quarantining, .leased):
            return [Entry(.released)]
        default: return []
        }
    }

    /// Leases that hold the unit now.
    private func taken(_ after: Coordinator.UnitView) -> [Entry] {
        let had = Set((before?.holders ?? []).map(\.attempt))
        return after.holders.filter { !had.contains($0.attempt) }.map { holder in
            Entry(
                holder.isAdopted ? .adopted : holder.isCopy ? .copied : .leased, worker: holder.worker, holder.attempt)
        }
    }
}

extension UnitStory.Entry {
    /// The entry as a clause without its time.
    package var text: String {
        let lease = attempt.map { " under \($0)" } ?? ""
        let name = worker ?? ""
        let clause =
            switch kind {
            case .found: "the journal begins here, or begins again after a gap"
            case .submitted: "submitted"
            case .leased: "leased to \(name)\(lease)"
            case .copied: "leased a second time, to \(name)\(lease)"
            case .adopted: "lease adopted from \(name)\(lease)"
            case .returned: "given back by \(name)\(lease), not started"
            case .vanished: "taken back, because \(name) did not know its lease\(lease)"
            case .workerLost: "worker \(name) lost while it held the unit\(lease)"
            case .workerLeft: "worker \(name) left while it held the unit\(lease)"
            case .withdrawn: "withdrawn from \(name)\(lease)"
            case .resultReceived: "result received from \(name)\(lease)"
            case .failed: "failed on \(name)\(lease)"
            case .charged: "charged with the death of \(name)\(lease)"
            case .quarantined: "quarantined"
            case .released: "released from quarantine"
            case .forgiven: "its failure on \(name)\(lease) is forgiven"
            case .committed: "committed"
            case .commitRefused: "the commit failed"
            case .resultRefused: "the ledger refused the result"
            case .discarded: "the result was discarded; the unit is trained again"
            case .duplicateDropped: "a report from \(name)\(lease) dropped as a duplicate"
            case .strangerDropped:
                "a report from \(name)\(lease) dropped: it was not leased the unit, or no sweep wants it"
            case .cancelled: "cancelled: no sweep wants it any more"
            }
        return (clause + (detail.map { ": \($0)" } ?? "")).printable
    }
}
