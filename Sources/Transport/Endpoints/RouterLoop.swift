import CZeroMQ
import Foundation
import SwiftProtobuf
import Synchronization

/// The coordinator's polling thread: the only one that touches the ROUTER socket, its monitor and its authenticator.
final class RouterLoop: PollingLoop {
    /// Limits on the messages and bytes that one turn reads, so that other duties are not starved.
    private static let turn = (messages: 512, bytes: 16 << 20)
    private static let refreshInterval = Duration.milliseconds(500)

    let address: String
    private let shared: RouterShared
    private let socket: Socket
    private let monitor: SocketMonitor
    private let linger: Duration
    private let authenticator: Authenticator?
    private var tracker = ConnectionTracker()
    private var peers: [ConnectionID: Peer] = [:]
    private var backlog = Backlog(limit: 64 << 20, totalLimit: 256 << 20)
    private var statistics = RouterStatistics()
    private var lastRefresh = ContinuousClock.now
    private var allowListProblems: [String] = []
    private let publicKey: CurveKey?
    /// The coordinator's next key, and the message that tells it; nil while none is prepared.
    private var nextKey: (key: CurveKey, message: Data)?

    init(
        endpoint: String, security: RouterSecurity, options: SocketOptions, shared: RouterShared
    ) throws(TransportError) {
        self.shared = shared
        linger = options.linger
        let context = try Context()
        let socket = try Socket.open(.router, in: context)
        try options.apply(to: socket)
        try socket.set(ZMQ_ROUTER_MANDATORY, to: 1)
        try security.apply(to: socket, endpoint: endpoint)
        monitor = try SocketMonitor.watch(socket, in: context)
        if case .curve(let pair, let allowed) = security {
            authenticator = try Authenticator(allowed: allowed, in: context)
            publicKey = pair.publicKey
        } else {
            authenticator = nil
            publicKey = nil
        }
        try socket.bindAnyFamily(endpoint)
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
        sendLastWords()
    }

    // MARK: Waiting

    private func wait() {
        let isPaused = shared.events.isFull
        var items = [
            zmq_pollitem_t(socket: socket.handle, fd: 0, events: isPaused ? 0 : Int16(ZMQ_POLLIN), revents: 0),
            zmq_pollitem_t(socket: monitor.socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
            zmq_pollitem_t(socket: nil, fd: shared.wakeUp.descriptor, events: Int16(ZMQ_POLLIN), revents: 0),
        ]
        if let authenticator {
            items.append(
                zmq_pollitem_t(socket: authenticator.socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0))
        }
        zmq_poll(&items, Int32(items.count), timeout(isPaused: isPaused))
        if items[2].revents != 0 { shared.wakeUp.reset() }
    }

    /// Milliseconds.
    private func timeout(isPaused: Bool) -> Int {
        if tracker.isExpectingLoss && !isPaused { return 0 }
        // ZeroMQ does not announce when a peer's queue has room again, so a full one is polled every few milliseconds.
        return backlog.isEmpty ? 500 : 5
    }

    // MARK: Sending

    private func send() {
        for connection in backlog.connections { sendBacklog(of: connection) }
        for message in shared.outbox.takeAll() {
            guard tracker.contains(message.address) else { continue }
            if backlog.contains(message.address) || !deliver(message.bytes, to: message.address) {
                postpone(message.bytes, to: message.address)
            }
        }
    }

    private func sendLastWords() {
        let deadline = ContinuousClock.now + linger
        send()
        while !backlog.isEmpty, ContinuousClock.now < deadline {
            zmq_poll(nil, 0, 5)
            send()
        }
    }

    private func sendBacklog(of connection: ConnectionID) {
        while let bytes = backlog.first(for: connection), deliver(bytes, to: connection) {
            backlog.removeFirst(for: connection)
        }
    }

    /// Returns whether the message needs no retry: sent, or pointless since the peer is gone.
    private func deliver(_ bytes: Data, to connection: ConnectionID) -> Bool {
        switch socket.send(connection.routingID, more: true) {
        case .sent:
            _ = socket.send(bytes)
            statistics.messagesSent += 1
            return true
        case .wouldBlock:
            return false
        case .unreachable, .failed:
            tracker.onUnreachable(connection)
            backlog.forget(connection)
            return true
        }
    }

    private func postpone(_ bytes: Data, to connection: ConnectionID) {
        if let overdue = backlog.append(bytes, for: connection) { abandon(overdue, .congested) }
    }

    /// Reports a loss at once and cuts the connection, so that the other end learns of it too.
    private func abandon(_ connection: ConnectionID, _ reason: LossReason) {
        guard let descriptor = tracker.abandon(connection) else { return }
        cut(descriptor)
        forget(connection)
        shared.events.append([.lost(connection, reason)])
    }

    /// ZeroMQ cannot close a single connection of a router, but it treats one that was shut down like any other that
    /// ended. In a race with reuse of the descriptor, some other peer has to reconnect.
    private func cut(_ descriptor: Int32) {
        _ = shutdown(descriptor, Int32(SHUT_RDWR))
        statistics.connectionsCut += 1
    }

    private func forget(_ connection: ConnectionID) {
        backlog.forget(connection)
        peers[connection] = nil
    }

    // MARK: Receiving

    private func receive() {
        let (messages, reading) = read()
        let lost = tracker.onTurn(
            senders: messages.compactMap { message in message.descriptor.map { (message.connection, $0) } },
            events: monitor.drain(), reading: reading)
        var events = messages.map(event)
        for connection in lost {
            forget(connection)
            events.append(.lost(connection, .disconnected))
        }
        shared.events.append(events, bytes: messages.reduce(0) { $0 + $1.payload.count })
    }

    /// The messages of one turn whose senders are still connected and allowed.
    private func read() -> ([Incoming], ConnectionTracker.Reading) {
        guard !shared.events.isFull else { return ([], .paused) }
        var messages: [Incoming] = []
        var bytes = 0
        for _ in 0..<Self.turn.messages where bytes < Self.turn.bytes {
            guard let frames = socket.receiveMessage() else { return (messages, .drained) }
            statistics.messagesReceived += 1
            bytes += frames.reduce(0) { $0 + $1.bytes.count }
            guard let message = admitted(frames) else {
                statistics.messagesDropped += 1
                continue
            }
            messages.append(message)
        }
        return (messages, .partial)
    }

    /// Nil for a malformed message, or one of a connection that has ended or of a key that was revoked.
    private func admitted(_ frames: [Socket.Frame]) -> Incoming? {
        guard var message = Incoming(frames), !tracker.hasEnded(message.connection) else { return nil }
        guard let authenticator else { return message }
        guard let peer = message.user.flatMap(CurveKey.init).flatMap(authenticator.allowed.peer) else {
            if tracker.contains(message.connection) {
                abandon(message.connection, .revoked)
            } else if let descriptor = message.descriptor {
                cut(descriptor)
            }
            return nil
        }
        message.peer = peer
        if peers.updateValue(peer, forKey: message.connection) == nil { tellNextKey(to: message.connection, peer) }
        return message
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
        guard let authenticator, ContinuousClock.now - lastRefresh > Self.refreshInterval else { return }
        lastRefresh = .now
        authenticator.allowed.refresh()
        let problems = authenticator.allowed.problems
        if problems != allowListProblems {
            allowListProblems = problems
            shared.events.append([.allowListProblems(problems)])
        }
        // A handshake may already have reloaded the list, so "has it changed" must not be asked here.
        for (connection, peer) in peers where authenticator.allowed.peer(for: peer.publicKey) == nil {
            abandon(connection, .revoked)
        }
        refreshNextKey(authenticator.allowed)
    }

    /// A key that was prepared while peers are connected is told to all of them.
    private func refreshNextKey(_ allowed: AllowList) {
        let key = allowed.nextCoordinator == publicKey ? nil : allowed.nextCoordinator
        guard key != nextKey?.key else { return }
        nextKey = key.flatMap { key in
            let message = WireFromCoordinator.with { $0.nextKey.publicKey = Data(key.bytes) }
            return (try? MessageCoding.encode(message, limit: SocketOptions.dealer.maximumFrame)).map { (key, $0) }
        }
        for (connection, peer) in peers { tellNextKey(to: connection, peer) }
    }

    private func tellNextKey(to connection: ConnectionID, _ peer: Peer) {
        guard let nextKey, peer.role != .invitation else { return }
        _ = shared.outbox.append(.init(address: connection, bytes: nextKey.message))
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

    /// Nil unless it is a routing id of ZeroMQ's own and one frame.
    init?(_ frames: [Socket.Frame]) {
        guard frames.count == 2, let connection = ConnectionID(routingID: frames[0].bytes) else { return nil }
        self.connection = connection
        descriptor = frames[1].descriptor
        user = frames[1].user
        payload = frames[1].bytes
    }
}
