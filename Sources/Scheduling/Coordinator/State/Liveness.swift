import OrderedCollections

/// A failure detector: when to check whether a peer is still alive.
///
/// A sign of life only sets an instant in the worker's record: ten thousand workers send ten thousand a second. A peer
/// is checked when it could first be dead, and entered again for when it could next be.
struct Liveness: Sendable, Codable {
    private struct Entry: Comparable, Sendable, Codable {
        var deadline: Instant
        var worker: WorkerSlot
        var serial: Int

        // Ties go to whoever joined first, independent of the heap's history.
        static func < (first: Entry, second: Entry) -> Bool {
            (first.deadline, first.serial, first.worker) < (second.deadline, second.serial, second.worker)
        }
    }

    private var entries = DeadlineQueue<Entry>()

    var earliest: Instant { entries.min?.deadline ?? .distantFuture }

    mutating func watch(_ worker: WorkerSlot, serial: Int, until deadline: Instant) {
        entries.insert(Entry(deadline: deadline, worker: worker, serial: serial))
    }

    /// The next peer that could be dead by now.
    mutating func popDue(at now: Instant) -> (worker: WorkerSlot, serial: Int)? {
        guard let first = entries.min, first.deadline <= now else { return nil }
        entries.popMin()
        return (first.worker, first.serial)
    }
}
