package import Identities

extension Coordinator {
    /// What dashboards and `status` show: a value that outlives the moment.
    package struct Status: Sendable, Equatable {
        package var sweeps: [SweepStatus]
        package var workers: [WorkerStatus]
        /// Passes with units that wait or are leased.
        package var passes: [PassStatus]
        /// What units wait for because no worker can read it.
        package var missingInputs: [MissingInputs]
        package var suspendedHosts: [SuspendedHost]
        /// Why nothing is leased, nil while leases are cut.
        package var pausedReason: String?
        /// Reports that were acknowledged and dropped because the unit was done.
        package var duplicatesDropped: Int
        /// Predicted seconds until nothing is left, nil while no worker can be counted on.
        package var secondsToGo: Double?
    }

    package struct SweepStatus: Sendable, Equatable {
        package var sweep: SweepID
        package var counts: SweepCounts
        package var isCancelled: Bool
        /// Higher ones go first.
        package var priority: Int
        /// Predicted seconds until it is done, beside all others; nil where nothing is left or no worker can be counted
        /// on.
        package var secondsToGo: Double?
    }

    package struct PassStatus: Sendable, Equatable {
        package var pass: PassID
        /// Units that wait to be leased.
        package var pending: Int
        /// Leases that are outstanding.
        package var leases: Int
    }

    /// Inputs that units wait for and no worker can read.
    package struct MissingInputs: Sendable, Equatable {
        package var content: String
        /// The passes of the units that wait for it.
        package var passes: Set<PassID>
        package var folders: [String]
        /// Units that wait for it.
        package var pending: Int
        /// Who looked for it: the hosts, and the folders below which their workers look.
        package var hosts: [String]
        package var roots: [String]
        /// What one of them says.
        package var problem: String
    }

    /// A pass without a result for much longer than predicted.
    package struct StuckPass: Sendable, Equatable {
        package var pass: PassID
        package var reason: String
    }

    package struct WorkerStatus: Sendable, Equatable {
        package enum State: String, Sendable, Equatable { case active, away, draining, suspended }

        package var name: String
        package var id: WorkerID
        /// Where it can be reached, nil while it is away.
        package var address: Address?
        package var host: String
        package var kernelPath: String
        package var programVersion: String
        package var state: State
        /// Why its host is suspended, or why it can read nothing.
        package var reason: String?
        package var threads: Int
        /// Cost done per second: declared at first, then measured.
        package var speed: Double
        package var finished: Int
        package var failed: Int
        /// Units held, and those of them that are in training.
        package var held: Int
        package var training: Int
        /// Share of the running pass that is done, 0 … 1.
        package var progress: Double
        /// The pass in training.
        package var pass: PassID?
        /// The pass that seems stuck, and what the worker says of it.
        package var stuck: StuckPass?
        /// Seconds since its last sign of life.
        package var silence: Double
    }
}

extension Coordinator {
    /// How everything stands.
    package func status(at now: Instant) -> Status {
        let secondsToGo = secondsToGo
        return Status(
            sweeps: zip(sweeps.records, self.secondsToGo(within: secondsToGo)).map { record, seconds in
                SweepStatus(
                    sweep: record.id, counts: record.counts, isCancelled: record.isCancelled,
                    priority: record.priority, secondsToGo: seconds)
            },
            workers: workers.occupied.map { status(of: $0, at: now) }.sorted { $0.name < $1.name },
            passes: passStatuses, missingInputs: missingInputs, suspendedHosts: suspendedHosts,
            pausedReason: commits.refusal ?? waitingReason(at: now),
            duplicatesDropped: duplicatesDropped,
            secondsToGo: secondsToGo)
    }

    private var passStatuses: [PassStatus] {
        var statuses: [PassStatus] = []
        var indices: [PassID: Int] = [:]
        for record in passes.records where record.pendingUnits + record.leases > 0 {
            if let known = indices[record.id] {
                statuses[known].pending += record.pendingUnits
                statuses[known].leases += record.leases
            } else {
                indices[record.id] = statuses.count
                statuses.append(PassStatus(pass: record.id, pending: record.pendingUnits, leases: record.leases))
            }
        }
        return statuses
    }

    /// Why the ledger takes nothing, nil if it does.
    package var commitRefusal: String? { commits.refusal }

    /// In the order of machines.
    package var suspendedHosts: [SuspendedHost] {
        hosts.suspended.compactMap { machine in
            guard let host = hosts[machine], let reason = host.suspension else { return nil }
            return SuspendedHost(host: machine, label: host.label, reason: reason)
        }
    }

    /// The suspended hosts of this name, or with a worker of this name.
    package func suspendedHosts(_ name: String) -> [SuspendedHost] {
        let hosts = Set(workers.slots(of: name).map { workers[$0].witness.host })
        return suspendedHosts.filter { $0.label == name || $0.host == name || hosts.contains($0.host) }
    }

    /// Only where somebody has looked: without workers, it is workers that are missing.
    private var missingInputs: [MissingInputs] {
        var pending: [InputIndex: (units: Int, passes: Set<PassID>)] = [:]
        for pass in passes.records {
            for queue in pass.queues where !passes.isServed(queue.inputs) && queue.pendingUnits > 0 {
                pending[queue.inputs, default: (0, [])].units += queue.pendingUnits
                pending[queue.inputs, default: (0, [])].passes.insert(pass.id)
            }
        }
        return pending.sorted { $0.key < $1.key }.compactMap { index, waiting in
            let lookers = workers.occupied.filter { workers[$0].problems[index] != nil }.map { workers[$0] }
            guard let query = inputs.query(index), let problem = lookers.first?.problems[index] else { return nil }
            return MissingInputs(
                content: query.content, passes: waiting.passes, folders: query.folders, pending: waiting.units,
                hosts: Set(lookers.map { $0.host.isEmpty ? $0.name : $0.host }).sorted(),
                roots: Set(lookers.flatMap(\.roots)).sorted(), problem: problem)
        }
    }

    private func waitingReason(at now: Instant) -> String? {
        guard !isSettled else { return nil }
        let seconds = Int(settlingEnd.seconds(since: now).rounded(.up))
        let names = expected.keys.sorted().joined(separator: ", ")
        return "Waiting \(seconds) s more for workers that may hold leases: \(names)."
    }

    /// The cost of all pending and leased units over the speed of all workers that take leases; but not less than any
    /// one worker needs for what it holds.
    private var secondsToGo: Double? {
        guard workers.totalSpeed > 0 else { return nil }
        var (leased, longest) = (0.0, 0.0)
        for worker in workers.occupied {
            let held = workers[worker].leases.reduce(0) { $0 + leases[$1].remainingCost(kinds) }
            leased += held
            longest = max(longest, held / workers[worker].speed)
        }
        return max((passes.pending.seconds(kinds) + leased) / workers.totalSpeed, longest)
    }

    private func status(of worker: WorkerSlot, at now: Instant) -> WorkerStatus {
        let record = workers[worker]
        let name = workers.names[record.name] ?? NameRecord()
        let held = record.leases.map { leases[$0] }
        return WorkerStatus(
            name: record.name, id: record.id, address: record.address, host: record.host,
            kernelPath: record.kernelPath, programVersion: record.programVersion, state: state(of: record),
            reason: reason(of: record), threads: record.threads,
            speed: record.speed, finished: name.finished,
            failed: name.failed, held: held.reduce(0) { $0 + $1.unfinished },
            training: held.reduce(0) { $0 + ($1.isTraining ? $1.unfinished : 0) },
            progress: held.first?.progress ?? 0,
            pass: held.first(where: \.isTraining).map { passes[$0.pass].id }, stuck: stuckPass(among: held),
            silence: now.seconds(since: record.lastHeard))
    }

    private func stuckPass(among held: [LeaseRecord]) -> StuckPass? {
        for lease in held {
            if let reason = lease.stuck { return StuckPass(pass: passes[lease.pass].id, reason: reason) }
        }
        return nil
    }

    private func reason(of worker: WorkerRecord) -> String? {
        if worker.isSuspended { return hosts[worker.witness.host]?.suspension }
        return worker.readable.isEmpty ? worker.problems.min { $0.key < $1.key }?.value : nil
    }

    private func state(of worker: WorkerRecord) -> WorkerStatus.State {
        if worker.isSuspended { return .suspended }
        if worker.isDraining { return .draining }
        return worker.isAway ? .away : .active
    }
}
