import CZeroMQ
import Foundation
import Synchronization

/// A worker's or client's polling thread: the only one that touches the DEALER socket and its monitor.
final class DealerLoop {
    private static let turn = 512

    private let shared: DealerShared
    private let socket: Socket
    private let monitor: SocketMonitor
    /// Messages that ZeroMQ could not take yet, oldest first.
    private var pending: ArraySlice<Data> = []

    init(
        endpoint: String, security: DealerSecurity, options: SocketOptions, shared: DealerShared
    ) throws(TransportError) {
        self.shared = shared
        let context = try Context()
        let socket = try Socket.open(.dealer, in: context)
        try options.apply(to: socket)
        // Nothing may wait for a connection that does not exist: a message belongs to the connection it was meant for.
        try socket.set(ZMQ_IMMEDIATE, to: 1)
        try security.apply(to: socket, endpoint: endpoint)
        monitor = try SocketMonitor.watch(socket, in: context)
        try socket.connect(endpoint)
        self.socket = socket
    }

    func run() {
        while !shared.outbox.isClosed {
            wait()
            observe()
            send()
            receive()
        }
        send()
        shared.isConnected.withLock { $0 = false }
        shared.mailbox.close()
        shared.ended.complete()
    }

    private func wait() {
        var events = shared.mailbox.isFull ? 0 : Int16(ZMQ_POLLIN)
        if !pending.isEmpty { events |= Int16(ZMQ_POLLOUT) }
        var items = [
            zmq_pollitem_t(socket: socket.handle, fd: 0, events: events, revents: 0),
            zmq_pollitem_t(socket: monitor.socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
            zmq_pollitem_t(socket: nil, fd: shared.wakeUp.descriptor, events: Int16(ZMQ_POLLIN), revents: 0),
        ]
        zmq_poll(&items, Int32(items.count), 500)
        if items[2].revents != 0 { shared.wakeUp.reset() }
    }

    private func observe() {
        for event in monitor.drain() {
            switch event {
            case .handshakeSucceeded:
                shared.isConnected.withLock { $0 = true }
                shared.mailbox.append([.connected])
            case .disconnected:
                // Every failed handshake ends with this event too.
                let wasConnected = shared.isConnected.withLock { connected in
                    defer { connected = false }
                    return connected
                }
                guard wasConnected else { continue }
                pending = []
                _ = shared.outbox.takeAll()
                shared.mailbox.append([.disconnected])
            case .handshakeRefused: shared.mailbox.append([.refused(.notAllowed)])
            case .handshakeFailed: shared.mailbox.append([.refused(.handshakeFailed)])
            case .accepted: break
            }
        }
    }

    private func send() {
        pending += shared.outbox.takeAll().map(\.bytes)
        while let bytes = pending.first, socket.send(bytes) == .sent { pending.removeFirst() }
    }

    private func receive() {
        guard !shared.mailbox.isFull else { return }
        var events: [DealerEvent] = []
        while events.count < Self.turn, let frames = socket.receiveMessage() {
            guard frames.count == 1 else { continue }
            do throws(TransportError) {
                events.append(.message(try MessageCoding.decode(frames[0].bytes)))
            } catch {
                events.append(.malformed(error))
            }
        }
        shared.mailbox.append(events)
    }
}
