import CZeroMQ

/// The settings of a socket; docs/protocol.md explains each.
package struct SocketOptions: Sendable, Equatable {
    /// Messages that ZeroMQ queues to send to one peer.
    package var sendHighWaterMark: Int32 = 1_000
    /// Messages that ZeroMQ queues from one peer; times ``maximumFrame`` this bounds the memory that a peer can fill.
    package var receiveHighWaterMark: Int32 = 1_000
    /// Bytes of the largest accepted frame; a peer that sends a larger one is disconnected.
    package var maximumFrame: Int = 4 << 20
    /// The pause between two pings on an idle connection.
    package var heartbeatInterval: Duration = .seconds(1)
    /// A connection that is silent for this long is closed.
    package var heartbeatTimeout: Duration = .seconds(3)
    /// How long a closing socket tries to deliver what it holds.
    package var linger: Duration = .seconds(2)
    /// The first pause before reconnecting; it doubles up to `reconnectMaximum`.
    package var reconnectInterval: Duration = .milliseconds(100)
    package var reconnectMaximum: Duration = .seconds(5)
    /// Time limit of an attempt to connect, after which it is made again.
    package var connectTimeout: Duration = .seconds(5)
    /// Time limit of a peer's handshake, after which it is disconnected.
    package var handshakeTimeout: Duration = .seconds(5)
    /// Connections that may wait to be accepted: a whole cluster may start at once.
    package var acceptQueue: Int32 = 4_096

    /// For the coordinator: a frame holds the results of many units, never a table.
    package static var router: SocketOptions {
        var options = SocketOptions()
        options.receiveHighWaterMark = 64
        return options
    }

    /// For workers and clients. They authenticate the coordinator by its key, and its tables and leases are large.
    package static var dealer: SocketOptions {
        var options = SocketOptions()
        options.maximumFrame = 64 << 20
        return options
    }

    package init() {}

    func apply(to socket: borrowing Socket) throws(TransportError) {
        try socket.set(ZMQ_SNDHWM, to: sendHighWaterMark)
        try socket.set(ZMQ_RCVHWM, to: receiveHighWaterMark)
        try socket.set(ZMQ_MAXMSGSIZE, toLong: Int64(maximumFrame))
        try socket.set(ZMQ_HEARTBEAT_IVL, to: heartbeatInterval.wholeMilliseconds)
        try socket.set(ZMQ_HEARTBEAT_TIMEOUT, to: heartbeatTimeout.wholeMilliseconds)
        try socket.set(ZMQ_HEARTBEAT_TTL, to: heartbeatTimeout.wholeMilliseconds)
        try socket.set(ZMQ_LINGER, to: linger.wholeMilliseconds)
        try socket.set(ZMQ_RECONNECT_IVL, to: reconnectInterval.wholeMilliseconds)
        try socket.set(ZMQ_RECONNECT_IVL_MAX, to: reconnectMaximum.wholeMilliseconds)
        try socket.set(ZMQ_CONNECT_TIMEOUT, to: connectTimeout.wholeMilliseconds)
        try socket.set(ZMQ_HANDSHAKE_IVL, to: handshakeTimeout.wholeMilliseconds)
        try socket.set(ZMQ_TCP_KEEPALIVE, to: 1)
        try socket.set(ZMQ_BACKLOG, to: acceptQueue)
    }
}

extension Duration {
    var wholeMilliseconds: Int32 {
        Int32(clamping: components.seconds * 1_000 + components.attoseconds / 1_000_000_000_000_000)
    }
}
