import Scheduling

/// A worker's place: the process of the moment, if there is one, and the disk that outlives it.
struct WorkerProcess {
    let plan: SimulatedWorker
    var machine: Worker?
    var epoch = 0
    var peer = PeerID([])
    var timer = Instant.distantFuture
    /// The outbox on disk, in the order of storing.
    var disk: [UnitReport] = []
    var isFrozen = false
    var isPartitioned = false
    /// What happened to a frozen process, to be told when it thaws.
    var missed: [Action] = []
    var pass: RunningPass?
    /// Numbers passes, so that the end of an abandoned one is not taken for that of the next.
    var generation = 0
    /// Not before this does the next message to or from it arrive, on an ordered network.
    var lastArrival = (up: Instant(nanoseconds: 0), down: Instant(nanoseconds: 0))

    init(_ plan: SimulatedWorker) { self.plan = plan }
}

/// A pass in training.
struct RunningPass {
    var attempt: Attempt
    var units: [UnitDigest]
    var beganAt: Instant
    var endsAt: Instant
}

extension SimulatedCluster {
    func startWorker(_ worker: Int) {
        guard hands[worker].machine == nil else { return }
        hands[worker].epoch += 1
        hands[worker].peer = PeerID([
            UInt8(worker >> 16 & 255), UInt8(worker >> 8 & 255), UInt8(worker & 255),
            UInt8(hands[worker].epoch >> 8 & 255), UInt8(hands[worker].epoch & 255),
        ])
        hands[worker].timer = .distantFuture
        var settings = WorkerSettings(name: plan.workers[worker].name)
        settings.lifetime = plan.workers[worker].lifetime
        settings.lifetimeMargin = 1
        settings.drainGrace = 2
        hands[worker].machine = Worker(settings, outbox: hands[worker].disk, at: now)
        if head.machine != nil { connect(worker, in: 0.01) }
        setWorkerTimer(worker)
    }

    /// - Parameter restart: Seconds until a supervisor starts the next process; nil for never.
    func endWorker(_ worker: Int, reason: String, restartAfter restart: Double?, isClosed: Bool) {
        guard hands[worker].machine != nil else { return }
        hands[worker].machine = nil
        hands[worker].pass = nil
        hands[worker].isFrozen = false
        hands[worker].missed = []
        if isClosed, !hands[worker].isPartitioned {
            appoint(
                .toCoordinator(epoch: head.epoch, .connectionLost(hands[worker].peer, reason: reason)), in: 0.01)
        }
        if let restart { appoint(.startWorker(worker), in: restart) }
    }

    func connect(_ worker: Int, in seconds: Double) { deliver(.connected, to: worker, in: seconds) }

    func tellWorker(_ worker: Int, _ event: Worker.Event) {
        guard hands[worker].machine != nil else { return }
        perform(hands[worker].machine?.handle(event, at: now) ?? [], for: worker)
        setWorkerTimer(worker)
    }

    func setWorkerTimer(_ worker: Int) {
        guard let deadline = hands[worker].machine?.nextDeadline, deadline < .distantFuture else { return }
        guard deadline < hands[worker].timer || hands[worker].timer <= now else { return }
        hands[worker].timer = max(deadline, now + 1e-6)
        appoint(.workerTimer(worker, epoch: hands[worker].epoch), at: hands[worker].timer)
    }

    /// A worker's clock rings; its pass tells how far it is before the heartbeat goes out.
    func ringWorker(_ worker: Int) {
        if let pass = hands[worker].pass {
            let length = max(pass.endsAt.seconds(since: pass.beganAt), 1e-9)
            let progress = min(1, now.seconds(since: pass.beganAt) / length)
            tellWorker(worker, .progressed(pass.attempt, progress))
        }
        tellWorker(worker, .timerFired)
    }

    private func perform(_ directives: [Worker.Directive], for worker: Int) {
        let peer = hands[worker].peer
        for directive in directives {
            switch directive {
            case .sendHello(let hello): send(.hello(peer, hello), from: worker)
            case .sendHeartbeat(let statuses): send(.heartbeat(peer, statuses), from: worker)
            case .sendReports(let reports): send(.reported(peer, reports), from: worker)
            case .sendReturned(let attempt, let units): send(.returned(peer, attempt, units), from: worker)
            case .sendDraining: send(.draining(peer), from: worker)
            case .sendGoodbye: send(.goodbye(peer), from: worker)
            case .reconnect: if head.machine != nil { connect(worker, in: 0.1) }
            case .startPass(let lease): startPass(lease, on: worker)
            case .cancelUnits(let attempt, let units): shorten(attempt, without: units, on: worker)
            case .abandonPass(let attempt): if hands[worker].pass?.attempt == attempt { hands[worker].pass = nil }
            case .store(let reports): hands[worker].disk += reports
            case .erase(let receipts): erase(receipts, on: worker)
            case .exit: endWorker(worker, reason: "exit", restartAfter: nil, isClosed: true)
            }
        }
    }

    private func erase(_ receipts: [Receipt], on worker: Int) {
        let erased = Set(receipts)
        for report in hands[worker].disk where erased.contains(report.receipt) {
            if case .finished = report.outcome, ledger.results[report.unit] == nil,
                !ledger.refused.contains(report.unit), !isCancelled {
                violations.append("The result of \(report.unit) was acknowledged and is not in the ledger.")
            }
        }
        hands[worker].disk.removeAll { erased.contains($0.receipt) }
    }
}
