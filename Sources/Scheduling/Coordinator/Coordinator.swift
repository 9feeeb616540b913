package import Identities

/// The coordinator's side of the cluster as a value: which units are wanted, who holds which of them, and what is
/// believed about workers and units.
///
/// Its guarantees, whatever is lost, late, duplicated or dead: every wanted unit gets exactly one row or ends in
/// quarantine with a reason; no report is acknowledged before it is durable; and a worker's silence costs seconds, not
/// results.
package struct Coordinator: Sendable, Codable {
    package let settings: CoordinatorSettings
    /// The number of this coordinator's start on its ledger, from 1. Must grow with every start.
    package let incarnation: UInt32

    var units = UnitTable()
    var passes = PassTable()
    var kinds: CostKindTable
    var inputs = InputTable()
    var leases = LeaseTable()
    var workers = WorkerTable()
    var hosts = HostTable()
    var sweeps = SweepIndex()
    var shares = ShareTable()
    var commits = CommitQueue()
    var liveness = Liveness()
    var readyQueue = ReadyQueue()
    var failureHistories: [UnitIndex: FailureHistory] = [:]
    /// Charges for deaths of processes that may turn out to be alive.
    var charges = DeathCharges()
    var formerHolders = FormerHolders()
    var unrecorded: UnrecordedLeases
    let recorded: RecordedLeases
    /// Which key each process used first.
    var keys = KeyBindings()
    var lastAttempt: UInt32 = 0
    /// Names that are still to say hello, or to send this many reports, before anything is leased, and until when.
    var expected: [String: Int]
    var settlingEnd: Instant
    var isSettled: Bool
    /// When idle workers are next matched with units that others hold.
    var nextTailCheck = Instant.distantFuture
    var lastTailCheck = Instant(nanoseconds: .min)
    /// Units that all workers together finished and failed.
    var totals = UnitTotals()
    var duplicatesDropped = 0

    /// The instant of the current event, and the directives it has led to.
    var now: Instant
    @NotEncoded var directives: [Directive] = []

    /// A coordinator that starts now.
    ///
    /// Unfinished sweeps that it serves are submitted next, and only then is the socket opened: units that nobody
    /// submitted are unknown, and only their results are taken, from those who held them.
    /// - Parameters:
    ///   - knownWorkers: Names that are likely to hold leases of the previous incarnation: nothing is leased until all
    ///     of them said hello, or the settling time is over. Empty on a first start.
    ///   - lastAttempt: The last lease of earlier incarnations that the ledger has on record.
    ///   - openLeases: Leases of earlier incarnations, of whichever sweep, with their units that have no result.
    ///   - learnedCosts: What earlier incarnations learned about kinds of units and about workers.
    package init(
        _ settings: CoordinatorSettings = CoordinatorSettings(), incarnation: UInt32, knownWorkers: Set<String> = [],
        lastAttempt: Attempt? = nil, openLeases: [IssuedLease] = [], learnedCosts: LearnedCosts = LearnedCosts(),
        at now: Instant
    ) {
        self.settings = settings
        self.incarnation = incarnation
        self.expected = Dictionary(uniqueKeysWithValues: knownWorkers.map { ($0, 0) })
        self.settlingEnd = knownWorkers.isEmpty ? now : now + settings.settlingTime
        self.isSettled = knownWorkers.isEmpty
        self.unrecorded = UnrecordedLeases(
            after: lastAttempt, before: incarnation, limit: settings.leasesPerWorker * knownWorkers.count)
        self.recorded = RecordedLeases(openLeases)
        self.kinds = CostKindTable(learnedCosts.corrections)
        self.now = now
        for (name, pace) in learnedCosts.paces { workers.names[name] = NameRecord(pace: pace) }
    }

    /// The only way to change the state: takes an event, returns the directives to perform, in order.
    ///
    /// - Complexity: O(1) or O(log n) for each unit or worker that the event is about, and O(passes) for each lease;
    ///   O(n) in all units for cancelling a sweep; O(leases) four times a second while workers idle in the tail.
    package mutating func handle(_ event: Event, at now: Instant) -> [Directive] {
        invariant(now >= self.now, "Monotonic clocks do not run backwards: \(now) after \(self.now).")
        self.now = now
        switch event {
        case .sweepSubmitted(let submission): onSubmission(submission)
        case .sweepCancelled(let sweep): onCancellation(sweep)
        case .sweepPrioritised(let sweep, let priority): onPriority(sweep, priority)
        case .quarantineLifted(let sweep): onQuarantineLifted(sweep)
        case .workerDrained(let name): onOperatorDrain(name)
        case .hostSuspended(let host): suspend(host.host, label: host.label, reason: host.reason)
        case .hostResumed(let machine): resume(machine)
        case .hello(let address, let hello, let key): onHello(address, hello, key: key)
        case .heartbeat(let address, let statuses): onHeartbeat(address, statuses)
        case .inputsChecked(let address, let states, let roots): onInputsChecked(address, states, roots: roots)
        case .traffic(let address): _ = registered(address)
        case .reported(let address, let reports): onReports(address, reports)
        case .returned(let address, let attempt, let units): onReturned(address, attempt, units)
        case .draining(let address): onDraining(address)
        case .goodbye(let address): onGoodbye(address)
        case .connectionLost(let address, let reason): onConnectionLost(address, reason)
        case .keyRevoked(let address): onKeyRevoked(address)
        case .leaseNotSent(let attempt, let reason): onLeaseNotSent(attempt, reason)
        case .committed(let id): onCommitted(id)
        case .commitFailed(let id, let reason): onCommitFailed(id, reason)
        case .commitRefused(let id, let refusals): onCommitRefused(id, refusals)
        case .resultsDiscarded(let discarded): onDiscard(discarded)
        // Only now: after a stall of the shell, signs of life may be queued behind any other event.
        case .timerFired: expireSilentWorkers()
        }
        retryCommits()
        orderCommit()
        dispatch()
        defer { directives = [] }
        return directives
    }

    /// When `timerFired` is due at the latest.
    package var nextDeadline: Instant {
        var deadline = min(liveness.earliest, commits.refusal == nil ? .distantFuture : commits.retryAt)
        if !expected.isEmpty { deadline = min(deadline, settlingEnd) }
        return min(deadline, nextTailCheck, readyQueue.earliestBackoffEnd)
    }

    mutating func order(_ directive: Directive) { directives.append(directive) }

    mutating func note(_ note: LogEntry) { directives.append(.note(note)) }

    /// Predicted seconds of the unit on a worker of speed 1, corrected by its kind's factor.
    func cost(of unit: UnitIndex) -> Double {
        Double(units[unit].cost) * kinds.factors[Int(units[unit].kind)]
    }

    func cost(of chosen: [UnitIndex]) -> Double { chosen.reduce(0) { $0 + cost(of: $1) } }

    /// The one place where a unit's state changes, so that every sum over states stays right.
    mutating func move(_ unit: UnitIndex, to next: UnitState) {
        let record = units[unit]
        invariant(
            record.state.mayBecome(next), "Unit \(units.key(unit)) can not go from \(record.state) to \(next).")
        units[unit].state = next
        if next == .done { formerHolders.forget(unit) }
        sweeps.count(record, as: record.state, -1)
        sweeps.count(record, as: next, 1)
        if record.state == .pending {
            passes.countTaken(record)
            if next == .leased { charge(unit) }
            // Those for whom no pending unit was suitable may help with units that others hold.
            if passes.open.isEmpty { readyQueue.mustRetry = true }
        }
        if next == .pending {
            readyQueue.mustRetry = true
            units[unit].pass = pass(for: unit)
            passes.countPending(units[unit])
        }
    }

    /// The registered worker at the address, marked as heard from; an unknown sender is asked for a hello.
    mutating func registered(_ address: Address) -> WorkerSlot? {
        guard let worker = workers.slot(at: address) else {
            order(.askToRegister(address))
            return nil
        }
        workers[worker].lastHeard = now
        return worker
    }
}
