import Foundation
import SwiftProtobuf
import Synchronization

/// A worker's or client's side: one DEALER socket, owned by one thread that this object starts and ends.
///
/// It connects and reconnects by itself, with pauses that grow. Nothing is queued while there is no connection: the caller
/// keeps what must not be lost until the coordinator acknowledges it.
public final class DealerEndpoint: Sendable {
    public let address: String
    private let shared: DealerShared

    /// Starts to connect; ``DealerEvent/connected`` tells when it has.
    ///
    /// - Parameters:
    ///   - endpoint: `tcp://host:port` or `ipc:///path`.
    ///   - security: keys, without which TCP is refused.
    /// - Throws: ``TransportError``.
    public static func connect(
        _ endpoint: String, security: DealerSecurity, options: SocketOptions = .dealer
    ) throws(TransportError) -> DealerEndpoint {
        let shared = try DealerShared()
        let loop = try DealerLoop(endpoint: endpoint, security: security, options: options, shared: shared)
        // As for the router: the loop belongs to the new thread from here on.
        nonisolated(unsafe) let handedOver = loop
        let thread = Thread { handedOver.run() }
        thread.name = "dealer"
        thread.start()
        return DealerEndpoint(address: endpoint, shared: shared)
    }

    private init(address: String, shared: DealerShared) {
        self.address = address
        self.shared = shared
    }

    deinit { shared.outbox.close() }

    /// Connections, losses and messages in order; ends when the endpoint is closed. For one consumer.
    public var events: EventBatches<DealerEvent> { EventBatches(mailbox: shared.mailbox) }

    /// Sends as a worker.
    /// - Throws: ``TransportError/oversize(bytes:limit:)`` if the coordinator would not take it in one frame.
    @discardableResult
    public func send(_ body: WireWorkerToCoordinator.OneOf_Body) throws(TransportError) -> SendOutcome {
        try send(.with { $0.worker.body = body })
    }

    /// Sends as a client.
    /// - Parameter request: comes back with the reply.
    /// - Throws: ``TransportError/oversize(bytes:limit:)`` if the coordinator would not take it in one frame.
    @discardableResult
    public func send(
        _ body: WireClientToCoordinator.OneOf_Body, request: UInt64, protocolVersion: UInt32
    ) throws(TransportError) -> SendOutcome {
        try send(
            .with {
                $0.client.protocolVersion = protocolVersion
                $0.client.request = request
                $0.client.body = body
            })
    }

    private func send(_ message: WireToCoordinator) throws(TransportError) -> SendOutcome {
        let bytes = try MessageCoding.encode(message, limit: SocketOptions.router.maximumFrame)
        guard shared.isConnected.withLock({ $0 }) else { return .notConnected }
        return shared.outbox.append(.init(address: (), bytes: bytes))
    }

    /// Ends the thread after what was sent has left, or after the socket's linger time. Events end.
    public func close() async {
        shared.outbox.close()
        await shared.ended.wait()
    }
}

/// What the dealer's thread and the rest of the program share.
final class DealerShared: Sendable {
    static let mailboxCapacity = 1_024
    static let outboxCapacity = 64 << 20

    let wakeUp: WakeUp
    let outbox: Outbox<Void>
    let mailbox: Mailbox<DealerEvent>
    let isConnected = Mutex(false)
    let ended = Completion()

    init() throws(TransportError) {
        let wakeUp = try WakeUp()
        self.wakeUp = wakeUp
        outbox = Outbox(capacity: Self.outboxCapacity, wakeUp: wakeUp)
        mailbox = Mailbox(capacity: Self.mailboxCapacity) { wakeUp.signal() }
    }
}
