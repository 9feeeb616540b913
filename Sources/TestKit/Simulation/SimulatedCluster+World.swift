import Scheduling

// What happens to processes and messages.

extension SimulatedCluster {
    func perform(_ action: Action) {
        switch action {
        case .startCoordinator: startCoordinator()
        case .startWorker(let worker): startWorker(worker)
        case .toCoordinator(let epoch, let event): if epoch == head.epoch { tellCoordinator(event) }
        case .toWorker(let worker, let epoch, let event): live(worker, epoch, action) { tellWorker(worker, event) }
        case .arrives(let worker, let epoch, let address, let event):
            live(worker, epoch, action) { if processes[worker].address == address { tellWorker(worker, event) } }
        case .connect(let worker, let epoch): live(worker, epoch, action) { openConnection(worker) }
        case .record(let epoch, let holder, let lease):
            if epoch == head.epoch, head.machine != nil { record(lease, of: holder) }
        case .coordinatorTimer(let epoch): if epoch == head.epoch { ringCoordinator() }
        case .workerTimer(let worker, let epoch): live(worker, epoch, action) { ringWorker(worker) }
        case .commit(let epoch, let id, let rows): if epoch == head.epoch, head.machine != nil { commit(id, rows) }
        case .passEnds(let worker, let epoch, let generation):
            live(worker, epoch, action) { if generation == processes[worker].generation { endPass(on: worker) } }
        case .lookAtInputs(let worker, let epoch):
            live(worker, epoch, action) {
                processes[worker].isLooking = false
                lookAtInputs(worker)
            }
        case .thaw(let worker, let epoch): if epoch == processes[worker].epoch { thaw(worker) }
        case .heal(let worker): processes[worker].isPartitioned = false
        case .ask: secondsToGo = head.machine?.status(at: now).secondsToGo
        case .fault(let fault): inject(fault)
        }
    }

    /// Performs an action on a worker's process if it is still the intended one; a frozen process gets it later.
    private func live(_ worker: Int, _ epoch: Int, _ action: Action, _ body: () -> Void) {
        guard epoch == processes[worker].epoch, processes[worker].machine != nil else { return }
        if processes[worker].isFrozen { processes[worker].missed.append(action) } else { body() }
    }

    private func ringCoordinator() {
        guard let deadline = head.machine?.nextDeadline else { return }
        if deadline <= now { tellCoordinator(.timerFired) } else { setCoordinatorTimer() }
    }

    private func thaw(_ worker: Int) {
        processes[worker].isFrozen = false
        let missed = processes[worker].missed
        processes[worker].missed = []
        for action in missed { perform(action) }
    }

    private func inject(_ fault: Fault) {
        faultsInjected += 1
        switch fault {
        case .killWorker(let worker, let restart):
            endWorker(
                worker, reason: "killed", restartAfter: restart, isClosed: generator.chance(plan.network.closeRate))
        case .killCoordinator(let restart): killCoordinator(restartAfter: restart)
        case .freezeWorker(let worker, let seconds):
            processes[worker].isFrozen = true
            schedule(.thaw(worker, epoch: processes[worker].epoch), in: seconds)
        case .partition(let worker, let seconds):
            processes[worker].isPartitioned = true
            schedule(.heal(worker), in: seconds)
        case .drainWorker(let worker, let restart):
            deliver(.drainRequested, to: worker, in: 0)
            schedule(.startWorker(worker), in: restart + 5)
        case .cutConnection(let worker, let seconds): cut(worker, for: seconds)
        case .cutEverybody(let seconds): for worker in processes.indices { cut(worker, for: seconds) }
        case .stallLedger(let seconds): ledgerRefusesUntil = now + seconds
        case .cancelSweep:
            isCancelled = true
            tellCoordinator(.sweepCancelled(Self.sweep))
        }
    }

    private func cut(_ worker: Int, for seconds: Double) {
        guard processes[worker].machine != nil, processes[worker].address != nil else { return }
        disconnect(worker)
        connect(worker, in: seconds)
    }

    /// An event from the worker's own host, independent of the network.
    func deliver(_ event: Worker.Event, to worker: Int, in seconds: Double) {
        schedule(.toWorker(worker, epoch: processes[worker].epoch, event), in: seconds)
    }

    // The network.

    func send(from worker: Int, _ event: (Address) -> Coordinator.Event) {
        guard let address = processes[worker].address, !processes[worker].isPartitioned, head.machine != nil else {
            return
        }
        for _ in 0..<copies() {
            var arrival = now + Double.random(in: plan.network.delay, using: &generator)
            if plan.network.isOrdered {
                arrival = max(arrival, processes[worker].lastArrival.up)
                processes[worker].lastArrival.up = arrival
            }
            schedule(.toCoordinator(epoch: head.epoch, event(address)), at: arrival)
        }
    }

    func send(_ event: Worker.Event, to address: Address) {
        guard let worker = workerAt[address], !processes[worker].isPartitioned, processes[worker].address == address
        else { return }
        for _ in 0..<copies() {
            var arrival = now + Double.random(in: plan.network.delay, using: &generator)
            if plan.network.isOrdered {
                arrival = max(arrival, processes[worker].lastArrival.down)
                processes[worker].lastArrival.down = arrival
            }
            schedule(.arrives(worker, epoch: processes[worker].epoch, address, event), at: arrival)
        }
    }

    /// How many times a message arrives.
    private func copies() -> Int {
        if generator.chance(plan.network.dropRate) { return 0 }
        return generator.chance(plan.network.duplicateRate) ? 2 : 1
    }
}
