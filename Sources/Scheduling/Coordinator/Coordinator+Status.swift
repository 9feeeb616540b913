public import Identities

extension Coordinator {
    /// What dashboards and `status` show: a value that outlives the moment.
    public struct Status: Sendable, Equatable {
        public var sweeps: [SweepStatus]
        public var workers: [WorkerStatus]
        /// Passes with units that wait or are leased.
        public var passes: [PassStatus]
        /// Why nothing is leased, nil while leases are cut.
        public var pausedReason: String?
        /// Reports that were acknowledged and dropped because the unit was done.
        public var duplicatesDropped: Int
        /// Predicted seconds until nothing is left, nil while no worker can be counted on.
        public var secondsToGo: Double?
    }

    public struct SweepStatus: Sendable, Equatable {
        public var sweep: SweepID
        public var counts: SweepCounts
        public var isCancelled: Bool
    }

    public struct PassStatus: Sendable, Equatable {
        public var pass: PassID
        /// Units that wait to be leased.
        public var pending: Int
        /// Leases that are outstanding.
        public var leases: Int
    }

    public struct WorkerStatus: Sendable, Equatable {
        public enum State: String, Sendable, Equatable { case active, away, draining, suspended }

        public var name: String
        public var id: WorkerID
        /// Where it can be reached, nil while it is away.
        public var address: Address?
        public var host: String
        public var kernelPath: String
        public var programVersion: String
        public var state: State
        /// Why the worker is suspended.
        public var reason: String?
        public var threads: Int
        /// Cost done per second: declared at first, then measured.
        public var speed: Double
        public var finished: Int
        public var failed: Int
        /// Units held, and those of them that are in training.
        public var held: Int
        public var training: Int
        /// Share of the running pass that is done, 0 … 1.
        public var progress: Double
        /// Seconds since its last sign of life.
        public var silence: Double
    }
}

extension Coordinator {
    /// How everything stands.
    public func status(at now: Instant) -> Status {
        Status(
            sweeps: sweeps.records.map { SweepStatus(sweep: $0.id, counts: $0.counts, isCancelled: $0.isCancelled) },
            workers: workers.occupied.map { status(of: $0, at: now) }.sorted { $0.name < $1.name },
            passes: passes.records.filter { $0.pendingUnits + $0.leases > 0 }
                .map { PassStatus(pass: $0.id, pending: $0.pendingUnits, leases: $0.leases) },
            pausedReason: commits.refusal ?? waitingReason(at: now),
            duplicatesDropped: duplicatesDropped,
            secondsToGo: secondsToGo)
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
            reason: name.suspension, threads: record.threads, speed: record.speed, finished: name.finished,
            failed: name.failed, held: held.reduce(0) { $0 + $1.unfinished },
            training: held.reduce(0) { $0 + ($1.isTraining ? $1.unfinished : 0) },
            progress: held.first?.progress ?? 0, silence: now.seconds(since: record.lastLife))
    }

    private func state(of worker: WorkerRecord) -> WorkerStatus.State {
        if worker.isSuspended { return .suspended }
        if worker.isDraining { return .draining }
        return worker.isAway ? .away : .active
    }
}
