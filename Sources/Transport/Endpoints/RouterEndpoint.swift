import Foundation
import SwiftProtobuf
import Synchronization

/// The coordinator's side: one ROUTER socket, owned by one thread that this object starts and ends.
///
/// Events go to the queue of a service; backpressure from a slow one slows the senders down instead of filling the
/// memory. ``send(_:to:)`` may be called from any thread.
package final class RouterEndpoint: Sendable {
    /// The endpoint as bound: a wildcard port is replaced by the actual one.
    package let address: String
    private let shared: RouterShared

    /// Binds and starts to receive.
    ///
    /// - Parameters:
    ///   - endpoint: `tcp://host:port` or `ipc:///path`; port `*` takes a free one.
    ///   - security: keys, without which TCP is refused.
    ///   - queue: where messages and losses are delivered, in order.
    ///   - event: what an event of this endpoint is in the queue.
    /// - Throws: ``TransportError``.
    package static func bind<Event>(
        _ endpoint: String, security: RouterSecurity, options: SocketOptions = .router, into queue: EventQueue<Event>,
        as event: @escaping @Sendable (RouterEvent) -> Event
    ) throws(TransportError) -> RouterEndpoint {
        DescriptorLimit.raise()
        let shared = try RouterShared(queue, as: event)
        let address = try PollingThread.start("router", ended: shared.ended) { () throws(TransportError) in
            try RouterLoop(endpoint: endpoint, security: security, options: options, shared: shared)
        }
        return RouterEndpoint(address: address, shared: shared)
    }

    private init(address: String, shared: RouterShared) {
        self.address = address
        self.shared = shared
    }

    deinit { shared.outbox.close() }

    package var statistics: RouterStatistics { shared.statistics.withLock { $0 } }

    /// Sends to one worker.
    /// - Throws: ``TransportError/oversize(bytes:limit:)`` if the receiver would not take it in one frame.
    @discardableResult
    package func send(
        _ body: WireCoordinatorToWorker.OneOf_Body, to connection: ConnectionID
    ) throws(TransportError) -> SendOutcome {
        try send(.with { $0.worker.body = body }, to: connection)
    }

    /// Answers one client's request.
    /// - Throws: ``TransportError/oversize(bytes:limit:)`` if the receiver would not take it in one frame.
    @discardableResult
    package func reply(
        _ body: WireCoordinatorToClient.OneOf_Body, to request: UInt64, of connection: ConnectionID
    ) throws(TransportError) -> SendOutcome {
        try send(
            .with {
                $0.client.request = request
                $0.client.body = body
            }, to: connection)
    }

    /// Answers the holder of a token.
    /// - Throws: ``TransportError/oversize(bytes:limit:)`` if the receiver would not take it in one frame.
    @discardableResult
    package func answer(_ reply: WireEnrolmentReply, to connection: ConnectionID) throws(TransportError) -> SendOutcome
    {
        try send(.with { $0.enrolment = reply }, to: connection)
    }

    private func send(_ message: WireFromCoordinator, to connection: ConnectionID) throws(TransportError) -> SendOutcome
    {
        let bytes = try MessageCoding.encode(message, limit: SocketOptions.dealer.maximumFrame)
        return shared.outbox.append(.init(address: connection, bytes: bytes))
    }

    /// Ends the thread and returns once everything sent has left, or the socket's linger time is over, and the port is
    /// free again. No event follows.
    package func close() async {
        shared.outbox.close()
        await shared.ended.wait()
    }
}

/// State shared between the router's thread and the rest of the program.
final class RouterShared: Sendable {
    /// How much may be queued for the service before the socket is no longer read.
    static let eventCapacity = (events: 4_096, bytes: 64 << 20)
    static let outboxCapacity = 256 << 20

    let wakeUp: WakeUp
    let outbox: SendQueue<ConnectionID>
    let events: EventSink<RouterEvent>
    let statistics = Mutex(RouterStatistics())
    let ended = Completion()

    init<Event>(
        _ queue: EventQueue<Event>, as event: @escaping @Sendable (RouterEvent) -> Event
    ) throws(TransportError) {
        let wakeUp = try WakeUp()
        self.wakeUp = wakeUp
        outbox = SendQueue(capacity: Self.outboxCapacity, wakeUp: wakeUp)
        events = queue.sink(capacity: Self.eventCapacity, as: event) { wakeUp.signal() }
    }
}
