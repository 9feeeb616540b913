import Dispatch
import Foundation
import Ledger
import Logging
import Scheduling
import Sweeps
import SwiftProtobuf
import Transport

/// The coordinator's own thread: everything that it touches belongs to it alone.
final class CoordinatorLoop {
    let router: RouterEndpoint
    let inputs: EventQueue<CoordinatorService.Input>
    let ledger: LedgerDesk
    let intake: SweepIntake
    let tables: TableDesk
    let logger: Logger
    private let journaled: JournaledMachine
    var machine: Coordinator { _read { yield journaled.current } }
    var sweeps = SweepDirectory()
    var rates = RateMeter()
    private var connections: [PeerID: ConnectionID] = [:]
    private var story = Story()
    private var isStopping = false
    /// What was learned, as last written down, and when that is done again.
    private var writtenExperience: Experience
    private var experienceDue = Instant.now
    private static let experienceInterval = 5.0

    init(
        service: CoordinatorService, ledger: Ledger, settings: CoordinatorSettings, journal: JournalSettings?,
        logger: Logger
    ) throws {
        router = service.router
        inputs = service.inputs
        self.logger = logger
        intake = SweepIntake(ledger)
        tables = TableDesk(ledger.reader)
        let machine = Coordinator(
            settings, incarnation: UInt32(clamping: try ledger.nextIncarnation()),
            knownWorkers: Set(try ledger.reader.presentWorkers()), experience: try ledger.reader.experience(), at: .now)
        journaled = JournaledMachine(machine, journal: journal.map { JournalWriter($0, logger: logger) })
        writtenExperience = machine.experience
        let inputs = service.inputs
        self.ledger = LedgerDesk(ledger, logger: logger) { inputs.post(.fact($0)) }
        for (worker, reason) in try ledger.reader.suspensions() {
            tell(.workerSuspended(worker, reason: reason))
        }
        for sweep in try intake.unfinished() {
            sweeps.add(sweep.entry)
            tell(.sweepSubmitted(sweep.submission))
        }
    }

    func run() {
        TrapReport.useOwnStack()
        while !isStopping {
            let wait = machine.nextDeadline.nanoseconds - Instant.now.nanoseconds
            for input in inputs.takeAll(within: min(wait, 1_000_000_000)) { take(input) }
            if machine.nextDeadline <= .now { tell(.timerFired) }
            if experienceDue <= .now { writeDownExperience() }
        }
        writeDownExperience()
        ledger.close()
        journaled.close()
    }

    /// Now and then, for only predictions depend on it.
    private func writeDownExperience() {
        experienceDue = .now + Self.experienceInterval
        let experience = machine.experience
        ledger.remember(experience, since: writtenExperience)
        writtenExperience = experience
    }

    /// Brings a fact to the machine and performs what it orders.
    func tell(_ event: Coordinator.Event) {
        perform(journaled.handle(event, at: .now))
    }

    private func take(_ input: CoordinatorService.Input) {
        switch input {
        case .network: for event in router.takeEvents() { take(event) }
        case .fact(let event): tell(event)
        case .intake(let outcome, let retry, let answer): take(outcome, retry: retry, for: answer)
        case .answer(let answer, let body): give(body, to: answer)
        case .progress(let sweep, let reply): reply(progress(of: sweep))
        case .workerCount(let reply): reply(machine.status(at: .now).workers.count)
        case .overview(let reply): reply(overview())
        case .submission(let source, let retry, let reply): plan(source, retry: retry, for: .inProcess(reply))
        case .stop: isStopping = true
        }
    }

    private func take(_ event: RouterEvent) {
        switch event {
        case .message(let message, let connection):
            switch message.sender {
            case .worker(let worker): take(worker.body, from: connection.id)
            case .client(let client): take(client, from: connection.id)
            case nil: break
            }
        case .malformed(let error, let connection):
            logger.warning(
                "message dropped", metadata: ["peer": "\(connection.id)", "problem": "\(error)"])
        case .allowListProblems(let problems):
            for problem in problems { logger.error("allow list", metadata: ["problem": "\(problem)"]) }
            if problems.isEmpty { logger.info("allow list in order") }
        case .lost(let connection, let reason):
            let peer = PeerID(connection)
            connections[peer] = nil
            tell(.connectionLost(peer, reason: reason.rawValue))
        }
    }

    private func take(_ body: WireWorkerToCoordinator.OneOf_Body?, from connection: ConnectionID) {
        let peer = PeerID(connection)
        connections[peer] = connection
        switch body {
        case .hello(let hello):
            sweeps.record(hello, of: peer)
            tell(.hello(peer, hello.scheduling))
        case .heartbeat(let heartbeat): tell(.heartbeat(peer, heartbeat.scheduling))
        case .reports(let reports):
            CommitStep.reached(.received)
            tell(.reported(peer, reports.scheduling))
        case .returned(let returned):
            tell(.returned(peer, Attempt(number: returned.attempt), digests(returned.keys)))
        case .draining: tell(.draining(peer))
        case .goodbye: tell(.goodbye(peer))
        case nil: break
        }
    }

    private func perform(_ directives: [Coordinator.Directive]) {
        for directive in directives {
            switch directive {
            case .welcome(let peer, let welcome):
                send(.welcome(WireWelcome(welcome, incarnation: machine.incarnation)), to: peer)
            case .reject(let peer, let reason): send(.rejected(.with { $0.reason = reason }), to: peer)
            case .askToRegister(let peer): send(.reregister(WireReregister()), to: peer)
            case .beat(let peer): send(.beat(WireBeat()), to: peer)
            case .lease(let peer, let lease): send(lease, to: peer)
            case .cancel(let peer, let attempt, let units): send(.cancel(WireCancel(attempt, units)), to: peer)
            case .acknowledge(let peer, let receipts):
                send(.acknowledged(WireAcknowledged(receipts)), to: peer)
                CommitStep.reached(.acknowledged)
            case .drain(let peer): send(.drain(WireDrain()), to: peer)
            case .commit(let commit, let rows): ledger.commit(commit, rows)
            case .sweepFinished(let sweep, let counts): finish(sweep, counts)
            case .note(let note):
                remember(note)
                if story.isWorthTelling(note) { logger.log(note) }
            }
        }
    }

    /// Writes down what the next coordinator should know of workers.
    private func remember(_ note: Note) {
        switch note {
        case .workerJoined(let name, _): ledger.remember(worker: name, isPresent: true)
        case .workerLost(let name, _, _, _), .workerLeft(let name, _, _):
            // A namesake may have taken its place.
            let isPresent = machine.status(at: .now).workers.contains { $0.name == name }
            ledger.remember(worker: name, isPresent: isPresent)
        case .workerSuspended(let name, let reason): ledger.suspend(worker: name, reason: reason)
        case .workerResumed(let name): ledger.suspend(worker: name, reason: nil)
        default: break
        }
    }

    /// A lease carries its units' canonical forms, which only the ledger keeps.
    private func send(_ lease: Lease, to peer: PeerID) {
        do {
            var message = WireLease()
            message.attempt = lease.attempt.number
            message.pass = lease.pass.text
            message.featuresFolder = sweeps.folder(of: lease.pass) ?? ""
            message.keepPredictions = sweeps.keepsPredictions(of: lease.pass)
            message.units = try ledger.canonicalForms(of: lease.units).map { unit, form in
                .with {
                    $0.key = unit.data
                    $0.canonicalJson = form
                }
            }
            send(.lease(message), to: peer)
        } catch {
            logger.error("lease not sent", metadata: ["lease": "\(lease.attempt)", "problem": "\(error)"])
            // Through the queue: the same lease may be cut again at once, and a lasting fault must not become a
            // recursion.
            inputs.post(.fact(.returned(peer, lease.attempt, [])))
        }
    }

    private func send(_ body: WireCoordinatorToWorker.OneOf_Body, to peer: PeerID) {
        guard let connection = connections[peer] else { return }
        do {
            let outcome = try router.send(body, to: connection)
            if outcome == .full {
                inputs.post(.fact(.connectionLost(peer, reason: "it does not take what it is sent")))
            }
        } catch {
            logger.error("message not sent", metadata: ["peer": "\(peer)", "problem": "\(error)"])
        }
    }

    private func finish(_ sweep: SweepID, _ counts: SweepCounts) {
        logger.info(
            "sweep finished",
            metadata: ["sweep": "\(sweep)", "done": "\(counts.done)", "quarantined": "\(counts.quarantined)"])
    }
}

extension PeerID {
    init(_ connection: ConnectionID) { self.init(Array(connection.description.utf8)) }
}
