import Identities
import Ledger
import Scheduling
import SwiftProtobuf
import Transport

// What operators and clients change, whichever way they ask.

extension CoordinatorLoop {
    /// Operators at the page; what they cancel says so.
    private static let page = Requester(name: "an operator at the dashboard", isOperator: true)

    func perform(_ action: OperatorAction, _ reply: @escaping @Sendable (OperatorAction.Outcome) -> Void) {
        let answer = ClientAnswer.action(reply)
        switch action {
        case .cancel(let sweep):
            if let entry = openEntry(sweep, answer) { cancel(entry, by: Self.page, for: answer) }
        case .retry(let sweep):
            guard let entry = openEntry(sweep, answer) else { return }
            guard progress(of: entry).quarantined > 0 else {
                return refuse(answer, "no unit of sweep \(sweep) (\(entry.name)) is in quarantine")
            }
            tell(.quarantineLifted(entry.id))
            give(.text(.with { $0.text = "its units in quarantine are tried again" }), to: answer)
        case .prioritise(let sweep, let priority):
            if let entry = openEntry(sweep, answer) { prioritise(entry, priority, for: answer) }
        case .drain(let worker): drainWorkers([worker], for: answer)
        case .resume(let worker): resumeWorkers([worker], for: answer)
        }
    }

    /// The sweep, if something can still change; nil, with a refusal, if there is none or it is cancelled.
    private func openEntry(_ sweep: SweepID, _ answer: ClientAnswer) -> ActiveSweeps.Entry? {
        guard let entry = entry("\(sweep)", for: Self.page, answer) else { return nil }
        guard entry.isCancelled else { return entry }
        refuse(answer, "sweep \(sweep) (\(entry.name)) is cancelled; submit it again to go on with it")
        return nil
    }

    private func prioritise(_ entry: ActiveSweeps.Entry, _ priority: Int, for answer: ClientAnswer) {
        let range = OperatorAction.priorities
        guard range.contains(priority) else {
            return refuse(answer, "a priority is between \(range.lowerBound) and \(range.upperBound), not \(priority)")
        }
        ledger.prioritise(entry.id, priority) { [inputs] in
            inputs.post(.prioritised(entry.id, priority, problem: $0, answer))
        }
    }

    func finishPrioritising(
        _ sweep: SweepID, _ priority: Int, _ problem: (any Error)?, for answer: ClientAnswer
    ) {
        if let problem { return refuse(answer, "\(problem)") }
        if let entry = sweeps.entries[sweep] { sweeps.update(sweep, owner: entry.owner, priority: priority) }
        tell(.sweepPrioritised(sweep, priority))
        give(.text(.with { $0.text = "its priority is \(priority)" }), to: answer)
    }

    func cancel(_ entry: ActiveSweeps.Entry, by requester: Requester, for answer: ClientAnswer) {
        guard requester.mayChange(sweepOf: entry.owner) else {
            let owner = entry.owner ?? "the operators"
            return refuse(
                answer,
                "sweep \(entry.id) (\(entry.name)) belongs to \(owner); only \(owner == entry.owner ? "its owner or " : "")"
                    + "an operator may cancel it (keys add NAME --operator makes one)")
        }
        guard !progress(of: entry).isFinished else {
            return refuse(answer, "sweep \(entry.id) (\(entry.name)) is finished; nothing of it is left to cancel")
        }
        let reason = requester.name.map { "by \($0)" }
        ledger.cancel(entry.id, reason: reason) { [inputs] in
            inputs.post(.sweepCancelled(entry.id, reason: reason, problem: $0, answer))
        }
    }

    func finishCancelling(_ sweep: SweepID, _ reason: String?, _ problem: (any Error)?, for answer: ClientAnswer) {
        if let problem { return refuse(answer, "\(problem)") }
        sweeps.cancel(sweep, reason: reason)
        tell(.sweepCancelled(sweep))
        give(.text(.with { $0.text = "cancelled" }), to: answer)
    }

    func drainWorkers(_ names: [String], for answer: ClientAnswer) {
        let known = Set(machine.status(at: now).workers.map(\.name))
        let strangers = names.filter { !known.contains($0) }
        guard strangers.isEmpty else {
            return refuse(answer, "no worker is named \(strangers.joined(separator: ", "))")
        }
        for name in names.isEmpty ? known.sorted() : names { tell(.workerDrained(name)) }
        give(.text(.with { $0.text = "draining" }), to: answer)
    }

    func resumeWorkers(_ names: [String], for answer: ClientAnswer) {
        let suspended = machine.suspendedHosts
        let unknown = names.filter { machine.suspendedHosts($0).isEmpty }
        guard unknown.isEmpty else {
            let list = suspended.map(\.label).joined(separator: ", ")
            return refuse(
                answer,
                "no suspended host is named \(unknown.joined(separator: ", ")), or has a worker of that name; "
                    + (suspended.isEmpty ? "no host is suspended" : "suspended hosts: \(list)"))
        }
        let resumed = names.isEmpty ? suspended : names.flatMap { machine.suspendedHosts($0) }
        for host in resumed { tell(.hostResumed(host: host.host)) }
        give(.text(.with { $0.text = Set(resumed.map(\.label)).sorted().joined(separator: "\n") }), to: answer)
    }
}
