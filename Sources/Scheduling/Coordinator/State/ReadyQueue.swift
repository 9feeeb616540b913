import DequeModule

/// Workers that could take a lease: idle ones before those that would prefetch.
struct ReadyQueue: Sendable, Codable {
    /// Which list a worker is in.
    enum Membership: UInt8, Sendable, Codable {
        case none
        case idle
        case prefetching
        /// No pending unit suits it.
        case parked
    }

    struct Entry: Sendable, Codable {
        var worker: WorkerSlot
        var serial: Int
    }

    private struct Backoff: Comparable, Sendable, Codable {
        var end: Instant
        var entry: Entry

        // Ties go to whoever joined first, independent of the heap's history.
        private var order: (Instant, Int, WorkerSlot) { (end, entry.serial, entry.worker) }
        static func < (first: Backoff, second: Backoff) -> Bool { first.order < second.order }
        static func == (first: Backoff, second: Backoff) -> Bool { first.order == second.order }
    }

    /// Deletion is lazy: an entry is valid only while its worker's `membership` agrees.
    private(set) var idle = Deque<Entry>()
    private(set) var prefetching = Deque<Entry>()
    private(set) var parked: [Entry] = []
    private var backoffs = DeadlineQueue<Backoff>()
    /// Something became pending, or the set of workers changed: retry parked workers.
    var mustRetry = false

    var earliestBackoffEnd: Instant { backoffs.min?.end ?? .distantFuture }

    mutating func append(_ entry: Entry, to membership: Membership) {
        switch membership {
        case .none: break
        case .idle: idle.append(entry)
        case .prefetching: prefetching.append(entry)
        case .parked: parked.append(entry)
        }
    }

    mutating func popIdle() -> Entry? { idle.popFirst() }

    mutating func prependIdle(_ entry: Entry) { idle.prepend(entry) }

    mutating func popPrefetching() -> Entry? { prefetching.popFirst() }

    mutating func takeParked() -> [Entry] {
        defer { parked = [] }
        return parked
    }

    mutating func backOff(_ worker: WorkerSlot, serial: Int, until end: Instant) {
        backoffs.insert(Backoff(end: end, entry: Entry(worker: worker, serial: serial)))
    }

    /// The next worker whose backoff is over.
    mutating func popBackedOff(at now: Instant) -> Entry? {
        guard let first = backoffs.min, first.end <= now else { return nil }
        return backoffs.popMin()?.entry
    }
}
