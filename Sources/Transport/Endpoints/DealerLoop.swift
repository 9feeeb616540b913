import CZeroMQ
import Foundation
import SwiftProtobuf
import Synchronization

/// A worker's or client's polling thread: the only one that touches the DEALER socket and its monitor.
final class DealerLoop: PollingLoop {
    private static let turn = 512

    let address: String
    private let shared: DealerShared
    private let socket: Socket
    private let monitor: SocketMonitor
    private let linger: Duration
    /// Messages that ZeroMQ could not take yet, oldest first.
    private var pending: ArraySlice<Data> = []
    private var retry: Retry
    private var families: Round<AddressFamily>
    private var coordinators: KnownCoordinators?
    /// Whether the failure of the current attempt was seen: ZeroMQ may announce it more than once.
    private var hasFailed = false

    init(
        endpoint: String, security: DealerSecurity, options: SocketOptions, shared: DealerShared
    ) throws(TransportError) {
        address = endpoint
        self.shared = shared
        linger = options.linger
        families = AddressFamily.candidates(for: endpoint)
        coordinators = KnownCoordinators(security)
        retry = Retry(first: options.reconnectInterval, longest: options.reconnectMaximum)
        let context = try Context()
        let socket = try Socket.open(.dealer, in: context)
        try options.apply(to: socket)
        // Nothing may be queued while there is no connection: a message belongs to the connection it was meant for.
        try socket.set(ZMQ_IMMEDIATE, to: 1)
        try security.apply(to: socket, endpoint: endpoint)
        monitor = try SocketMonitor.watch(socket, in: context)
        try families.current.apply(to: socket)
        try socket.connect(endpoint)
        self.socket = socket
    }

    func run() {
        while !shared.outbox.isClosed {
            wait()
            receive()
            observe()
            connectAgain()
            send()
        }
        sendLastWords()
        shared.connection.withLock { $0.isAlive = false }
    }

    private func wait() {
        var events = shared.events.isFull ? 0 : Int16(ZMQ_POLLIN)
        if !pending.isEmpty { events |= Int16(ZMQ_POLLOUT) }
        var items = [
            zmq_pollitem_t(socket: socket.handle, fd: 0, events: events, revents: 0),
            zmq_pollitem_t(socket: monitor.socket.handle, fd: 0, events: Int16(ZMQ_POLLIN), revents: 0),
            zmq_pollitem_t(socket: nil, fd: shared.wakeUp.descriptor, events: Int16(ZMQ_POLLIN), revents: 0),
        ]
        zmq_poll(&items, Int32(items.count), min(500, retry.millisecondsLeft ?? 500))
        if items[2].revents != 0 { shared.wakeUp.reset() }
    }

    // MARK: Connections

    private func observe() {
        for event in monitor.drain() {
            switch event {
            case .handshakeSucceeded:
                retry.reset()
                families.prefer()
                shared.connection.withLock { $0 = DealerShared.Link(number: $0.number + 1, isAlive: true) }
                shared.events.append([.connected])
                if let notice = coordinators?.onConnected() { shared.events.append([.coordinatorKey(notice)]) }
            case .connectFailed: tryOtherFamily()
            case .disconnected: disconnect()
            case .handshakeRefused: refuse(.notAllowed)
            case .handshakeFailed: refuse(.handshakeFailed)
            case .accepted: break
            }
        }
    }

    /// Every failed handshake ends with this event too.
    private func disconnect() {
        knockLater()
        let wasConnected = shared.connection.withLock { link in
            defer { link.isAlive = false }
            return link.isAlive
        }
        guard wasConnected else { return }
        pending = []
        // The coordinator never speaks first, so everything that can be read now came over the lost connection.
        while readTurn() == Self.turn {}
        shared.events.append([.disconnected])
    }

    /// A handshake that failed may have been with the coordinator's other key.
    private func refuse(_ reason: RefusalReason) {
        let isOtherLeft = reason == .handshakeFailed && !hasFailed && coordinators?.advance() == true
        if !isOtherLeft && !(reason == .handshakeFailed && hasFailed) { shared.events.append([.refused(reason)]) }
        hasFailed = true
        knockLater()
    }

    /// Where an endpoint has one kind of address, ZeroMQ goes on trying by itself.
    private func tryOtherFamily() {
        guard families.hasAlternatives, !retry.isPending else { return }
        guard families.advance() else { return knockLater() }
        socket.disconnect(address)
        connect()
    }

    /// Exponential backoff: ZeroMQ by itself would never reconnect after a frame that it rejects, and would retry after
    /// its shortest pause, again and again, when the handshake is refused: refused workers would keep the coordinator
    /// busy.
    private func knockLater() {
        guard !retry.isPending else { return }
        socket.disconnect(address)
        retry.schedule()
    }

    private func connectAgain() {
        guard retry.isDue else { return }
        retry.isPending = false
        connect()
    }

    /// The endpoint was accepted by the first call; a failure now means out of memory or descriptors, and is retried.
    private func connect() {
        do throws(TransportError) {
            try families.current.apply(to: socket)
            try coordinators?.apply(to: socket)
            hasFailed = false
            try socket.connect(address)
        } catch {
            retry.schedule()
        }
    }

    // MARK: Messages

    private func send() {
        repeat {
            // Backpressure: what ZeroMQ does not take stays in the outbox, whose bound its senders see as `full`.
            if pending.isEmpty { pending = messagesToConnection() }
            while let bytes = pending.first, socket.send(bytes) == .sent { pending.removeFirst() }
        } while pending.isEmpty && !shared.outbox.isEmpty
    }

    private func messagesToConnection() -> ArraySlice<Data> {
        let current = shared.connection.withLock { $0.isAlive ? $0.number : nil }
        return shared.outbox.takeAll().filter { $0.address == current }.map(\.bytes)[...]
    }

    private func sendLastWords() {
        let deadline = ContinuousClock.now + linger
        send()
        while !pending.isEmpty, ContinuousClock.now < deadline {
            zmq_poll(nil, 0, 5)
            observe()
            send()
        }
    }

    private func receive() {
        if !shared.events.isFull { _ = readTurn() }
    }

    /// Returns how many messages were read.
    private func readTurn() -> Int {
        var events: [DealerEvent] = []
        var bytes = 0
        var count = 0
        while count < Self.turn, let frames = socket.receiveMessage() {
            count += 1
            guard frames.count == 1 else { continue }
            bytes += frames[0].bytes.count
            do throws(TransportError) {
                let message: WireFromCoordinator = try MessageCoding.decode(frames[0].bytes)
                if case .nextKey(let announcement) = message.recipient {
                    if let notice = learn(announcement) { events.append(.coordinatorKey(notice)) }
                } else {
                    events.append(.message(message))
                }
            } catch {
                events.append(.malformed(error))
            }
        }
        shared.events.append(events, bytes: bytes)
        return count
    }
}

// MARK: The coordinator's next key

extension DealerLoop {
    /// Keeps the key, and says whether it will be known after a restart too.
    private func learn(_ announcement: WireNextKey) -> CoordinatorKeyNotice? {
        guard let key = CurveKey(bytes: Array(announcement.publicKey)),
            let (problem, notice) = coordinators?.learn(next: key)
        else { return nil }
        let answer = WireToCoordinator.with {
            $0.nextKeyKnown.publicKey = announcement.publicKey
            $0.nextKeyKnown.problem = problem ?? ""
        }
        if let bytes = try? MessageCoding.encode(answer, limit: SocketOptions.router.maximumFrame) {
            let link = shared.connection.withLock { $0 }
            _ = shared.outbox.append(.init(address: link.number, bytes: bytes))
        }
        return notice
    }
}

/// When to reconnect after the other end refused, with exponential backoff.
private struct Retry {
    private let first: Duration
    private let longest: Duration
    private var pause: Duration
    private var at = ContinuousClock.now
    var isPending = false

    init(first: Duration, longest: Duration) {
        self.first = first
        self.longest = longest
        pause = first
    }

    var isDue: Bool { isPending && ContinuousClock.now >= at }

    var millisecondsLeft: Int? {
        isPending ? max(0, Int((at - ContinuousClock.now).wholeMilliseconds) + 1) : nil
    }

    mutating func schedule() {
        // Jitter of up to a fifth keeps a cluster that was refused together from reconnecting together.
        at = .now + pause * Double.random(in: 1...1.2)
        pause = min(pause * 2, longest)
        isPending = true
    }

    mutating func reset() {
        pause = first
        isPending = false
    }
}
