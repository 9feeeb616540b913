/// Which connections are alive, from the descriptors that messages came in on and the monitor's events.
///
/// ZeroMQ 4.3 does not tell a router which peer it lost, only the descriptor of the lost connection, and descriptors are
/// used again. The rules below never take a living connection for lost. They notice a death late where a connection said its
/// first word and died, and its descriptor was given away, before the word was read; then the next message to it, the
/// newcomer's first word or the coordinator's own limit of silence tells.
///
/// A turn is: read messages, then events. An event that came before a message is therefore never handled after the turn of
/// that message; but messages that came before an event may still be unread in the turn of that event.
struct ConnectionTracker {
    /// How much of what waited a turn read.
    enum Reading: Equatable {
        /// Nothing: the consumer is behind.
        case paused
        /// A turn's worth; more may be waiting.
        case partial
        /// Everything.
        case drained
    }

    /// The connection of each descriptor.
    private var connections: [Int32: ConnectionID] = [:]
    private var descriptors: [ConnectionID: Int32] = [:]
    /// Descriptors that were given back and not given out again.
    private var closed: Set<Int32> = []
    /// Connections that the coordinator gave up and whose end ZeroMQ has not announced yet.
    private var abandoned: Set<ConnectionID> = []
    /// Lost connections whose last words may still be unread.
    private var departing: [ConnectionID] = []
    /// Lost connections that were reported while some of their words may still have been unread.
    private var departed: Set<ConnectionID> = []

    /// Connections that are alive.
    var count: Int { descriptors.count - abandoned.count }

    func contains(_ connection: ConnectionID) -> Bool {
        descriptors[connection] != nil && !abandoned.contains(connection)
    }

    /// Whether a loss was reported: nothing that still comes from there counts.
    func hasEnded(_ connection: ConnectionID) -> Bool {
        abandoned.contains(connection) || departed.contains(connection)
    }

    /// Whether the next turn may have a loss to report even if nothing arrives.
    var isExpectingLoss: Bool { !departing.isEmpty }

    /// Takes in what one turn read and returns the connections to report as lost, after the turn's messages.
    ///
    /// A loss is reported a turn after its event at the soonest: last words may have come between the turn's reading and
    /// the event.
    mutating func onTurn(
        senders: [(connection: ConnectionID, descriptor: Int32)], events: [SocketMonitor.Event], reading: Reading
    ) -> [ConnectionID] {
        let before = (departing: departing, departed: departed)
        take(events)
        register(senders)
        switch reading {
        case .paused: return []
        case .partial:
            // ZeroMQ takes its peers' messages in rotation, so that one who is not heard in a whole turn has said all.
            let heard = Set(senders.map(\.connection))
            let silent = before.departing.filter { !heard.contains($0) }
            departing.removeAll { silent.contains($0) }
            departed.formUnion(silent)
            return silent
        case .drained:
            departing.removeFirst(before.departing.count)
            departed.subtract(before.departed)
            return before.departing
        }
    }

    /// Forgets a connection that ZeroMQ cannot reach any more. The next turns report it, after its last words.
    mutating func onUnreachable(_ connection: ConnectionID) {
        guard contains(connection), let descriptor = descriptors[connection] else { return }
        lose(descriptor)
    }

    /// Gives up a living connection, whose loss the caller reports at once.
    /// - Returns: its descriptor, which is to be shut down; nil for a connection that is not alive.
    mutating func abandon(_ connection: ConnectionID) -> Int32? {
        guard contains(connection) else { return nil }
        abandoned.insert(connection)
        return descriptors[connection]
    }

    private mutating func take(_ events: [SocketMonitor.Event]) {
        for event in events {
            switch event {
            case .disconnected(let descriptor):
                closed.insert(descriptor)
                lose(descriptor)
            case .accepted(let descriptor):
                closed.remove(descriptor)
                // An engine that ends without an event still gave its descriptor back.
                lose(descriptor)
            case .handshakeSucceeded, .handshakeRefused, .handshakeFailed:
                break
            }
        }
    }

    private mutating func register(_ senders: [(connection: ConnectionID, descriptor: Int32)]) {
        for (connection, descriptor) in senders where isNew(connection) {
            // Two connections never live on one descriptor: the earlier is dead, even if its event is still to come.
            let isReplaced = connections[descriptor]?.isLater(than: connection) ?? false
            if closed.contains(descriptor) || isReplaced {
                departing.append(connection)
                continue
            }
            lose(descriptor)
            connections[descriptor] = connection
            descriptors[connection] = descriptor
        }
    }

    private func isNew(_ connection: ConnectionID) -> Bool {
        descriptors[connection] == nil && !departed.contains(connection) && !departing.contains(connection)
    }

    private mutating func lose(_ descriptor: Int32) {
        guard let connection = connections.removeValue(forKey: descriptor) else { return }
        descriptors[connection] = nil
        if abandoned.remove(connection) == nil {
            departing.append(connection)
        } else {
            departed.insert(connection)
        }
    }
}
