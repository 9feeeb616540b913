import DequeModule

/// Workers that could take a lease: idle ones before those that would prefetch.
struct ReadyQueue: Sendable, Codable {
    /// Where a worker stands in line.
    enum Place: UInt8, Sendable, Codable {
        case none
        case idle
        case fetching
        /// No pending unit suits it.
        case parked
    }

    struct Entry: Sendable, Codable {
        var worker: WorkerSlot
        var serial: Int
    }

    private struct Rest: Comparable, Sendable, Codable {
        var end: Instant
        var entry: Entry

        // Ties go to whoever joined first, independent of the heap's history.
        private var order: (Instant, Int, WorkerSlot) { (end, entry.serial, entry.worker) }
        static func < (first: Rest, second: Rest) -> Bool { first.order < second.order }
        static func == (first: Rest, second: Rest) -> Bool { first.order == second.order }
    }

    /// An entry is valid only while its worker says that it stands there.
    private(set) var idle = Deque<Entry>()
    private(set) var fetching = Deque<Entry>()
    private(set) var parked: [Entry] = []
    private var resting = AgendaHeap<Rest>()
    /// Something became pending, or the set of workers changed: retry parked workers.
    var mustRetry = false

    var earliestRest: Instant { resting.min?.end ?? .distantFuture }

    mutating func append(_ entry: Entry, to place: Place) {
        switch place {
        case .none: break
        case .idle: idle.append(entry)
        case .fetching: fetching.append(entry)
        case .parked: parked.append(entry)
        }
    }

    mutating func popIdle() -> Entry? { idle.popFirst() }

    mutating func prependIdle(_ entry: Entry) { idle.prepend(entry) }

    mutating func popFetching() -> Entry? { fetching.popFirst() }

    mutating func takeParked() -> [Entry] {
        defer { parked = [] }
        return parked
    }

    mutating func rest(_ worker: WorkerSlot, serial: Int, until end: Instant) {
        resting.insert(Rest(end: end, entry: Entry(worker: worker, serial: serial)))
    }

    /// The next worker whose rest is over.
    mutating func popRested(at now: Instant) -> Entry? {
        guard let first = resting.min, first.end <= now else { return nil }
        return resting.popMin()?.entry
    }
}
