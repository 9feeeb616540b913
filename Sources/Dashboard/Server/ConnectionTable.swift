/// The open connections of a server: which request gets the next slot, and which connection has to go for a new one.
///
/// Slots are for requests that were accepted, so that a connection that says nothing takes none. They go round the
/// peers, and where there are too many connections, the slowest of the peer with the most of them is closed.
struct ConnectionTable {
    typealias ID = Int
    typealias Instant = ContinuousClock.Instant

    /// Where a connection is between its beginning and its end.
    enum Stage: Equatable {
        /// Its request is arriving.
        case receiving
        /// Its request was accepted and waits for a slot.
        case waiting
        /// Its response is being made, in a slot.
        case answering
        /// Its response is being sent.
        case sending
        /// Everything was sent; what the peer still sends is dropped.
        case draining
        /// It is sent updates until its end.
        case streaming

        /// Whether it goes on when the peer does something, and not when this program does.
        var isUpToPeer: Bool { self == .receiving || self == .sending || self == .draining }
        /// Whether its socket is watched.
        var isWatched: Bool { isUpToPeer || self == .streaming }
    }

    struct Entry {
        /// The address of the other end, without its port.
        let peer: String
        var stage: Stage
        /// When it is given up; nil where nothing is awaited of the peer.
        var deadline: Instant?
    }

    /// By number; numbers are in the order of arrival.
    private(set) var entries: [ID: Entry] = [:]
    private let connections: Int
    private let slots: Int
    private let streams: Int
    private var arrivals = 0

    /// - Parameters:
    ///   - connections: how many may be open beside the streams.
    ///   - slots: how many responses may be made at the same time.
    ///   - streams: how many may be sent updates at the same time.
    init(connections: Int, slots: Int, streams: Int) {
        self.connections = connections
        self.slots = slots
        self.streams = streams
    }

    var isFull: Bool { entries.count - streaming.count >= connections }

    var hasRoomForStream: Bool { streaming.count < streams }

    /// The connections that are sent updates.
    var streaming: [ID] { entries.filter { $0.value.stage == .streaming }.keys.sorted() }

    /// The connection to close for a new one: of the peer that has the most that are up to it, the oldest. Nil if none
    /// is up to its peer.
    var slowest: ID? {
        let candidates = entries.filter { $0.value.stage.isUpToPeer }
        let counts = Dictionary(candidates.map { ($0.value.peer, 1) }, uniquingKeysWith: +)
        return candidates.min { first, second in
            let (most, fewer) = (counts[first.value.peer] ?? 0, counts[second.value.peer] ?? 0)
            return most != fewer ? most > fewer : first.key < second.key
        }?.key
    }

    /// The waiting request that gets a free slot: of the peer that has the fewest slots, the oldest. Nil if no slot is
    /// free or nothing waits.
    var next: ID? {
        let held = Dictionary(
            entries.values.filter { $0.stage == .answering }.map { ($0.peer, 1) }, uniquingKeysWith: +)
        guard held.values.reduce(0, +) < slots else { return nil }
        return entries.filter { $0.value.stage == .waiting }.min { first, second in
            let (few, more) = (held[first.value.peer] ?? 0, held[second.value.peer] ?? 0)
            return few != more ? few < more : first.key < second.key
        }?.key
    }

    /// The first deadline of all connections that are watched.
    var firstDeadline: Instant? { entries.values.filter(\.stage.isWatched).compactMap(\.deadline).min() }

    func expired(at now: Instant) -> [ID] {
        entries.filter { _, entry in
            guard entry.stage.isWatched, let deadline = entry.deadline else { return false }
            return deadline <= now
        }.keys.sorted()
    }

    /// A new connection, whose request is arriving.
    mutating func admit(from peer: String, until deadline: Instant) -> ID {
        arrivals += 1
        entries[arrivals] = Entry(peer: peer, stage: .receiving, deadline: deadline)
        return arrivals
    }

    /// - Parameter deadline: nil for the one that it has.
    mutating func move(_ id: ID, to stage: Stage, until deadline: Instant? = nil) {
        entries[id]?.stage = stage
        if let deadline { entries[id]?.deadline = deadline }
    }

    /// Something waits for the peer of a stream to take it, until the first deadline that it got; or nothing does.
    mutating func expect(_ id: ID, until deadline: Instant?) {
        let known = entries[id]?.deadline
        entries[id]?.deadline = deadline.map { known ?? $0 }
    }

    mutating func remove(_ id: ID) { entries[id] = nil }
}
