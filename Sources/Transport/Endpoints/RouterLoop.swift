import CZeroMQ
import Foundation
import Synchronization

/// The coordinator's polling thread: the only one that touches the ROUTER socket, its monitor and its authenticator.
final class RouterLoop {
    /// Messages that one turn reads at most before it looks at the rest of its duties.
    private static let turn = 512
    /// Bytes that may wait for one peer whose queue is full, before the peer is given up.
    private static let pendingLimit = 64 << 20

    let address: String
    private let shared: RouterShared
    private let socket: Socket
    private let monitor: SocketMonitor
    private let authenticator: Authenticator?
    private var tracker = ConnectionTracker()
    private var peers: [ConnectionID: Peer] = [:]
    private var pending: [ConnectionID: [Data]] = [:]
    private var statistics = RouterStatistics()
    /// Lost connections that are reported when their last messages have been read.
    private var departing: [ConnectionID] = []
    private var lastRefresh = ContinuousClock.now

    init(
        endpoint: String, security: RouterSecurity, options: SocketOptions, shared: RouterShared
    ) throws(TransportError) {
        self.shared = shared
        let context = try Context()
        let socket = try Socket.open(.router, in: context)
        try options.apply(to: socket)
        try socket.set(ZMQ_ROUTER_MANDATORY, to: 1)
        try security.apply(to: socket, endpoint: endpoint)
        monitor = try SocketMonitor.watch(socket, in: context)
        if case .curve(_, let allowed) = security {
            authenticator = try Authenticator(allowed: allowed, in: context)
        } else {
            authenticator = nil
        }
        try socket.bind(endpoint)
        address = try socket.lastEndpoint()
        self.socket = socket
    }

    func run() {
        while !shared.outbox.isClosed {
            wait()
            authenticator?.answer()
            send()
            receive()
            refreshAllowList()
            publishStatistics()
        }
        send()
        shared.mailbox.close()
        shared.ended.complete()
    }

    // MARK: Waiting

    private func wait() {
        let readable = shared.mailbox.isFull ? 0 : Int16(ZMQ_POLLIN)
        var items = [
            zmq_pollitem_t(socket: socket.handle, fd: 0, events: readable, revents: 0),
            zmq_pollitem_t(socket: monitor.socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
            zmq_pollitem_t(socket: nil, fd: shared.wakeUp.descriptor, events: Int16(ZMQ_POLLIN), revents: 0),
        ]
        if let authenticator {
            items.append(
                zmq_pollitem_t(socket: authenticator.socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        // ZeroMQ does not tell when one peer's queue has room again, so a full one is tried every few milliseconds.
        zmq_poll(&items, Int32(items.count), pending.isEmpty ? 500 : 5)
        if items[2].revents != 0 { shared.wakeUp.reset() }
    }

    // MARK: Sending

    private func send() {
        for (connection, messages) in pending {
            pending[connection] = nil
            for bytes in messages { send(bytes, to: connection) }
        }
        for letter in shared.outbox.takeAll() { send(letter.bytes, to: letter.address) }
    }

    private func send(_ bytes: Data, to connection: ConnectionID) {
        guard tracker.contains(connection) else { return }
        if pending[connection] != nil { return postpone(bytes, to: connection) }
        switch socket.send(connection.routingID, more: true) {
        case .sent:
            _ = socket.send(bytes)
            statistics.messagesSent += 1
        case .wouldBlock: postpone(bytes, to: connection)
        case .unreachable, .failed: lose(connection, .disconnected)
        }
    }

    private func postpone(_ bytes: Data, to connection: ConnectionID) {
        pending[connection, default: []].append(bytes)
        if pending[connection, default: []].reduce(0, { $0 + $1.count }) > Self.pendingLimit {
            lose(connection, .congested)
        }
    }

    private func lose(_ connection: ConnectionID, _ reason: LossReason) {
        guard tracker.remove(connection) else { return }
        forget(connection)
        shared.mailbox.append([.lost(connection, reason)])
    }

    private func forget(_ connection: ConnectionID) {
        pending[connection] = nil
        peers[connection] = nil
    }

    // MARK: Receiving

    private func receive() {
        let messages = read()
        let lost = tracker.onTurn(
            senders: messages.compactMap { message in
                departing.contains(message.connection) ? nil : message.descriptor.map { (message.connection, $0) }
            },
            events: monitor.drain())
        var events = messages.map(event)
        // While more may wait to be read, a lost connection's last words may be among it: it is reported a turn later.
        let mayHoldMore = shared.mailbox.isFull || messages.count == Self.turn
        for connection in mayHoldMore ? departing : departing + lost {
            forget(connection)
            events.append(.lost(connection, .disconnected))
        }
        departing = mayHoldMore ? lost : []
        shared.mailbox.append(events)
    }

    /// The messages of one turn, without those of peers that are not, or no longer, on the allow list.
    private func read() -> [Incoming] {
        var messages: [Incoming] = []
        guard !shared.mailbox.isFull else { return [] }
        while messages.count < Self.turn, let frames = socket.receiveMessage() {
            statistics.messagesReceived += 1
            guard var message = Incoming(frames) else {
                statistics.messagesDropped += 1
                continue
            }
            if let authenticator {
                guard let peer = message.user.flatMap(CurveKey.init).flatMap(authenticator.allowed.peer) else {
                    statistics.messagesDropped += 1
                    continue
                }
                message.peer = peer
                peers[message.connection] = peer
            }
            messages.append(message)
        }
        return messages
    }

    private func event(for message: Incoming) -> RouterEvent {
        let connection = Connection(id: message.connection, peer: message.peer)
        do throws(TransportError) {
            return .message(try MessageCoding.decode(message.payload, from: message.peer), from: connection)
        } catch {
            statistics.messagesDropped += 1
            return .malformed(error, from: connection)
        }
    }

    // MARK: Revocation and figures

    private func refreshAllowList() {
        guard let authenticator, ContinuousClock.now - lastRefresh > .milliseconds(500) else { return }
        lastRefresh = .now
        authenticator.allowed.refresh()
        // A handshake may have read the list anew already, so that "has it changed" must not be asked here.
        for (connection, peer) in peers where authenticator.allowed.peer(for: peer.publicKey) == nil {
            lose(connection, .revoked)
        }
    }

    private func publishStatistics() {
        statistics.connections = tracker.count
        statistics.handshakesRefused = authenticator?.refused ?? 0
        shared.statistics.withLock { $0 = statistics }
    }
}

/// A message as it came off the ROUTER socket.
private struct Incoming {
    var connection: ConnectionID
    var descriptor: Int32?
    var user: String?
    var peer: Peer?
    var payload: Data

    /// Nil unless it is a routing id that ZeroMQ gave and one frame.
    init?(_ frames: [Socket.Frame]) {
        guard frames.count == 2, let connection = ConnectionID(routingID: frames[0].bytes) else { return nil }
        self.connection = connection
        descriptor = frames[1].descriptor
        user = frames[1].user
        payload = frames[1].bytes
    }
}
