/// Events of a worker's or client's endpoint.
package enum DealerEvent: Sendable {
    /// There is a new connection to the coordinator, the first or after a loss: say hello, and send what is still held.
    case connected
    /// The connection is lost; ZeroMQ reconnects by itself. What was sent and not answered may never have arrived.
    case disconnected
    /// The coordinator, or whatever listens there, rejected this peer; ZeroMQ retries by itself.
    case refused(RefusalReason)
    case message(WireFromCoordinator)
    /// The coordinator's keys are changing; what the key file needs was done, or is to be done by hand.
    case coordinatorKey(CoordinatorKeyNotice)
    /// A message that breaks the rules; it was dropped.
    case malformed(TransportError)
}

package enum RefusalReason: Sendable, Equatable, CustomStringConvertible {
    /// The coordinator does not, or no longer, know this peer's key.
    case notAllowed
    /// The other end does not hold the secret of the coordinator's public key, or is not a ZeroMQ endpoint with CURVE.
    case handshakeFailed

    package var description: String {
        switch self {
        case .notAllowed:
            "this key is not on the coordinator's allow list"
        case .handshakeFailed:
            "the handshake failed: the other end does not hold the coordinator's key that the key file names"
        }
    }
}
