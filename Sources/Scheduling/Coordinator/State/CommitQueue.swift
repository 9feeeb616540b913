import Identities
import OrderedCollections

/// Rows to be committed, with everything that waits for them.
struct CommitBatch: Sendable, Codable {
    @WithoutResults var rows: [LedgerRow] = []
    /// Units whose result is among the rows.
    var finished: [UnitIndex] = []
    /// Units whose quarantine is among the rows.
    var quarantining: [UnitIndex] = []
    /// Failures of those that finished, in case the ledger refuses their results.
    var failureHistories: [UnitIndex: FailureHistory] = [:]
    /// Receipts that are due once the rows are committed, by worker in the order of first mention.
    var receipts: OrderedDictionary<WorkerID, OrderedSet<Receipt>> = [:]
}

/// Batches that are in flight, and those that wait until the ledger takes rows again.
struct CommitQueue: Sendable, Codable {
    private(set) var batches: [CommitID: CommitBatch] = [:]
    private(set) var lastNumber: UInt64 = 0
    /// Batches that were not ordered yet, or that the ledger refused, oldest first.
    private(set) var held: [CommitID] = []
    /// The batch that the current event adds up to.
    var draft = CommitBatch()
    /// Which batch a unit's result is in.
    private(set) var batchOfUnit: [UnitIndex: CommitID] = [:]

    /// Why the ledger takes no rows, nil while it does.
    var refusal: String?
    var retryAt = Instant.distantFuture
    var retryDelay = 0.0

    subscript(id: CommitID) -> CommitBatch? { batches[id] }

    /// Turns the draft into a batch; nil if there is nothing to write.
    mutating func close() -> CommitID? {
        guard !draft.rows.isEmpty else { return nil }
        lastNumber += 1
        let id = CommitID(number: lastNumber)
        for unit in draft.finished { batchOfUnit[unit] = id }
        batches[id] = draft
        draft = CommitBatch()
        return id
    }

    mutating func remove(_ id: CommitID) -> CommitBatch? {
        guard let batch = batches.removeValue(forKey: id) else { return nil }
        for unit in batch.finished { batchOfUnit[unit] = nil }
        held.removeAll { $0 == id }
        return batch
    }

    mutating func hold(_ id: CommitID) {
        if batches[id] != nil, !held.contains(id) { held.append(id) }
    }

    mutating func takeHeld() -> [CommitID] {
        defer { held = [] }
        return held.sorted()
    }

    /// Adds a receipt that is due when the unit's result is committed.
    mutating func await(_ receipt: Receipt, for worker: WorkerID, unit: UnitIndex) {
        if let id = batchOfUnit[unit] {
            batches[id]?.receipts[worker, default: []].append(receipt)
        } else {
            draft.receipts[worker, default: []].append(receipt)
        }
    }
}
