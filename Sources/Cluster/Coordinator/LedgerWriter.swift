import Dispatch
import Foundation
import Identities
import Ledger
import Logging
import Results
import Scheduling
import Sweeps
import Synchronization
import Units

/// Writes for the coordinator on a thread of its own, with group commit: rows that queue up for ``gatherMicroseconds``,
/// or while a transaction syncs, share the next transaction.
final class LedgerWriter: Sendable {
    private struct Request: Sendable {
        let commit: CommitID
        let rows: [LedgerRow]
    }

    /// A transaction with its sync costs as much as a hundred rows, and only a receipt waits for it.
    private static let gatherMicroseconds: UInt32 = 2_000

    private let ledger: Ledger
    private let answer: @Sendable (Coordinator.Event) -> Void
    private let logger: Logger
    private let requests = Mutex<[Request]>([])
    /// Leases to write with the next rows.
    private let leases = Mutex<[LedgerRow]>([])
    private let queue = DispatchQueue(label: "probesweep.ledger", qos: .userInitiated)

    /// - Parameter answer: told the outcome of every commit, from the writer's thread.
    init(_ ledger: Ledger, logger: Logger, answer: @escaping @Sendable (Coordinator.Event) -> Void) {
        self.ledger = ledger
        self.logger = logger
        self.answer = answer
    }

    func commit(_ commit: CommitID, _ rows: [LedgerRow]) {
        let isFirst = requests.withLock { requests in
            requests.append(Request(commit: commit, rows: rows))
            return requests.count == 1
        }
        guard isFirst else { return }
        queue.async {
            usleep(Self.gatherMicroseconds)
            self.writeWhatGathered()
        }
    }

    /// Writes a lease with the next commit, at the latest that of its first result.
    func record(_ lease: Lease, of holder: LeaseHolder) {
        let record = IssuedLease(attempt: lease.attempt, holder: holder, units: lease.units)
        let isFirst = leases.withLock { leases in
            leases.append(.lease(record))
            return leases.count == 1
        }
        if isFirst { queue.async { self.writeWhatGathered() } }
    }

    /// Best effort: this only saves a restarted coordinator time, so dispatch goes on if it fails.
    func remember(_ memory: WorkerMemory) {
        queue.async { [ledger, logger] in
            do {
                switch memory {
                case .present(let name): try ledger.remember(worker: name, isPresent: true)
                case .absent(let name): try ledger.remember(worker: name, isPresent: false)
                case .suspended(let host): try ledger.suspend(host)
                case .resumed(let machine): try ledger.resume(host: machine)
                }
            } catch {
                logger.warning(
                    "worker not noted in the ledger", metadata: ["note": "\(memory)", "problem": "\(error)"])
            }
        }
    }

    /// Writes down what was learned since the last time.
    func remember(_ learnedCosts: LearnedCosts, since last: LearnedCosts) {
        let kinds = learnedCosts.corrections.filter { last.corrections[$0.key] != $0.value }
            .map { CostKindRecord(kind: $0.key, correction: $0.value) }
        let speeds = learnedCosts.paces.filter { last.paces[$0.key] != $0.value }
            .map { WorkerSpeedRecord(worker: $0.key, pace: $0.value) }
        guard !kinds.isEmpty || !speeds.isEmpty else { return }
        queue.async { [ledger, logger] in
            do {
                try ledger.remember(kinds, speeds)
            } catch {
                logger.warning("experience not noted in the ledger", metadata: ["problem": "\(error)"])
            }
        }
    }

    var reader: LedgerReader { ledger.reader }

    /// - Parameter answer: told, from the writer's thread, when it is written, or why it is not.
    func cancel(_ sweep: SweepID, reason: String?, answer: @escaping @Sendable ((any Error)?) -> Void) {
        write(answer) { try $0.cancel(sweep, reason: reason) }
    }

    /// - Parameter answer: as of ``cancel(_:reason:answer:)``.
    func prioritise(_ sweep: SweepID, _ priority: Int, answer: @escaping @Sendable ((any Error)?) -> Void) {
        write(answer) { try $0.setPriority(priority, of: sweep) }
    }

    private func write(
        _ answer: @escaping @Sendable ((any Error)?) -> Void, _ change: @escaping @Sendable (Ledger) throws -> Void
    ) {
        queue.async { [ledger] in
            do {
                try change(ledger)
                answer(nil)
            } catch {
                answer(error)
            }
        }
    }

    /// Writes everything that is queued.
    func close() { queue.sync { writeWhatGathered() } }

    private func writeWhatGathered() {
        let gathered = requests.withLock { requests in
            defer { requests = [] }
            return requests
        }
        let issued = leases.withLock { leases in
            defer { leases = [] }
            return leases
        }
        guard !gathered.isEmpty || !issued.isEmpty else { return }
        do {
            try ledger.commit(issued + gathered.flatMap(\.rows)) {
                if !gathered.isEmpty { CrashPoint.reached(.written) }
            }
            if !gathered.isEmpty { CrashPoint.reached(.committed) }
            for request in gathered { answer(.committed(request.commit)) }
        } catch {
            write(issued)
            // One request that breaks a rule must not hold up the others.
            for request in gathered { writeAlone(request) }
        }
    }

    /// Leases wait for the next transaction if the ledger takes nothing now.
    private func write(_ issued: [LedgerRow]) {
        do {
            for (_, error) in try ledger.commitPossible(issued) {
                logger.error("lease refused by the ledger", metadata: ["problem": "\(error)"])
            }
        } catch {
            leases.withLock { $0 = issued + $0 }
        }
    }

    private func writeAlone(_ request: Request) {
        do {
            try ledger.commit(request.rows)
            answer(.committed(request.commit))
        } catch  where error.isFaultOfRows {
            writePossible(request)
        } catch {
            answer(.commitFailed(request.commit, reason: "\(error)"))
        }
    }

    /// One row that can never be written must not hold up the others.
    private func writePossible(_ request: Request) {
        do {
            let refused = try ledger.commitPossible(request.rows)
            var results: [UnitKey: String] = [:]
            for (row, error) in refused {
                logger.error("row refused by the ledger", metadata: ["row": "\(row)", "problem": "\(error)"])
                if case .result(let key, _, _, _) = row { results[key] = "\(error)" }
            }
            answer(results.isEmpty ? .committed(request.commit) : .commitRefused(request.commit, results))
        } catch {
            answer(.commitFailed(request.commit, reason: "\(error)"))
        }
    }

    /// Removes results, and tells `resultsDiscarded` of every active sweep that has their units.
    ///
    /// On the writer's thread, so that the coordinator hears of commits and removals in the order in which the ledger
    /// saw them. It may take a while: not to be called from the coordinator's thread.
    func discard(_ selection: ResultSelection, of sweep: SweepID) throws {
        try queue.sync {
            for submission in try SweepSubmission.discarded(
                try ledger.discard(selection, of: sweep, members: UnitMembers.Name.ofInputs), in: ledger.reader)
            {
                answer(.resultsDiscarded(submission))
            }
        }
    }
}
