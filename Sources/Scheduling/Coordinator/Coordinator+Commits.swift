import Identities
import OrderedCollections

// Commits to the ledger.

extension Coordinator {
    /// Orders this event's rows to be written, unless the ledger takes none at the moment.
    mutating func orderCommit() {
        guard let id = commits.close(), let batch = commits[id] else { return }
        if commits.refusal == nil {
            order(.commit(id, batch.rows))
        } else {
            commits.hold(id)
        }
    }

    mutating func onCommitted(_ id: CommitID) {
        guard let batch = commits.remove(id) else { return }
        conclude(batch)
    }

    /// Completes what waited for the rows of a batch.
    mutating func conclude(_ batch: CommitBatch) {
        var touched: Set<Int32> = []
        for unit in batch.finished {
            move(unit, to: .done)
            touched.insert(units[unit].wanted)
        }
        // A unit may have finished after all while its quarantine was being written.
        for unit in batch.quarantining where units[unit].state == .quarantining {
            move(unit, to: .quarantined)
            touched.insert(units[unit].wanted)
        }
        for (worker, receipts) in batch.receipts { acknowledge(Array(receipts), to: worker) }
        if commits.refusal != nil { resumeCommits() }
        announceFinished(Set(touched.flatMap { sweeps.sets[Int($0)] }).sorted())
    }

    /// A worker that is away sends its reports again when it is back, and gets their receipts then.
    private mutating func acknowledge(_ receipts: [Receipt], to worker: WorkerID) {
        guard let slot = workers.slot(of: worker), let address = workers[slot].address else { return }
        order(.acknowledge(address, receipts))
    }

    mutating func onCommitFailed(_ id: CommitID, _ reason: String) {
        guard commits[id] != nil else { return }
        commits.hold(id)
        pause(reason)
    }

    mutating func onLeaseNotSent(_ attempt: Attempt, _ reason: String) {
        guard let lease = leases.slot(of: attempt) else { return }
        giveBack(lease)
        pause(reason)
    }

    private mutating func pause(_ reason: String) {
        if commits.refusal == nil { note(.paused(reason: reason)) }
        commits.refusal = reason
        // Commits that were in flight together fail together; that counts as one refusal.
        guard commits.retryAt == .distantFuture else { return }
        commits.retryDelay = min(
            max(commits.retryDelay * 2, settings.commitRetryDelay), 10 * settings.commitRetryDelay)
        commits.retryAt = now + commits.retryDelay
    }

    /// Retries the oldest batch when its time has come; the others wait for its success.
    mutating func retryCommits() {
        guard commits.refusal != nil, commits.retryAt <= now else { return }
        // If only leases were refused, the next lease is the retry.
        guard let id = commits.held.min(), let batch = commits[id] else { return resumeCommits() }
        commits.retryAt = .distantFuture
        order(.commit(id, batch.rows))
    }

    private mutating func resumeCommits() {
        commits.refusal = nil
        commits.retryAt = .distantFuture
        commits.retryDelay = 0
        note(.resumed)
        for id in commits.takeHeld() {
            if let batch = commits[id] { order(.commit(id, batch.rows)) }
        }
    }
}
