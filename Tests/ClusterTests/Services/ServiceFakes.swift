import Identities
import Scheduling
import SwiftProtobuf
import Synchronization

@testable import Cluster
@testable import Transport

/// A clock that stands still until a test moves it.
final class TestClock: Sendable {
    private let instant = Mutex(Instant(seconds: 1_000))

    var now: Instant { instant.withLock { $0 } }

    func advance(_ seconds: Double) { instant.withLock { $0 = $0 + seconds } }
}

/// Keeps what the coordinator sends, instead of sending it.
final class TestRouter: CoordinatorSocket {
    struct Sent {
        let body: WireCoordinatorToWorker.OneOf_Body
        let connection: UInt32
    }

    struct Reply: Equatable {
        let body: WireCoordinatorToClient.OneOf_Body
        let request: UInt64
    }

    let sent = Mutex<[Sent]>([])
    let replies = Mutex<[Reply]>([])
    /// What comes of sending to workers.
    let outcome = Mutex(SendOutcome.queued)
    /// Called, from the loop's thread, before a reply is kept.
    let onReply = Mutex<@Sendable () -> Void>({})
    let statistics = RouterStatistics()

    /// What a worker was sent, in order.
    func sent(to connection: UInt32) -> [WireCoordinatorToWorker.OneOf_Body] {
        sent.withLock { $0 }.filter { $0.connection == connection }.map(\.body)
    }

    /// The answers to one request.
    func replies(to request: UInt64) -> [WireCoordinatorToClient.OneOf_Body] {
        replies.withLock { $0 }.filter { $0.request == request }.map(\.body)
    }

    func send(
        _ body: WireCoordinatorToWorker.OneOf_Body, to connection: ConnectionID
    ) throws(TransportError) -> SendOutcome {
        sent.withLock { $0.append(Sent(body: body, connection: connection.number)) }
        return outcome.withLock { $0 }
    }

    func reply(
        _ body: WireCoordinatorToClient.OneOf_Body, to request: UInt64, of connection: ConnectionID
    ) throws(TransportError) -> SendOutcome {
        onReply.withLock { $0 }()
        replies.withLock { $0.append(Reply(body: body, request: request)) }
        return .queued
    }

    func answer(_ reply: WireEnrolmentReply, to connection: ConnectionID) throws(TransportError) -> SendOutcome {
        .queued
    }
}

/// Keeps what a worker sends over one connection, instead of sending it.
final class TestDealer: WorkerSocket {
    let sent = Mutex<[WireWorkerToCoordinator.OneOf_Body]>([])
    let isClosed = Mutex(false)

    func send(_ body: WireWorkerToCoordinator.OneOf_Body) throws(TransportError) -> SendOutcome {
        sent.withLock { $0.append(body) }
        return .queued
    }

    func close() async { isClosed.withLock { $0 = true } }
}

/// Keeps what it is asked to train, instead of training it.
final class TestTrainer: PassTrainer {
    enum Order: Equatable {
        case start(Lease, LeaseContent)
        case cancel([UnitKey], Attempt)
        case abandon(Attempt)
        case check([InputQuery])
    }

    let orders = Mutex<[Order]>([])
    /// Called, from the worker's thread, when a pass is started.
    let onStart = Mutex<@Sendable () -> Void>({})

    func start(_ lease: Lease, _ content: LeaseContent) {
        orders.withLock { $0.append(.start(lease, content)) }
        onStart.withLock { $0 }()
    }

    func check(_ inputs: [InputQuery]) { orders.withLock { $0.append(.check(inputs)) } }

    func cancel(_ units: [UnitKey], of attempt: Attempt) { orders.withLock { $0.append(.cancel(units, attempt)) } }

    func abandon(_ attempt: Attempt) { orders.withLock { $0.append(.abandon(attempt)) } }
}
