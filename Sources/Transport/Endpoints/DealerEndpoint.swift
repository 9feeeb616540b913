import Foundation
import SwiftProtobuf
import Synchronization

/// A worker's or client's side: one DEALER socket, owned by one thread that this object starts and ends.
///
/// It connects and reconnects by itself, with backoff. Nothing is queued while there is no connection: the caller keeps
/// what must not be lost until the coordinator acknowledges it.
package final class DealerEndpoint: Sendable {
    package let address: String
    private let shared: DealerShared

    /// Starts to connect; ``DealerEvent/connected`` follows once it has.
    ///
    /// - Parameters:
    ///   - endpoint: `tcp://host:port` or `ipc:///path`.
    ///   - security: keys, without which TCP is refused.
    ///   - queue: where connections, losses and messages are delivered, in order.
    ///   - event: what an event of this endpoint is in the queue.
    /// - Throws: ``TransportError``.
    package static func connect<Event>(
        _ endpoint: String, security: DealerSecurity, options: SocketOptions = .dealer, into queue: EventQueue<Event>,
        as event: @escaping @Sendable (DealerEvent) -> Event
    ) throws(TransportError) -> DealerEndpoint {
        let shared = try DealerShared(queue, as: event)
        let address = try PollingThread.start("dealer", ended: shared.ended) { () throws(TransportError) in
            try DealerLoop(endpoint: endpoint, security: security, options: options, shared: shared)
        }
        return DealerEndpoint(address: address, shared: shared)
    }

    private init(address: String, shared: DealerShared) {
        self.address = address
        self.shared = shared
    }

    deinit { shared.outbox.close() }

    /// Sends as a worker.
    /// - Throws: ``TransportError/oversize(bytes:limit:)`` if the coordinator would not take it in one frame.
    @discardableResult
    package func send(_ body: WireWorkerToCoordinator.OneOf_Body) throws(TransportError) -> SendOutcome {
        try send(.with { $0.worker.body = body })
    }

    /// Sends as a client.
    /// - Parameter request: the reply carries it.
    /// - Throws: ``TransportError/oversize(bytes:limit:)`` if the coordinator would not take it in one frame.
    @discardableResult
    package func send(
        _ body: WireClientToCoordinator.OneOf_Body, request: UInt64, protocolVersion: UInt32
    ) throws(TransportError) -> SendOutcome {
        try send(
            .with {
                $0.client.protocolVersion = protocolVersion
                $0.client.request = request
                $0.client.body = body
            })
    }

    /// Asks for a key to be accepted in the place of the token that this endpoint was connected with.
    @discardableResult
    package func send(_ enrol: WireEnrol) throws(TransportError) -> SendOutcome {
        try send(.with { $0.enrol = enrol })
    }

    private func send(_ message: WireToCoordinator) throws(TransportError) -> SendOutcome {
        let bytes = try MessageCoding.encode(message, limit: SocketOptions.router.maximumFrame)
        let link = shared.connection.withLock { $0 }
        guard link.isAlive else { return .notConnected }
        return shared.outbox.append(.init(address: link.number, bytes: bytes))
    }

    /// Ends the thread and returns once everything sent has left, or the socket's linger time is over. No event
    /// follows.
    package func close() async {
        shared.outbox.close()
        await shared.ended.wait()
    }
}

/// State shared between the dealer's thread and the rest of the program.
final class DealerShared: Sendable {
    static let eventCapacity = (events: 1_024, bytes: 128 << 20)
    static let outboxCapacity = 64 << 20

    /// Connections are numbered, so that a message never goes to another one than was meant.
    struct Link {
        var number: UInt64 = 0
        var isAlive = false
    }

    let wakeUp: WakeUp
    let outbox: SendQueue<UInt64>
    let events: EventSink<DealerEvent>
    let connection = Mutex(Link())
    let ended = Completion()

    init<Event>(
        _ queue: EventQueue<Event>, as event: @escaping @Sendable (DealerEvent) -> Event
    ) throws(TransportError) {
        let wakeUp = try WakeUp()
        self.wakeUp = wakeUp
        outbox = SendQueue(capacity: Self.outboxCapacity, wakeUp: wakeUp)
        events = queue.sink(capacity: Self.eventCapacity, as: event) { wakeUp.signal() }
    }
}
