import CZeroMQ
import Foundation

/// The events of a socket's connections, in order.
///
/// ZeroMQ announces a lost connection here before it closes its descriptor, and an accepted one before its first
/// message can arrive. Reading messages first and events afterwards therefore shows every event that came before those
/// messages; ``ConnectionTracker`` relies on this.
struct SocketMonitor: ~Copyable {
    enum Event: Equatable, Sendable {
        case accepted(descriptor: Int32)
        case disconnected(descriptor: Int32)
        /// An attempt to connect failed, also where a name has no address; ZeroMQ tries again by itself.
        case connectFailed
        case handshakeSucceeded
        /// The other side rejected this peer, with the status that its authenticator gave (400: not allowed).
        case handshakeRefused(status: Int32)
        /// The handshake failed: the other side has no such key, or is not ZeroMQ.
        case handshakeFailed
    }

    private static let watched =
        ZMQ_EVENT_ACCEPTED | ZMQ_EVENT_DISCONNECTED | ZMQ_EVENT_CONNECT_RETRIED | ZMQ_EVENT_HANDSHAKE_SUCCEEDED
        | ZMQ_EVENT_HANDSHAKE_FAILED_AUTH | ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL | ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL

    let socket: Socket

    static func watch(_ watched: borrowing Socket, in context: Context) throws(TransportError) -> SocketMonitor {
        let endpoint = "inproc://monitor"
        guard zmq_socket_monitor(watched.handle, endpoint, Self.watched) == 0 else {
            throw .lastError(of: "zmq_socket_monitor", on: endpoint)
        }
        let socket = try Socket.open(.pair, in: context)
        // The default bound would block ZeroMQ's I/O thread on the reader.
        try socket.set(ZMQ_RCVHWM, to: 0)
        try socket.set(ZMQ_LINGER, to: 0)
        try socket.connect(endpoint)
        return SocketMonitor(socket: socket)
    }

    private init(socket: consuming Socket) { self.socket = socket }

    /// Every queued event.
    borrowing func drain() -> [Event] {
        var events: [Event] = []
        while let frames = socket.receiveMessage() {
            guard let bytes = frames.first?.bytes, bytes.count == 6 else { continue }
            let (kind, value) = bytes.withUnsafeBytes {
                ($0.loadUnaligned(as: UInt16.self), $0.loadUnaligned(fromByteOffset: 2, as: Int32.self))
            }
            if let event = Self.event(kind: Int32(kind), value: value) { events.append(event) }
        }
        return events
    }

    private static func event(kind: Int32, value: Int32) -> Event? {
        switch kind {
        case ZMQ_EVENT_ACCEPTED: .accepted(descriptor: value)
        case ZMQ_EVENT_DISCONNECTED: .disconnected(descriptor: value)
        case ZMQ_EVENT_CONNECT_RETRIED: .connectFailed
        case ZMQ_EVENT_HANDSHAKE_SUCCEEDED: .handshakeSucceeded
        case ZMQ_EVENT_HANDSHAKE_FAILED_AUTH: .handshakeRefused(status: value)
        case ZMQ_EVENT_HANDSHAKE_FAILED_NO_DETAIL, ZMQ_EVENT_HANDSHAKE_FAILED_PROTOCOL: .handshakeFailed
        default: nil
        }
    }
}
