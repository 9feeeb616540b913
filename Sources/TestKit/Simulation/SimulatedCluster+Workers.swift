import Identities
import Scheduling

/// A worker: its current process, if any, and the disk that outlives it.
struct WorkerProcess {
    let plan: SimulatedWorker
    var machine: Worker?
    var epoch = 0
    var id = WorkerID(words: 0, 0)
    /// The current connection, nil while there is none.
    var address: Address?
    var timer = Instant.distantFuture
    /// The outbox on disk, in the order of storing.
    var disk: [UnitReport] = []
    var isFrozen = false
    var isPartitioned = false
    /// Events of a frozen process, delivered when it thaws.
    var missed: [Action] = []
    var pass: RunningPass?
    /// What it was asked for.
    var watched: [InputID] = []
    /// Another look is scheduled.
    var isLooking = false
    /// Numbers passes, so that the end of an abandoned pass is not taken for the end of the next.
    var generation = 0
    /// On an ordered network, the next message to or from it arrives no earlier.
    var lastArrival = (up: Instant(nanoseconds: 0), down: Instant(nanoseconds: 0))

    init(_ plan: SimulatedWorker) { self.plan = plan }
}

/// A pass in training.
struct RunningPass {
    var attempt: Attempt
    var units: [UnitKey]
    var beganAt: Instant
    var endsAt: Instant
}

extension SimulatedCluster {
    func startWorker(_ worker: Int) {
        guard processes[worker].machine == nil else { return }
        processes[worker].epoch += 1
        processes[worker].id = WorkerID(words: UInt64(worker), UInt64(processes[worker].epoch))
        processes[worker].timer = .distantFuture
        processes[worker].watched = []
        processes[worker].isLooking = false
        var settings = WorkerSettings(id: processes[worker].id, name: plan.workers[worker].name)
        settings.lifetime = plan.workers[worker].lifetime
        settings.lifetimeMargin = 1
        settings.drainGrace = 2
        processes[worker].machine = Worker(settings, outbox: processes[worker].disk, at: now)
        if head.machine != nil { connect(worker, in: 0.01) }
        setWorkerTimer(worker)
    }

    /// - Parameter restart: Seconds until a supervisor starts the next process; nil for never.
    func endWorker(_ worker: Int, reason: String, restartAfter restart: Double?, isClosed: Bool) {
        guard processes[worker].machine != nil else { return }
        processes[worker].machine = nil
        processes[worker].pass = nil
        processes[worker].isFrozen = false
        processes[worker].missed = []
        if isClosed { tellLoss(of: worker, reason: reason) }
        processes[worker].address = nil
        if let restart { schedule(.startWorker(worker), in: restart) }
    }

    func connect(_ worker: Int, in seconds: Double) {
        schedule(.connect(worker, epoch: processes[worker].epoch), in: seconds)
    }

    /// Every connection is a new one to the coordinator; none is established during a partition.
    func openConnection(_ worker: Int) {
        guard head.machine != nil else { return }
        guard !processes[worker].isPartitioned else { return connect(worker, in: 0.2) }
        addresses += 1
        let address = Address(number: addresses)
        processes[worker].address = address
        workerAt[address] = worker
        tellWorker(worker, .connected)
    }

    /// Ends the worker's connection.
    /// - Parameter isTold: whether the coordinator notices.
    func disconnect(_ worker: Int, isTold: Bool = true) {
        guard processes[worker].address != nil else { return }
        if isTold { tellLoss(of: worker, reason: "connection closed") }
        processes[worker].address = nil
        deliver(.disconnected, to: worker, in: 0.01)
    }

    private func tellLoss(of worker: Int, reason: String) {
        guard let address = processes[worker].address, !processes[worker].isPartitioned else { return }
        schedule(.toCoordinator(epoch: head.epoch, .connectionLost(address, reason: reason)), in: 0.01)
    }

    func tellWorker(_ worker: Int, _ event: Worker.Event) {
        guard processes[worker].machine != nil else { return }
        perform(processes[worker].machine?.handle(event, at: now) ?? [], for: worker)
        setWorkerTimer(worker)
    }

    func setWorkerTimer(_ worker: Int) {
        guard let deadline = processes[worker].machine?.nextDeadline, deadline < .distantFuture else { return }
        guard deadline < processes[worker].timer || processes[worker].timer <= now else { return }
        processes[worker].timer = max(deadline, now + 1e-6)
        schedule(.workerTimer(worker, epoch: processes[worker].epoch), at: processes[worker].timer)
    }

    /// A worker's timer fires; its pass reports progress before the heartbeat is sent.
    func ringWorker(_ worker: Int) {
        if let pass = processes[worker].pass {
            let length = max(pass.endsAt.seconds(since: pass.beganAt), 1e-9)
            let progress = min(1, now.seconds(since: pass.beganAt) / length)
            tellWorker(worker, .progressed(pass.attempt, progress))
        }
        tellWorker(worker, .timerFired)
    }

    private func perform(_ directives: [Worker.Directive], for worker: Int) {
        for directive in directives {
            switch directive {
            case .sendHello(var hello):
                hello.machine = processes[worker].plan.machine
                send(from: worker) { .hello($0, hello, key: "") }
            case .sendHeartbeat(let statuses): send(from: worker) { .heartbeat($0, statuses) }
            case .sendReports(let reports): send(from: worker) { .reported($0, reports) }
            case .sendReturned(let attempt, let units): send(from: worker) { .returned($0, attempt, units) }
            case .sendInputs(let states, let roots): send(from: worker) { .inputsChecked($0, states, roots: roots) }
            case .checkInputs(let queries):
                processes[worker].watched = Array(Set(processes[worker].watched + queries.map(\.id)))
                lookAtInputs(worker)
            case .sendDraining: send(from: worker) { .draining($0) }
            case .sendGoodbye: send(from: worker) { .goodbye($0) }
            case .reconnect:
                tellLoss(of: worker, reason: "connection closed")
                processes[worker].address = nil
                connect(worker, in: 0.1)
            case .startPass(let lease, _): startPass(lease, on: worker)
            case .cancelUnits(let attempt, let units): shorten(attempt, without: units, on: worker)
            case .abandonPass(let attempt):
                if processes[worker].pass?.attempt == attempt { processes[worker].pass = nil }
            case .store(let reports): processes[worker].disk += reports
            case .erase(let receipts): erase(receipts, on: worker)
            case .exit: endWorker(worker, reason: "exit", restartAfter: nil, isClosed: true)
            }
        }
    }

    /// Whether the worker can read anything changes once, when its features are mounted.
    func lookAtInputs(_ worker: Int) {
        let watched = processes[worker].watched.sorted { $0.text < $1.text }
        let problem: String? = now.seconds < processes[worker].plan.mountsAt ? "nothing is mounted" : nil
        deliver(
            .inputsChecked(watched.map { InputState(id: $0, problem: problem) }, roots: []), to: worker, in: 0.001)
        guard !processes[worker].isLooking else { return }
        processes[worker].isLooking = true
        schedule(.lookAtInputs(worker, epoch: processes[worker].epoch), in: problem == nil ? 30 : 2)
    }

    private func erase(_ receipts: [Receipt], on worker: Int) {
        let erased = Set(receipts)
        for report in processes[worker].disk where erased.contains(report.receipt) {
            if case .finished = report.outcome, ledger.results[report.unit] == nil,
                !ledger.refused.contains(report.unit), !isCancelled
            {
                violations.append("The result of \(report.unit) was acknowledged and is not in the ledger.")
            }
        }
        processes[worker].disk.removeAll { erased.contains($0.receipt) }
    }
}
