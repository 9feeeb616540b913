import Identities

// What the machine can tell people who investigate an incident about a unit, a lease and a worker. Nothing here traps,
// whatever the state: a state that broke an invariant is exactly what is inspected.

extension Coordinator {
    /// How a unit stands.
    struct UnitView: Equatable {
        var state: UnitState
        var holders: [Holder]
        var failures: [FailureRecord]
        var isSuspect: Bool
    }

    /// A lease that holds a unit.
    struct Holder: Equatable {
        var attempt: Attempt
        var worker: String
        var isCopy: Bool
        var isAdopted: Bool
    }

    /// Nil for a unit that nobody has asked for.
    func view(of key: UnitKey) -> UnitView? {
        guard let unit = units.index(of: key), units.records.indices.contains(Int(unit)) else { return nil }
        let record = units[unit]
        return UnitView(
            state: record.state, holders: units.holders(of: unit).compactMap(holder),
            failures: failureHistories[unit]?.failures ?? [], isSuspect: record.isSuspect)
    }

    private func holder(_ lease: LeaseSlot) -> Holder? {
        guard let record = record(of: lease) else { return nil }
        return Holder(
            attempt: record.attempt, worker: self.record(ofWorker: record.worker)?.name ?? "?", isCopy: record.isCopy,
            isAdopted: record.isAdopted)
    }

    private func record(of lease: LeaseSlot) -> LeaseRecord? {
        leases.records.indices.contains(Int(lease)) ? leases.records[Int(lease)] : nil
    }

    private func record(ofWorker slot: WorkerSlot) -> WorkerRecord? {
        workers.records.indices.contains(Int(slot)) ? workers.records[Int(slot)] : nil
    }

    /// The name of the worker at an address.
    func name(at address: Address) -> String {
        workers.slot(at: address).flatMap(record(ofWorker:))?.name ?? "connection \(address)"
    }
}

extension Coordinator {
    /// The states of what an event is about, a line for each of the first few; for whoever investigates a trap in the
    /// middle of the event.
    package func described(for event: Event) -> [String] {
        var lines = ["coordinator \(incarnation) at \(now.seconds) s: \(fingerprint)"]
        if let address = event.address { lines.append(describedWorker(at: address)) }
        let units = event.units(limit: 8) + (event.commit.map { describedUnits(of: $0) } ?? [])
        for unit in units { lines += described(unit) }
        return lines.map { String($0.prefix(400)).printable }
    }

    private func describedUnits(of commit: CommitID) -> [UnitKey] {
        guard let batch = commits[commit] else { return [] }
        return (batch.finished + batch.quarantining).prefix(8).compactMap {
            units.keys.indices.contains(Int($0)) ? units.key($0) : nil
        }
    }

    private func describedWorker(at address: Address) -> String {
        guard let worker = workers.slot(at: address).flatMap(record(ofWorker:)) else {
            return "connection \(address): not known"
        }
        let held = worker.leases.map { record(of: $0).map { "\($0.attempt)" } ?? "slot \($0), which is free" }
        return "worker \(worker.name) (\(worker.id)): leases [\(held.joined(separator: ", "))], "
            + "draining \(worker.isDraining), suspended \(worker.isSuspended), "
            + "last heard at \(worker.lastHeard.seconds) s, ready queue: \(worker.membership)"
    }

    private func described(_ key: UnitKey) -> [String] {
        guard let view = view(of: key) else { return ["unit \(key): not known"] }
        let failures = view.failures.map { "\($0.cause.rawValue) under \($0.attempt) on \($0.worker)" }
        let unit = "unit \(key): \(view.state), suspect \(view.isSuspect)"
        return ["\(unit), failures [\(failures.joined(separator: ", "))]"]
            + view.holders.map { holder in
                let lease = leases.slot(of: holder.attempt).flatMap(record(of:))
                return
                    "  held under \(holder.attempt) by \(holder.worker): \(lease?.unfinished ?? 0) units unfinished, "
                    + "in training \(lease?.isTraining ?? false), copy \(holder.isCopy), adopted \(holder.isAdopted)"
            }
    }
}

extension Coordinator.Event {
    /// The connection that it came over, or is about.
    var address: Address? {
        switch self {
        case .hello(let address, _, _), .heartbeat(let address, _), .traffic(let address), .reported(let address, _),
            .returned(let address, _, _), .inputsChecked(let address, _, _), .draining(let address),
            .goodbye(let address),
            .connectionLost(let address, _), .keyRevoked(let address):
            address
        default: nil
        }
    }

    var commit: CommitID? {
        switch self {
        case .committed(let commit), .commitFailed(let commit, _), .commitRefused(let commit, _): commit
        default: nil
        }
    }

    /// The first of the units that it names.
    func units(limit: Int) -> [UnitKey] {
        switch self {
        case .reported(_, let reports): reports.prefix(limit).map(\.unit)
        case .returned(_, _, let units): Array(units.prefix(limit))
        case .hello(_, let hello, _): Array(hello.held.lazy.flatMap { $0.units.prefix(limit) }.prefix(limit))
        default: []
        }
    }

    /// A line about the event, however large it is.
    package var summary: String {
        switch self {
        case .sweepSubmitted(let submission):
            let units = submission.passes.reduce(0) { $0 + $1.units.count }
            return "sweepSubmitted(\(submission.sweep), \(submission.passes.count) passes, \(units) units)"
        case .reported(let address, let reports):
            let first = reports.prefix(8).map { "\($0.unit) under \($0.attempt)" }.joined(separator: ", ")
            return "reported(connection \(address), \(reports.count) reports: \(first))"
        default: return String("\(self)".prefix(1000)).printable
        }
    }
}
