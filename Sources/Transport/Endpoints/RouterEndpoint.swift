import Foundation
import SwiftProtobuf
import Synchronization

/// The coordinator's side: one ROUTER socket, owned by one thread that this object starts and ends.
///
/// Events come in batches through ``events``; backpressure from a slow consumer slows the senders down instead of
/// filling the memory. ``send(_:to:)`` may be called from any thread.
package final class RouterEndpoint: Sendable {
    /// The endpoint as bound: a wildcard port is replaced by the actual one.
    package let address: String
    private let shared: RouterShared

    /// Binds and starts to receive.
    ///
    /// - Parameters:
    ///   - endpoint: `tcp://host:port` or `ipc:///path`; port `*` takes a free one.
    ///   - security: keys, without which TCP is refused.
    /// - Throws: ``TransportError``.
    package static func bind(
        _ endpoint: String, security: RouterSecurity, options: SocketOptions = .router
    ) throws(TransportError) -> RouterEndpoint {
        DescriptorLimit.raise()
        let shared = try RouterShared()
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

    /// Messages and losses in order; ends when the endpoint is closed. For one consumer.
    package var events: EventBatches<RouterEvent> { EventBatches(mailbox: shared.mailbox) }

    /// For a consumer that is a thread and not a task: `ring` is called, from the polling thread, when there are events
    /// that ``takeEvents()`` has not taken.
    package func onEvents(_ ring: @escaping @Sendable () -> Void) { shared.mailbox.ring(ring) }

    /// The queued events, in order.
    package func takeEvents() -> [RouterEvent] { shared.mailbox.takeAll() }

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

    private func send(_ message: WireFromCoordinator, to connection: ConnectionID) throws(TransportError) -> SendOutcome
    {
        let bytes = try MessageCoding.encode(message, limit: SocketOptions.dealer.maximumFrame)
        return shared.outbox.append(.init(address: connection, bytes: bytes))
    }

    /// Ends the thread and returns once everything sent has left, or the socket's linger time is over, and the port is
    /// free again. Events end.
    package func close() async {
        shared.outbox.close()
        await shared.ended.wait()
    }
}

/// State shared between the router's thread and the rest of the program.
final class RouterShared: Sendable {
    /// How much may be queued for the consumer before the socket is no longer read.
    static let mailboxCapacity = (events: 4_096, bytes: 64 << 20)
    static let outboxCapacity = 256 << 20

    let wakeUp: WakeUp
    let outbox: SendQueue<ConnectionID>
    let mailbox: Mailbox<RouterEvent>
    let statistics = Mutex(RouterStatistics())
    let ended = Completion()

    init() throws(TransportError) {
        let wakeUp = try WakeUp()
        self.wakeUp = wakeUp
        outbox = SendQueue(capacity: Self.outboxCapacity, wakeUp: wakeUp)
        mailbox = Mailbox(capacity: Self.mailboxCapacity) { wakeUp.signal() }
    }
}
