import Foundation

/// One connection to the coordinator. A peer that reconnects is a new one, so that an id is never shared or stolen.
public struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    let routingID: Data

    /// Nil for an id that the peer chose itself: only ZeroMQ's own ids, which begin with a zero, are unique.
    init?(routingID: Data) {
        guard routingID.count == 5, routingID.first == 0 else { return nil }
        self.routingID = routingID
    }

    public var description: String {
        routingID.dropFirst().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}

/// Which connections are alive, from the descriptors that messages came in on and the monitor's events.
///
/// ZeroMQ 4.3 does not tell a router which peer it lost, only the descriptor of the lost connection, and descriptors are
/// used again. The rules below never take a living connection for lost. They may notice a death late, when a connection
/// said its first word and died and its descriptor was given away, all between two turns; then the next message to it or
/// the coordinator's own limit of silence tells.
///
/// A turn is: read messages, then events. An event that came before a message is therefore never handled after the turn of
/// that message.
struct ConnectionTracker {
    /// The living connection of each descriptor.
    private var connections: [Int32: ConnectionID] = [:]
    private var descriptors: [ConnectionID: Int32] = [:]

    var count: Int { descriptors.count }

    func contains(_ connection: ConnectionID) -> Bool { descriptors[connection] != nil }

    var all: some Collection<ConnectionID> { descriptors.keys }

    /// Takes in what one turn read and returns the connections that it lost. Report them after the turn's messages.
    mutating func onTurn(
        senders: [(connection: ConnectionID, descriptor: Int32)], events: [SocketMonitor.Event]
    ) -> [ConnectionID] {
        var lost: [ConnectionID] = []
        var closed: Set<Int32> = []
        for event in events {
            switch event {
            case .disconnected(let descriptor):
                closed.insert(descriptor)
                if let connection = release(descriptor) { lost.append(connection) }
            case .accepted(let descriptor):
                closed.remove(descriptor)
                // An engine that ends without an event still gave its descriptor back.
                if let connection = release(descriptor) { lost.append(connection) }
            case .handshakeSucceeded, .handshakeRefused, .handshakeFailed:
                break
            }
        }
        for (connection, descriptor) in senders where descriptors[connection] == nil && !lost.contains(connection) {
            if closed.contains(descriptor) {
                lost.append(connection)
                continue
            }
            // Two connections never live on one descriptor: the other one is dead, even if its event is still to come.
            if let previous = release(descriptor) { lost.append(previous) }
            connections[descriptor] = connection
            descriptors[connection] = descriptor
        }
        return lost
    }

    /// Forgets a connection that cannot be reached or is not wanted. Returns whether it was known.
    mutating func remove(_ connection: ConnectionID) -> Bool {
        guard let descriptor = descriptors.removeValue(forKey: connection) else { return false }
        connections[descriptor] = nil
        return true
    }

    private mutating func release(_ descriptor: Int32) -> ConnectionID? {
        guard let connection = connections.removeValue(forKey: descriptor) else { return nil }
        descriptors[connection] = nil
        return connection
    }
}
