import Dispatch
package import Foundation
import Identities
package import Logging
package import Scheduling
import Synchronization
package import Transport

/// A worker as a process runs it: feeds events from socket, pass and signals to the ``Worker`` and performs its
/// directives. ``run()`` returns when the worker has ended.
package final class WorkerService {
    /// How a worker is set up.
    package struct Configuration: Sendable {
        package var identity: WorkerIdentity
        package var settings: WorkerSettings
        package var endpoint: String
        package var security: DealerSecurity
        /// Where the outbox lies; unsent results wait there for the next process of this name.
        package var cache: URL
        /// Where passes are saved; a finished unit needs its checkpoint no more.
        package var checkpoints: CheckpointFolder?

        package init(
            identity: WorkerIdentity, settings: WorkerSettings, endpoint: String, security: DealerSecurity, cache: URL,
            checkpoints: CheckpointFolder? = nil
        ) {
            self.identity = identity
            self.settings = settings
            self.endpoint = endpoint
            self.security = security
            self.cache = cache
            self.checkpoints = checkpoints
        }
    }

    enum Input: Sendable {
        /// What the socket of this number delivered.
        case network(DealerEvent, socket: Int)
        case fact(Worker.Event)
    }

    /// Makes a socket that delivers its events under a number.
    typealias Connect = (_ inputs: EventQueue<Input>, _ number: Int) throws -> any WorkerSocket

    private let configuration: Configuration
    private let inputs = EventQueue<Input>()
    private let logger: Logger
    private var outbox: ReportStore
    private var machine: Worker
    private let clock: @Sendable () -> Instant
    private let connect: Connect
    private var socket: any WorkerSocket
    /// Tells the events of the socket from those of the ones before it, which do not count any more.
    private var socketNumber = 0
    private let passes: any PassTrainer
    private var contact: ContactLog
    private var loadMeter = LoadMeter()
    private(set) var exitStatus: Int32?

    /// - Parameter makeTrainer: makes the trainer, given the way to report the outcomes of units.
    package convenience init(
        _ configuration: Configuration, logger: Logger,
        makeTrainer: (_ tell: @escaping @Sendable (Worker.Event) -> Void) -> any PassTrainer
    ) throws {
        let security = CurrentSecurity(configuration.security)
        try self.init(configuration, logger: logger, makeTrainer: makeTrainer) { inputs, number in
            try DealerEndpoint.connect(configuration.endpoint, security: security.value, into: inputs) {
                security.take($0)
                return .network($0, socket: number)
            }
        }
    }

    /// - Parameters:
    ///   - clock: monotonic.
    ///   - connect: called for the first socket, and for another one when the coordinator is silent.
    init(
        _ configuration: Configuration, logger: Logger,
        makeTrainer: (_ tell: @escaping @Sendable (Worker.Event) -> Void) -> any PassTrainer,
        clock: @escaping @Sendable () -> Instant = { .now }, connect: @escaping Connect
    ) throws {
        self.configuration = configuration
        self.logger = logger
        self.clock = clock
        self.connect = connect
        let (outbox, left) = try ReportStore.open(configuration.cache.appending(path: "outbox"))
        self.outbox = outbox
        machine = Worker(configuration.settings, outbox: left, at: clock())
        contact = ContactLog(at: clock())
        socket = try connect(inputs, socketNumber)
        let inputs = inputs
        passes = makeTrainer { inputs.post(.fact($0)) }
    }

    /// Asks the worker to end: the first time in order, the second time at once. May be called from any thread.
    package var end: @Sendable () -> Void {
        let asked = Atomic<Bool>(false)
        let inputs = inputs
        return { inputs.post(.fact(asked.exchange(true, ordering: .relaxed) ? .haltRequested : .drainRequested)) }
    }

    /// Works until told to end.
    /// - Returns: the status that the process is to end with.
    package func run() async -> Int32 {
        while exitStatus == nil { turn() }
        await socket.close()
        return exitStatus ?? 0
    }

    /// Handles what is queued, or what comes before the machine's next deadline, and then that deadline.
    func turn() {
        let start = clock()
        let wait = machine.nextDeadline.nanoseconds - start.nanoseconds
        take(inputs.takeAll(within: min(wait, 1_000_000_000)))
        // As in the coordinator: a deadline that passed since `start` waits for one more look at the queue.
        if machine.nextDeadline <= start { tell(.timerFired) }
        if let seconds = contact.silence(at: clock()) {
            logger.warning(
                "nothing heard from the coordinator; trying on",
                metadata: ["endpoint": "\(configuration.endpoint)", "seconds": "\(Int(seconds))"])
        }
    }

    private static let keyRemedy = "Pass a key file that `probesweep keys add` made for this coordinator."

    private func tell(_ event: Worker.Event) {
        perform(machine.handle(event, at: clock()))
    }

    /// Batches: units that ended while the last ones were being stored are stored and sent together.
    private func take(_ inputs: [Input]) {
        var ended: [UnitReport] = []
        for input in inputs {
            if case .fact(.unitsEnded(let reports)) = input {
                ended += reports
                continue
            }
            if !ended.isEmpty { tell(.unitsEnded(ended)) }
            ended = []
            take(input)
        }
        if !ended.isEmpty { tell(.unitsEnded(ended)) }
    }

    private func take(_ input: Input) {
        switch input {
        case .fact(let event): tell(event)
        case .network(let event, socketNumber): take(event)
        // Of a socket that was given up.
        case .network: break
        }
    }

    private func take(_ event: DealerEvent) {
        switch event {
        case .connected: tell(.connected)
        case .disconnected:
            logger.warning("connection lost; trying again", metadata: ["endpoint": "\(configuration.endpoint)"])
            tell(.disconnected)
        case .refused(let reason):
            if contact.isFinal(reason, at: clock()) {
                return tell(.rejected(reason: "\(reason): it was revoked, or never added. \(Self.keyRemedy)"))
            }
            guard contact.isNew(reason) else { return }
            logger.warning(
                "connection refused; trying again",
                metadata: ["endpoint": "\(configuration.endpoint)", "reason": "\(reason)"])
        case .coordinatorKey(let notice):
            logger.log(
                level: notice.problem == nil ? .info : .warning, "the coordinator's keys change",
                metadata: ["what": "\(notice)"])
        case .malformed(let error): logger.warning("message dropped", metadata: ["problem": "\(error)"])
        case .message(let message):
            contact.heard(at: clock())
            if case .worker(let worker) = message.recipient { take(worker.body) }
        }
    }

    private func take(_ body: WireCoordinatorToWorker.OneOf_Body?) {
        switch body {
        case .welcome(let welcome):
            logger.info(
                "joined", metadata: ["endpoint": "\(configuration.endpoint)", "name": "\(configuration.identity.name)"])
            tell(.welcomed(welcome.scheduling))
        case .rejected(let rejected): tell(.rejected(reason: rejected.reason))
        case .reregister: tell(.registrationAsked)
        case .lease(let lease): tell(.leased(lease.scheduling, lease.content))
        case .acknowledged(let acknowledged):
            CrashPoint.reached(.receipted)
            tell(.acknowledged(acknowledged.scheduling))
        case .cancel(let cancel): tell(.cancelled(Attempt(number: cancel.attempt), digests(cancel.keys)))
        case .askInputs(let question): tell(.inputsAsked(question.scheduling))
        case .suspension(let suspension): take(suspension)
        case .drain: tell(.drainRequested)
        case .beat: tell(.beat)
        case .refusal(let refusal):
            logger.warning("refused by the coordinator", metadata: ["reason": "\(refusal.reason)"])
        case nil: break
        }
    }

    private func take(_ suspension: WireSuspension) {
        if suspension.reason.isEmpty {
            logger.info("this host is given units again")
        } else {
            logger.warning("this host is suspended and given no units", metadata: ["reason": "\(suspension.reason)"])
        }
        tell(.suspended(reason: suspension.reason.isEmpty ? nil : suspension.reason))
    }

    private func perform(_ directives: [Worker.Directive]) {
        for directive in directives {
            switch directive {
            case .sendHello(let hello): send(.hello(WireHello(hello, identity: configuration.identity)))
            case .sendHeartbeat(let leases): send(.heartbeat(WireHeartbeat(leases, load: loadMeter.read(at: clock()))))
            case .sendReports(let reports):
                send(.reports(WireReports(reports)))
                CrashPoint.reached(.sent)
            case .sendReturned(let attempt, let units): send(.returned(WireReturned(attempt, units)))
            case .sendInputs(let states, let roots): send(.inputs(WireInputs(states, roots: roots)))
            case .checkInputs(let queries): passes.check(queries)
            case .sendDraining: send(.draining(WireDraining()))
            case .sendGoodbye: send(.goodbye(WireGoodbye()))
            case .reconnect: reconnect()
            case .startPass(let lease, let content): passes.start(lease, content)
            case .cancelUnits(let attempt, let units): passes.cancel(units, of: attempt)
            case .abandonPass(let attempt): passes.abandon(attempt)
            case .store(let reports): store(reports)
            case .erase(let receipts):
                outbox.erase(receipts)
                CrashPoint.reached(.erased)
            case .exit(let status, let reason):
                logger.log(level: status == 0 ? .info : .error, "worker ends", metadata: ["reason": "\(reason)"])
                exitStatus = status
            }
        }
    }

    private func store(_ reports: [UnitReport]) {
        do {
            CrashPoint.reached(.finished)
            try outbox.store(reports)
            CrashPoint.reached(.stored)
            configuration.checkpoints?.remove(reports.map(\.unit))
        } catch {
            logger.error(
                "results are in memory only",
                metadata: ["folder": "\(configuration.cache.path)", "problem": "\(error)"])
        }
    }

    /// A message that cannot be sent now is not lost: hello and reports are sent again after reconnecting.
    private func send(_ body: WireWorkerToCoordinator.OneOf_Body) {
        do {
            try socket.send(body)
        } catch {
            logger.error("message not sent", metadata: ["problem": "\(error)"])
        }
    }

    private func reconnect() {
        do {
            socket = try connect(inputs, socketNumber + 1)
            socketNumber += 1
        } catch {
            logger.error("cannot connect", metadata: ["problem": "\(error)"])
        }
    }
}
