import Dispatch
import Foundation
import Identities
import Ledger
import Logging
import Results
import Scheduling
import Sweeps
import SwiftProtobuf
import Transport

/// The coordinator's event loop: its state is confined to its own thread.
final class CoordinatorLoop {
    let router: any CoordinatorSocket
    let inputs: EventQueue<CoordinatorService.Input>
    let ledger: LedgerWriter
    let registrar: SweepRegistrar
    let reading: LedgerService
    let statuses: StatusService
    /// Nil without keys.
    private let keys: KeyService?
    /// The name of the sweeps that are served; nil for all.
    let served: String?
    private let leases: LeaseReader
    private var sendOrder = SendOrder()
    let check = ResultCheck()
    let logger: Logger
    private let clock: @Sendable () -> Instant
    private let journaled: JournaledMachine
    var machine: Coordinator { _read { yield journaled.current } }
    var now: Instant { clock() }
    var sweeps = ActiveSweeps()
    var rates = RateMeter()
    /// What workers take of their machines. Only people want it, so that the machine does not.
    var loads: [Address: WorkerLoad] = [:]
    private var sampler = LogSampler()
    private var isStopping = false
    /// What was learned, as last saved, and when it is saved next.
    private var writtenLearnedCosts: LearnedCosts
    private var learnedCostsDue: Instant
    private static let learnedCostsInterval = 5.0

    /// - Parameters:
    ///   - inputs: where the router delivers, and whatever works for the loop on another thread.
    ///   - name: of the sweeps that are resumed, and those alone are served; nil for all.
    ///   - clock: monotonic.
    init(
        _ router: any CoordinatorSocket, _ inputs: EventQueue<CoordinatorService.Input>, ledger: Ledger,
        resuming name: String? = nil, settings: CoordinatorSettings, bounds: SweepBounds = .standard,
        journal: JournalSettings?, keys: KeyService? = nil, logger: Logger,
        clock: @escaping @Sendable () -> Instant = { .now }
    ) throws {
        self.router = router
        self.inputs = inputs
        self.keys = keys
        served = name
        self.logger = logger
        self.clock = clock
        learnedCostsDue = clock()
        registrar = SweepRegistrar(ledger, within: bounds)
        reading = LedgerService(ledger.reader)
        statuses = StatusService(ledger.reader)
        leases = LeaseReader(ledger.reader)
        let machine = Coordinator(
            settings, incarnation: UInt32(clamping: try ledger.nextIncarnation()),
            knownWorkers: Set(try ledger.reader.presentWorkers()),
            lastAttempt: try ledger.reader.lastAttempt(), openLeases: try ledger.reader.openLeases(),
            learnedCosts: try ledger.reader.learnedCosts(),
            at: clock())
        journaled = JournaledMachine(machine, journal: journal.map { JournalWriter($0, logger: logger) })
        writtenLearnedCosts = machine.learnedCosts
        self.ledger = LedgerWriter(ledger, logger: logger) { inputs.post(.fact($0)) }
        for host in try ledger.reader.suspendedHosts() { tell(.hostSuspended(host)) }
        try ledger.forgetFinishedLeases()
        for sweep in try registrar.unfinished(named: name) {
            sweeps.add(sweep.entry)
            tell(.sweepSubmitted(sweep.submission))
        }
        for sweep in try registrar.cancelled(named: name) { sweeps.add(sweep) }
    }

    func run() {
        TrapReport.useOwnStack()
        while !isStopping { turn() }
        writeDownLearnedCosts()
        ledger.close()
        journaled.close()
    }

    /// Handles what is queued, or what comes before the machine's next deadline, and then that deadline.
    func turn() {
        let start = now
        let wait = machine.nextDeadline.nanoseconds - start.nanoseconds
        for input in inputs.takeAll(within: min(wait, 1_000_000_000)) { take(input) }
        // The machine has seen everything that arrived before `start`. A deadline that passed since then waits for one
        // more look at the queue: after a stall of this thread, the missing heartbeats are in it.
        if machine.nextDeadline <= start { tell(.timerFired) }
        if learnedCostsDue <= now { writeDownLearnedCosts() }
    }

    /// Rate-limited, since only predictions depend on it.
    private func writeDownLearnedCosts() {
        learnedCostsDue = now + Self.learnedCostsInterval
        let learnedCosts = machine.learnedCosts
        ledger.remember(learnedCosts, since: writtenLearnedCosts)
        writtenLearnedCosts = learnedCosts
    }

    /// Feeds an event to the machine and performs its directives.
    func tell(_ event: Coordinator.Event) {
        perform(journaled.handle(event, at: now))
    }

    private func take(_ input: CoordinatorService.Input) {
        switch input {
        case .network(let event): take(event)
        case .fact(let event): tell(event)
        case .registered(let outcome, let retry, let answer): take(outcome, retry: retry, for: answer)
        case .answer(let answer, let body): give(body, to: answer)
        case .leaseRead(let lease, let forms, let holder, let address): send(lease, forms, of: holder, to: address)
        case .sweepCancelled(let sweep, let reason, let problem, let answer):
            finishCancelling(sweep, reason, problem, for: answer)
        case .progress(let sweep, let reply): reply(progress(of: sweep))
        case .standing(let sweep, let reply): reply(standing(of: sweep))
        case .workerCount(let reply): reply(machine.status(at: now).workers.count)
        case .overview(let reply): show(reply)
        case .commitRefusal(let reply): reply(machine.commitRefusal)
        case .action(let action, let reply): perform(action, reply)
        case .prioritised(let sweep, let priority, let problem, let answer):
            finishPrioritising(sweep, priority, problem, for: answer)
        case .submission(let request, let reply): plan(request, for: .inProcess(reply))
        case .stop: isStopping = true
        }
    }

    private func take(_ event: RouterEvent) {
        switch event {
        case .message(let message, let connection):
            switch message.sender {
            case .worker(let worker): take(worker.body, from: connection)
            case .client(let client): take(client, from: connection)
            case .enrol(let request): take(request, from: connection)
            case .nextKeyKnown(let message):
                if let peer = connection.peer { keys?.note(message, of: peer) }
            case nil: break
            }
        case .malformed(let error, let connection):
            logger.warning(
                "message dropped", metadata: ["peer": "\(connection.id)", "problem": "\(error)"])
            answer(error, to: connection)
        case .allowListProblems(let problems):
            for problem in problems { logger.error("allow list", metadata: ["problem": "\(problem)"]) }
            if problems.isEmpty { logger.info("allow list in order") }
        case .lost(let connection, let reason):
            let address = Address(connection)
            sendOrder.forget(address)
            loads[address] = nil
            tell(reason == .revoked ? .keyRevoked(address) : .connectionLost(address, reason: reason.rawValue))
        }
    }

    private func take(_ request: WireEnrol, from connection: Connection) {
        guard let token = connection.peer else { return }
        keys?.enrol(request, token: token) { [router, logger] reply in
            do {
                try router.answer(reply, to: connection.id)
            } catch {
                logger.error("answer not sent", metadata: ["problem": "\(error)"])
            }
        }
    }

    /// Tells a peer that used the key of another role, which would otherwise wait for ever.
    private func answer(_ error: TransportError, to connection: Connection) {
        guard case .notPermitted(_, _, let request) = error else { return }
        let reason = "\(error) Use the other key file."
        if let request {
            refuse(.remote(connection.id, request: request), reason)
        } else {
            send(.rejected(.with { $0.reason = reason }), to: Address(connection.id))
        }
    }

    private func take(_ body: WireWorkerToCoordinator.OneOf_Body?, from connection: Connection) {
        let address = Address(connection.id)
        switch body {
        case .hello(let hello):
            guard let hello = hello.scheduling else { return }
            tell(.hello(address, hello, key: connection.peer?.publicKey.text ?? ""))
        case .heartbeat(let heartbeat):
            loads[address] = heartbeat.load
            tell(.heartbeat(address, heartbeat.scheduling))
        case .reports(let reports):
            CrashPoint.reached(.received)
            tell(.reported(address, checked(reports.scheduling, from: address)))
        case .returned(let returned):
            tell(.returned(address, Attempt(number: returned.attempt), digests(returned.keys)))
        case .inputs(let report): tell(.inputsChecked(address, report.scheduling, roots: report.roots))
        case .draining: tell(.draining(address))
        case .goodbye: tell(.goodbye(address))
        case nil: break
        }
    }

    private func perform(_ directives: [Coordinator.Directive]) {
        for directive in directives {
            switch directive {
            case .welcome(let address, let welcome):
                send(.welcome(WireWelcome(welcome, incarnation: machine.incarnation)), to: address)
            case .reject(let address, let reason): send(.rejected(.with { $0.reason = reason }), to: address)
            case .askToRegister(let address): send(.reregister(WireReregister()), to: address)
            case .refuse(let address, let reason): refuse(reason, to: address)
            case .askInputs(let address, let queries): send(.askInputs(WireAskInputs(queries)), to: address)
            case .suspended(let address, let reason):
                send(.suspension(.with { $0.reason = reason ?? "" }), to: address)
            case .beat(let address): send(.beat(WireBeat()), to: address)
            case .lease(let address, let holder, let lease): send(lease, of: holder, to: address)
            case .cancel(let address, let attempt, let units):
                send(.cancel(WireCancel(attempt, units)), to: address)
            case .acknowledge(let address, let receipts):
                send(.acknowledged(WireAcknowledged(receipts)), to: address)
                CrashPoint.reached(.acknowledged)
            case .drain(let address): send(.drain(WireDrain()), to: address)
            case .commit(let commit, let rows): ledger.commit(commit, rows)
            case .sweepFinished(let sweep, let counts): finish(sweep, counts)
            case .remember(let memory): ledger.remember(memory)
            case .note(let note):
                if sampler.isWorthTelling(note) { logger.log(note) }
            }
        }
    }

    /// A lease carries its units' canonical forms, which only the ledger keeps.
    private func send(_ lease: Lease, of holder: LeaseHolder, to address: Address) {
        sendOrder.hold(address, for: lease.attempt)
        leases.read(lease.units) { [inputs] in inputs.post(.leaseRead(lease, $0, of: holder, to: address)) }
    }

    private func send(
        _ lease: Lease, _ forms: Result<[Data], any Error>, of holder: LeaseHolder, to address: Address
    ) {
        var body: WireCoordinatorToWorker.OneOf_Body?
        do {
            body = .lease(message(of: lease, try forms.get()))
            ledger.record(lease, of: holder)
        } catch {
            logger.error("lease not sent", metadata: ["lease": "\(lease.attempt)", "problem": "\(error)"])
            tell(.leaseNotSent(lease.attempt, reason: "\(error)"))
        }
        for body in sendOrder.release(lease.attempt, at: address, as: body) { sendNow(body, to: address) }
    }

    private func message(of lease: Lease, _ forms: [Data]) -> WireLease {
        .with { message in
            message.attempt = lease.attempt.number
            message.pass = lease.pass.text
            message.featuresFolder = sweeps.folder(of: lease.pass) ?? ""
            message.keepPredictions = sweeps.keepsPredictions(of: lease.pass)
            message.units = zip(lease.units, forms).map { unit, form in
                .with {
                    $0.key = unit.data
                    $0.canonicalJson = form
                }
            }
        }
    }

    func send(_ body: WireCoordinatorToWorker.OneOf_Body, to address: Address) {
        if sendOrder.admits(body, to: address) { sendNow(body, to: address) }
    }

    private func sendNow(_ body: WireCoordinatorToWorker.OneOf_Body, to address: Address) {
        do {
            let outcome = try router.send(body, to: ConnectionID(address))
            if outcome == .full {
                inputs.post(.fact(.connectionLost(address, reason: "it does not take what it is sent")))
            }
        } catch {
            logger.error("message not sent", metadata: ["connection": "\(address)", "problem": "\(error)"])
        }
    }

    private func finish(_ sweep: SweepID, _ counts: SweepCounts) {
        logger.info(
            "sweep finished",
            metadata: ["sweep": "\(sweep)", "done": "\(counts.done)", "quarantined": "\(counts.quarantined)"])
    }
}

extension Address {
    init(_ connection: ConnectionID) { self.init(number: UInt64(connection.number)) }
}

extension ConnectionID {
    init(_ address: Address) { self.init(number: UInt32(truncatingIfNeeded: address.number)) }
}
