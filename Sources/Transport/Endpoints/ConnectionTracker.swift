/// Which connections are alive, from the descriptors that messages came in on and the monitor's events.
///
/// ZeroMQ 4.3 does not tell a router which peer it lost, only the descriptor of the lost connection, and descriptors
/// are reused. The rules below never take a living connection for lost. They notice a death late if a connection sent
/// its first message and died, and its descriptor was reused, before that message was read; then the next message to
/// it, the newcomer's first message or the coordinator's own silence limit reveals it.
///
/// A turn reads messages, then events. So an event from before a message is never handled after that message's turn;
/// but messages from before an event may still be unread in that event's turn.
struct ConnectionTracker {
    /// How much of the queued messages a turn read.
    enum Reading: Equatable {
        /// Nothing: backpressure, the consumer is behind.
        case paused
        /// A turn's worth; more may be queued.
        case partial
        /// Everything.
        case drained
    }

    /// The connection of each descriptor.
    private var connections: [Int32: ConnectionID] = [:]
    private var descriptors: [ConnectionID: Int32] = [:]
    /// Descriptors that were closed and not reused yet.
    private var closed: Set<Int32> = []
    /// Connections that the coordinator dropped and whose end ZeroMQ has not announced yet.
    private var abandoned: Set<ConnectionID> = []
    /// Lost connections whose last messages may still be unread.
    private var departing: [ConnectionID] = []
    /// Lost connections that were reported while some of their messages may still have been unread.
    private var departed: Set<ConnectionID> = []

    /// Connections that are alive.
    var count: Int { descriptors.count - abandoned.count }

    func contains(_ connection: ConnectionID) -> Bool {
        descriptors[connection] != nil && !abandoned.contains(connection)
    }

    /// Whether a loss was reported: nothing that still arrives from there counts.
    func hasEnded(_ connection: ConnectionID) -> Bool {
        abandoned.contains(connection) || departed.contains(connection)
    }

    /// Whether the next turn may have a loss to report even if nothing arrives.
    var isExpectingLoss: Bool { !departing.isEmpty }

    /// Processes what one turn read and returns the connections to report as lost, after the turn's messages.
    ///
    /// A loss is reported a turn after its event at the earliest: last messages may have arrived between the turn's
    /// reading and the event.
    mutating func onTurn(
        senders: [(connection: ConnectionID, descriptor: Int32)], events: [SocketMonitor.Event], reading: Reading
    ) -> [ConnectionID] {
        let before = (departing: departing, departed: departed)
        take(events)
        register(senders)
        switch reading {
        case .paused: return []
        case .partial:
            // ZeroMQ serves peers round-robin, so a peer that is absent from a whole turn has nothing left to read.
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

    /// Forgets a connection that ZeroMQ cannot reach any more. The next turns report it, after its last messages.
    mutating func onUnreachable(_ connection: ConnectionID) {
        guard contains(connection), let descriptor = descriptors[connection] else { return }
        lose(descriptor)
    }

    /// Drops a living connection; the caller reports the loss at once.
    /// - Returns: its descriptor, to be shut down; nil for a connection that is not alive.
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
                // An engine that ends without an event has still closed its descriptor.
                lose(descriptor)
            case .connectFailed, .handshakeSucceeded, .handshakeRefused, .handshakeFailed:
                break
            }
        }
    }

    private mutating func register(_ senders: [(connection: ConnectionID, descriptor: Int32)]) {
        for (connection, descriptor) in senders where isNew(connection) {
            // Two connections never share a descriptor: the earlier one is dead, even if its event is still to come.
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
