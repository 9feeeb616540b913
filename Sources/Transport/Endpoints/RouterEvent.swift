/// Events of the coordinator's endpoint.
package enum RouterEvent: Sendable {
    /// A valid message of a peer whose key permits it.
    case message(WireToCoordinator, from: Connection)
    /// A message that breaks the rules; it was dropped.
    case malformed(TransportError, from: Connection)
    /// Malformed lines of the allow list, which admit nobody; empty once it is correct again.
    case allowListProblems([String])
    /// The connection is gone: nothing sent to it from now on arrives. At most one for each connection.
    case lost(ConnectionID, LossReason)
}

/// Where a message came from.
package struct Connection: Hashable, Sendable {
    package var id: ConnectionID
    /// The authenticated peer; nil on endpoints without keys.
    package var peer: Peer?
}

package enum LossReason: String, Sendable {
    /// Its process ended, its network failed or it stopped answering pings.
    case disconnected
    /// It does not read what it is sent.
    case congested
    /// Its key is no longer on the allow list.
    case revoked
}

/// Counters since the endpoint was opened.
package struct RouterStatistics: Sendable, Equatable {
    package var connections = 0
    package var messagesReceived = 0
    package var messagesSent = 0
    /// Messages dropped because they break the protocol, or because their sender's key was revoked or its loss
    /// reported.
    package var messagesDropped = 0
    /// Connections that the coordinator ended itself: of revoked keys, and of peers that did not read what they were
    /// sent.
    package var connectionsCut = 0
    /// Handshakes of keys that are not on the allow list.
    package var handshakesRefused = 0
}
