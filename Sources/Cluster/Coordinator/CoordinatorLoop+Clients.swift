import Foundation
import Identities
import Ledger
import Logging
import Scheduling
import Sweeps
import SwiftProtobuf
import Transport
import Units

/// Where the answer to a request goes.
enum ClientAnswer: Sendable {
    case remote(ConnectionID, request: UInt64)
    case inProcess(@Sendable (Result<SubmittedSweep, any Error>) -> Void)
    case action(@Sendable (OperatorAction.Outcome) -> Void)
}

extension CoordinatorLoop {
    func take(_ message: WireClientToCoordinator, from connection: Connection) {
        let answer = ClientAnswer.remote(connection.id, request: message.request)
        let requester = connection.requester
        guard message.protocolVersion == UInt32(ProbeUnit.currentProtocolVersion) else {
            let version = ProbeUnit.currentProtocolVersion
            return refuse(
                answer, "this coordinator speaks protocol version \(version), the client \(message.protocolVersion)")
        }
        switch message.body {
        case .submit(let submit): take(submit, of: requester, for: answer)
        case .status(let status) where status.workersWanted: give(machine.workersWanted, to: answer)
        case .status(let status) where status.hasSweep:
            if let entry = entry(status.sweep, for: requester, answer) { showSweep(entry, to: answer) }
        case .status: showSweeps(to: answer)
        case .cancelSweep(let cancel):
            if let entry = entry(cancel.sweep, for: requester, answer) {
                self.cancel(entry, by: requester, for: answer)
            }
        case .drainWorkers(let drain): drainWorkers(drain.names, for: answer)
        case .resumeWorkers(let resume): resumeWorkers(resume.names, for: answer)
        case .listWorkers: showWorkers(to: answer)
        case .discard(var request):
            guard let entry = entry(request.sweep, for: requester, answer) else { return }
            request.sweep = "\(entry.id)"
            discard(request, by: requester, for: answer)
        case .fetchSweep?, .fetchCells?, .fetchPredictions?, .fetchUnit?:
            read(message, by: requester, for: connection.id)
        case nil: refuse(answer, "the request is empty")
        }
    }

    /// Answered past this thread.
    private func read(_ message: WireClientToCoordinator, by requester: Requester, for connection: ConnectionID) {
        guard let body = message.body else { return }
        reading.take(body, by: requester, of: connection) { [router, logger, request = message.request] in
            do {
                try router.reply($0, to: request, of: connection)
            } catch {
                logger.error("answer not sent", metadata: ["problem": "\(error)"])
            }
        }
    }

    /// Plans off this thread; answers once the sweep is in the ledger.
    func plan(_ request: SweepRequest, for answer: ClientAnswer) {
        registrar.take(request) { [inputs] in inputs.post(.registered($0, retry: request.retry, answer: answer)) }
    }

    func take(_ outcome: Result<SweepRegistrar.Accepted, any Error>, retry: Bool, for answer: ClientAnswer) {
        switch outcome {
        case .failure(let error):
            if case .inProcess(let reply) = answer { return reply(.failure(error)) }
            refuse(answer, "\(error)")
        case .success(let accepted):
            enter(accepted)
            if retry { tell(.quarantineLifted(accepted.entry.id)) }
            if case .inProcess(let reply) = answer { return reply(.success(accepted.receipt)) }
            give(
                .submitted(
                    .with {
                        $0.sweep = accepted.entry.id.number
                        $0.name = accepted.receipt.name
                        $0.units = UInt64(accepted.receipt.units)
                        $0.alreadyDone = UInt64(accepted.receipt.alreadyDone)
                        $0.notes = accepted.receipt.notes
                    }), to: answer)
        }
    }

    private func enter(_ accepted: SweepRegistrar.Accepted) {
        let entry = accepted.entry
        if let known = sweeps.entries[entry.id] {
            sweeps.update(entry.id, owner: entry.owner, priority: entry.priority)
            if known.priority != entry.priority { tell(.sweepPrioritised(entry.id, entry.priority)) }
        } else {
            sweeps.add(entry)
            tell(.sweepSubmitted(accepted.submission))
        }
        for sweep in accepted.replaced {
            sweeps.update(sweep, owner: entry.owner, priority: sweeps.entries[sweep]?.priority ?? 0)
            sweeps.cancel(sweep, reason: "replaced by sweep \(entry.id)")
            tell(.sweepCancelled(sweep))
        }
    }

    /// The progress of a sweep; nil if there is none of that name or number.
    func progress(of sweep: String) -> Progress? {
        guard case .found(let id) = sweeps.find(sweep, for: .local), let entry = sweeps.entries[id] else { return nil }
        return progress(of: entry)
    }

    func progress(of entry: ActiveSweeps.Entry) -> Progress { progress(of: entry, machine.status(at: now)) }

    /// The sweep that the requester means; nil, with a refusal, if there is none or it is not clear which.
    func entry(_ text: String, for requester: Requester, _ answer: ClientAnswer) -> ActiveSweeps.Entry? {
        switch sweeps.find(text, for: requester) {
        case .found(let id): return sweeps.entries[id]
        case .unknown: refuse(answer, unknown(text))
        case .ambiguous(let candidates):
            refuse(answer, "\(LedgerError.ambiguousSweep(text, candidates: candidates))")
        }
        return nil
    }

    func give(_ body: WireCoordinatorToClient.OneOf_Body, to answer: ClientAnswer) {
        switch answer {
        case .inProcess: break
        case .action(let reply):
            switch body {
            case .text(let text): reply(.done(text.text))
            case .refused(let refused): reply(.refused(refused.reason))
            default: reply(.refused("the coordinator's answer does not fit the action"))
            }
        case .remote(let connection, let request):
            do {
                try router.reply(body, to: request, of: connection)
            } catch {
                logger.error("answer not sent", metadata: ["problem": "\(error)"])
            }
        }
    }

    func refuse(_ answer: ClientAnswer, _ reason: String) {
        give(.refused(.with { $0.reason = reason }), to: answer)
    }

    private func take(_ submit: WireSubmit, of requester: Requester, for answer: ClientAnswer) {
        do {
            let decoder = JSONDecoder()
            let source = SweepSource(
                specification: try decoder.decode(SweepSpecification.self, from: Data(submit.specification.utf8)),
                facts: try decoder.decode(SweepFacts.self, from: submit.facts))
            plan(
                SweepRequest(
                    source: source, requester: requester, retry: submit.retry,
                    priority: submit.hasPriority ? Int(submit.priority) : nil, replaces: submit.replace),
                for: answer)
        } catch {
            refuse(answer, "the sweep cannot be read; is the client of the same version? (\(error))")
        }
    }

    private func showSweep(_ entry: ActiveSweeps.Entry, to answer: ClientAnswer) {
        give(withReasons: [summary(of: entry, machine.status(at: now))], to: answer)
    }

    private func showSweeps(to answer: ClientAnswer) {
        give(withReasons: summaries(machine.status(at: now)), to: answer)
    }

    private func give(withReasons sweeps: [SweepStatus], to answer: ClientAnswer) {
        statuses.addReasons(to: sweeps) { [inputs] in inputs.post(.answer(answer, .json($0))) }
    }

    /// The state of everything, for the dashboard.
    func show(_ reply: @escaping @Sendable (Overview) -> Void) {
        let overview = overview()
        statuses.addReasons(to: overview.sweeps) { sweeps in
            var complete = overview
            complete.sweeps = sweeps
            reply(complete)
        }
    }

    private func overview() -> Overview {
        let status = machine.status(at: now)
        return Overview(
            sweeps: summaries(status), workers: workers(status),
            passes: status.passes.map { PassStatus(name: $0.pass.text, pending: $0.pending, leases: $0.leases) },
            notes: notes(status), workersWanted: machine.workersWanted, duplicatesDropped: status.duplicatesDropped,
            connections: router.statistics.connections,
            handshakesRefused: router.statistics.handshakesRefused, messagesDropped: router.statistics.messagesDropped,
            unitSeconds: machine.unitSeconds)
    }

    /// What people should know of the cluster, whatever the sweep.
    private func notes(_ status: Coordinator.Status) -> [String] {
        let missing = MissingInputs.line(status.missingInputs)
        return (missing.map { [$0] } ?? [])
            + status.suspendedHosts.map { "host \($0.label) is suspended: \($0.reason)" }
    }

    private func summaries(_ status: Coordinator.Status) -> [SweepStatus] {
        sweeps.entries.values.map { summary(of: $0, status) }.sorted { $0.number < $1.number }
    }

    private func showWorkers(to answer: ClientAnswer) { give(workers(machine.status(at: now)), to: answer) }

    private func workers(_ status: Coordinator.Status) -> [WorkerStatus] {
        status.workers.map { worker in
            WorkerStatus(
                name: worker.name, id: "\(worker.id)", host: worker.host, state: worker.state.rawValue,
                reason: worker.reason,
                threads: worker.threads, kernelPath: worker.kernelPath, programVersion: worker.programVersion,
                finished: worker.finished, failed: worker.failed,
                held: worker.held, progress: worker.progress, silence: worker.silence,
                stuck: worker.stuck?.reason, pass: worker.pass.map(PassName.layer),
                load: worker.address.flatMap { loads[$0] })
        }
    }

    func give(_ value: some Encodable, to answer: ClientAnswer) { give(.json(value), to: answer) }

    private func unknown(_ sweep: String) -> String {
        let sweeps = sweeps.entries.values.map(\.address).sorted { $0.id < $1.id }
        let list = sweeps.map(\.description).joined(separator: ", ")
        let known = sweeps.isEmpty ? "none was submitted" : "known: \(list)"
        let scope =
            served.map { "; this coordinator serves \"\($0)\" alone, and other sweeps of its ledger wait" } ?? ""
        return "no sweep has the name or number \"\(sweep)\"; \(known)\(scope)"
    }

    private func summary(of entry: ActiveSweeps.Entry, _ status: Coordinator.Status) -> SweepStatus {
        let sweep = status.sweeps.first { $0.sweep == entry.id }
        return SweepStatus(
            number: entry.id, name: entry.name, progress: progress(of: entry, status),
            leased: sweep?.counts.leased ?? 0, isCancelled: entry.isCancelled,
            notes: (MissingInputs.line(status.missingInputs, among: entry.passes).map { [$0] } ?? [])
                + StuckPasses.lines(status.workers, among: entry.passes),
            owner: entry.owner, priority: entry.priority, cancellation: entry.cancellation)
    }

    private func progress(of entry: ActiveSweeps.Entry, _ status: Coordinator.Status) -> Progress {
        let sweep = status.sweeps.first { $0.sweep == entry.id }
        let counts = sweep?.counts ?? SweepCounts(done: entry.done)
        return Progress(
            total: entry.isCancelled ? entry.units : counts.total, done: counts.done, quarantined: counts.quarantined,
            workers: status.workers.count,
            rate: entry.isCancelled ? nil : rates.rate(of: entry.id, done: counts.done, at: now),
            secondsToGo: sweep?.secondsToGo, paused: status.pausedReason,
            waiting: MissingInputs.line(status.missingInputs, among: entry.passes),
            isCancelled: entry.isCancelled)
    }
}

extension WireCoordinatorToClient.OneOf_Body {
    /// An answer that clients read as JSON.
    static func json(_ value: some Encodable) -> Self {
        do {
            let json = try JSONEncoder().encode(value)
            return .status(.with { $0.json = json })
        } catch {
            return .refused(.with { $0.reason = "the answer cannot be written: \(error)" })
        }
    }
}

extension Connection {
    /// Who asks by this connection. Without keys, the file system decides who may connect.
    var requester: Requester {
        peer.map { Requester(name: $0.name, isOperator: $0.isOperator) } ?? .local
    }
}
