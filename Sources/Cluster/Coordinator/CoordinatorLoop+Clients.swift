import Foundation
import Logging
import Scheduling
import Sweeps
import SwiftProtobuf
import Transport

/// Where the answer to a request goes.
enum ClientAnswer: Sendable {
    case remote(ConnectionID, request: UInt64)
    case inProcess(@Sendable (Result<SubmittedSweep, any Error>) -> Void)
}

extension CoordinatorLoop {
    func take(_ message: WireClientToCoordinator, from connection: ConnectionID) {
        let answer = ClientAnswer.remote(connection, request: message.request)
        guard message.protocolVersion == UInt32(Sweeps.Unit.currentProtocolVersion) else {
            let version = Sweeps.Unit.currentProtocolVersion
            return refuse(
                answer, "this coordinator speaks protocol version \(version), the client \(message.protocolVersion)")
        }
        switch message.body {
        case .submit(let submit): take(submit, for: answer)
        case .status(let status): showSweeps(status.hasSweep ? status.sweep : nil, to: answer)
        case .cancelSweep(let cancel): self.cancel(cancel.sweep, for: answer)
        case .drainWorkers(let drain): drainWorkers(drain.names, for: answer)
        case .listWorkers: showWorkers(to: answer)
        case .discard(let request): discard(request, for: answer)
        case .fetchTable(let request): tables.make(request) { [inputs] in inputs.post(.answer(answer, $0)) }
        case nil: refuse(answer, "the request is empty")
        }
    }

    /// Plans off this thread; answers once the sweep is in the ledger.
    func plan(_ source: SweepSource, retry: Bool, for answer: ClientAnswer) {
        intake.take(source) { [inputs] in inputs.post(.intake($0, retry: retry, answer: answer)) }
    }

    func take(_ outcome: Result<SweepIntake.Accepted, any Error>, retry: Bool, for answer: ClientAnswer) {
        switch outcome {
        case .failure(let error):
            if case .inProcess(let reply) = answer { return reply(.failure(error)) }
            refuse(answer, "\(error)")
        case .success(let accepted):
            if sweeps.entries[accepted.entry.id] == nil {
                sweeps.add(accepted.entry)
                tell(.sweepSubmitted(accepted.submission))
            }
            if retry { tell(.quarantineLifted(accepted.entry.id)) }
            for sweep in accepted.superseded { tell(.sweepCancelled(sweep)) }
            if case .inProcess(let reply) = answer { return reply(.success(accepted.receipt)) }
            give(
                .submitted(
                    .with {
                        $0.sweep = accepted.receipt.number
                        $0.name = accepted.receipt.name
                        $0.units = UInt64(accepted.receipt.units)
                        $0.alreadyDone = UInt64(accepted.receipt.alreadyDone)
                    }), to: answer)
        }
    }

    /// The progress of a sweep; nil if there is none of that name or number.
    func progress(of sweep: String) -> Progress? {
        guard let entry = sweeps.entry(sweep) else { return nil }
        return progress(of: entry, machine.status(at: .now))
    }

    func give(_ body: WireCoordinatorToClient.OneOf_Body, to answer: ClientAnswer) {
        guard case .remote(let connection, let request) = answer else { return }
        do {
            try router.reply(body, to: request, of: connection)
        } catch {
            logger.error("answer not sent", metadata: ["problem": "\(error)"])
        }
    }

    func refuse(_ answer: ClientAnswer, _ reason: String) {
        give(.refused(.with { $0.reason = reason }), to: answer)
    }

    private func take(_ submit: WireSubmit, for answer: ClientAnswer) {
        do {
            let decoder = JSONDecoder()
            let source = SweepSource(
                specification: try decoder.decode(SweepSpecification.self, from: Data(submit.specification.utf8)),
                facts: try decoder.decode(SweepFacts.self, from: submit.facts))
            plan(source, retry: submit.retry, for: answer)
        } catch {
            refuse(answer, "the sweep cannot be read; is the client of the same version? (\(error))")
        }
    }

    private func cancel(_ sweep: String, for answer: ClientAnswer) {
        guard let entry = sweeps.entry(sweep), let number = Int64(entry.id.text) else {
            return refuse(answer, unknown(sweep))
        }
        do {
            try ledger.cancel(number)
            tell(.sweepCancelled(entry.id))
            give(.text(.with { $0.text = "cancelled" }), to: answer)
        } catch {
            refuse(answer, "\(error)")
        }
    }

    private func drainWorkers(_ names: [String], for answer: ClientAnswer) {
        let known = Set(machine.status(at: .now).workers.map(\.name))
        let strangers = names.filter { !known.contains($0) }
        guard strangers.isEmpty else {
            return refuse(answer, "no worker is named \(strangers.joined(separator: ", "))")
        }
        for name in names.isEmpty ? known.sorted() : names { tell(.workerDrained(name)) }
        give(.text(.with { $0.text = "draining" }), to: answer)
    }

    private func showSweeps(_ name: String?, to answer: ClientAnswer) {
        let status = machine.status(at: .now)
        if let name {
            guard let entry = sweeps.entry(name) else { return refuse(answer, unknown(name)) }
            return give([summary(of: entry, status)], to: answer)
        }
        give(summaries(status), to: answer)
    }

    /// The state of everything, for the dashboard.
    func overview() -> Overview {
        let status = machine.status(at: .now)
        return Overview(
            sweeps: summaries(status), workers: workers(status),
            passes: status.passes.map { PassStatus(name: $0.pass.text, pending: $0.pending, leases: $0.leases) },
            duplicatesDropped: status.duplicatesDropped, connections: router.statistics.connections,
            handshakesRefused: router.statistics.handshakesRefused, messagesDropped: router.statistics.messagesDropped)
    }

    private func summaries(_ status: Coordinator.Status) -> [SweepStatus] {
        sweeps.entries.values.map { summary(of: $0, status) }.sorted { $0.number < $1.number }
    }

    private func showWorkers(to answer: ClientAnswer) { give(workers(machine.status(at: .now)), to: answer) }

    private func workers(_ status: Coordinator.Status) -> [WorkerStatus] {
        status.workers.map { worker in
            WorkerStatus(
                name: worker.name, host: worker.host, state: worker.state.rawValue, reason: worker.reason,
                threads: worker.threads, kernelPath: worker.kernelPath, programVersion: worker.programVersion,
                finished: worker.finished, failed: worker.failed,
                held: worker.held, progress: worker.progress, silence: worker.silence)
        }
    }

    func give(_ value: some Encodable, to answer: ClientAnswer) {
        do {
            let json = try JSONEncoder().encode(value)
            give(.status(.with { $0.json = json }), to: answer)
        } catch {
            refuse(answer, "the answer cannot be written: \(error)")
        }
    }

    private func unknown(_ sweep: String) -> String {
        let names = Set(sweeps.entries.values.map(\.name)).sorted()
        let known = names.isEmpty ? "none was submitted" : "known: \(names.joined(separator: ", "))"
        return "no sweep has the name or number \"\(sweep)\"; \(known)"
    }

    private func summary(of entry: SweepDirectory.Entry, _ status: Coordinator.Status) -> SweepStatus {
        let sweep = status.sweeps.first { $0.sweep == entry.id }
        let number = Int64(entry.id.text) ?? 0
        return SweepStatus(
            number: number, name: entry.name, progress: progress(of: entry, status),
            leased: sweep?.counts.leased ?? 0, isCancelled: sweep?.isCancelled ?? false,
            reasons: sweep?.counts.quarantined ?? 0 > 0 ? ledger.quarantineReasons(of: number) : [])
    }

    private func progress(of entry: SweepDirectory.Entry, _ status: Coordinator.Status) -> Progress {
        let counts = status.sweeps.first { $0.sweep == entry.id }?.counts ?? SweepCounts(done: entry.units)
        return Progress(
            total: counts.total, done: counts.done, quarantined: counts.quarantined, workers: status.workers.count,
            rate: rates.rate(of: entry.id, done: counts.done), secondsToGo: status.secondsToGo,
            paused: status.pausedReason)
    }
}
