import Identities
import OrderedCollections
import Scheduling

/// The coordinator's process; its machine is nil while it is dead.
struct CoordinatorProcess {
    var machine: Coordinator?
    var epoch = 0
    /// When its timer fires.
    var timer = Instant.distantFuture
    /// What the ledger has about workers' names.
    var knownWorkers: Set<String> = []
    var suspensions: [String: SuspendedHost] = [:]
    /// What the previous incarnation has learned.
    var learnedCosts = LearnedCosts()
    /// Commits ordered by this incarnation that have not been written.
    var openCommits: [CommitID: [LedgerRow]] = [:]
}

extension SimulatedCluster {
    func startCoordinator() {
        head.epoch += 1
        head.timer = .distantFuture
        head.openCommits = [:]
        var machine = Coordinator(
            plan.coordinator, incarnation: UInt32(head.epoch), knownWorkers: head.knownWorkers,
            lastAttempt: ledger.lastAttempt, openLeases: ledger.unfinishedLeases, learnedCosts: head.learnedCosts,
            at: now)
        recorder?.begin()
        for (_, host) in head.suspensions.sorted(by: { $0.key < $1.key }) {
            perform(machine.handle(.hostSuspended(host), at: now, recorder))
        }
        if !isCancelled { perform(machine.handle(.sweepSubmitted(submission), at: now, recorder)) }
        head.machine = machine
        for worker in processes.indices where processes[worker].machine != nil { connect(worker, in: 0.05) }
        setCoordinatorTimer()
    }

    /// The sweep as the ledger has it.
    private var submission: SweepSubmission {
        var passes: [PassID: [WorkItem]] = [:]
        var order: [PassID] = []
        var kinds: OrderedSet<CostKind> = []
        var inputs: OrderedSet<String> = []
        for unit in plan.units where ledger.results[unit.digest] == nil {
            if passes[unit.pass] == nil { order.append(unit.pass) }
            let kind = UInt16(kinds.append(unit.kind).index)
            passes[unit.pass, default: []].append(
                WorkItem(
                    unit.digest, cost: Float(unit.predictedCost), kind: kind,
                    inputs: unit.inputs.map { UInt16(inputs.append($0).index + 1) } ?? 0))
        }
        return SweepSubmission(
            sweep: Self.sweep, passes: order.map { WorkPass($0, passes[$0] ?? []) },
            alreadyDone: ledger.results.count, quarantined: ledger.quarantined, history: ledger.failures,
            formerLeases: ledger.unfinishedLeases, kinds: Array(kinds),
            inputs: inputs.map { UnitInputs(id: InputID($0), content: $0, folder: "/data") })
    }

    func killCoordinator(restartAfter seconds: Double) {
        guard head.machine != nil else { return }
        head.learnedCosts = head.machine?.learnedCosts ?? LearnedCosts()
        head.machine = nil
        finishedAt = nil
        // A transaction in flight is written or not; no process learns which.
        for id in head.openCommits.keys.sorted() where generator.chance(0.5) {
            ledger.write(head.openCommits[id] ?? [])
        }
        for worker in processes.indices { disconnect(worker, isTold: false) }
        schedule(.startCoordinator, in: seconds)
    }

    func tellCoordinator(_ event: Coordinator.Event) {
        guard head.machine != nil else { return }
        eventsHandled += 1
        let clock = ContinuousClock()
        let start = clock.now
        let directives = head.machine?.handle(event, at: now, recorder) ?? []
        coordinatorSeconds += (clock.now - start) / .seconds(1)
        perform(directives)
        if event == .timerFired, let deadline = head.machine?.nextDeadline, deadline <= now {
            violations.append("At \(now.seconds) s the timer has fired and is due again at \(deadline.seconds) s.")
        }
        if eventsHandled % plan.invariantsEvery == 0, let machine = head.machine {
            violations += machine.brokenInvariants().map { "At \(now.seconds) s after \(event): \($0)" }
        }
        setCoordinatorTimer()
    }

    func setCoordinatorTimer() {
        guard let deadline = head.machine?.nextDeadline, deadline < .distantFuture else { return }
        guard deadline < head.timer || head.timer <= now else { return }
        head.timer = max(deadline, now + 1e-6)
        schedule(.coordinatorTimer(epoch: head.epoch), at: head.timer)
    }

    private func perform(_ directives: [Coordinator.Directive]) {
        for directive in directives {
            switch directive {
            case .welcome(let address, let welcome): send(.welcomed(welcome), to: address)
            case .reject(let address, let reason): send(.rejected(reason: reason), to: address)
            case .askToRegister(let address): send(.registrationAsked, to: address)
            case .refuse(_, let reason):
                violations.append("At \(now.seconds) s an honest worker was refused: \(reason)")
            case .askInputs(let address, let queries): send(.inputsAsked(queries), to: address)
            case .suspended(let address, let reason): send(.suspended(reason: reason), to: address)
            case .beat(let address): send(.beat, to: address)
            case .lease(let address, let holder, let lease):
                send(.leased(lease), to: address)
                schedule(.record(epoch: head.epoch, holder, lease), in: 0.005)
            case .cancel(let address, let attempt, let units): send(.cancelled(attempt, units), to: address)
            case .acknowledge(let address, let receipts): send(.acknowledged(receipts), to: address)
            case .drain(let address): send(.drainRequested, to: address)
            case .commit(let id, let rows):
                head.openCommits[id] = rows
                schedule(.commit(epoch: head.epoch, id, rows), in: writingTime())
            case .sweepFinished(_, let counts):
                finishedAt = now
                finishedCounts = counts
            case .remember(let memory): remember(memory)
            case .note(let note): notes.append((now, note))
            }
        }
    }

    private func remember(_ memory: WorkerMemory) {
        switch memory {
        case .present(let name): head.knownWorkers.insert(name)
        case .absent(let name): head.knownWorkers.remove(name)
        case .suspended(let host): head.suspensions[host.host] = host
        case .resumed(let machine): head.suspensions[machine] = nil
        }
    }

    /// Seconds that the ledger takes for a transaction.
    private func writingTime() -> Double { Double.random(in: 0.001...0.01, using: &generator) }

    /// Records a lease; one that is refused is kept for the next transaction.
    func record(_ lease: Lease, of holder: LeaseHolder) {
        if now < ledgerRefusesUntil {
            schedule(.record(epoch: head.epoch, holder, lease), in: 0.1)
        } else {
            ledger.write([.lease(IssuedLease(attempt: lease.attempt, holder: holder, units: lease.units))])
        }
    }

    func commit(_ id: CommitID, _ rows: [LedgerRow]) {
        if now < ledgerRefusesUntil {
            tellCoordinator(.commitFailed(id, reason: "database or disk is full"))
        } else {
            let refusals = ledger.write(rows)
            head.openCommits[id] = nil
            tellCoordinator(refusals.isEmpty ? .committed(id) : .commitRefused(id, refusals))
        }
    }
}
