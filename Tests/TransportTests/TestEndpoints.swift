import Foundation
import SwiftProtobuf
import Testing

@testable import Transport

/// A folder that is removed with its last reference.
final class TemporaryFolder: Sendable {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "probesweep-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}

/// A router on a free loopback port, its keys, and what it told so far.
struct TestCoordinator {
    let folder: TemporaryFolder
    let keys: KeyDirectory
    let router: RouterEndpoint
    let events: Events<RouterEvent>

    init(_ endpoint: String = "tcp://127.0.0.1:*", options: SocketOptions = .testRouter) throws {
        folder = try TemporaryFolder()
        keys = try KeyDirectory.create(at: folder.path + "/keys")
        events = Events()
        router = try RouterEndpoint.bind(
            endpoint, security: try keys.routerSecurity(), options: options, into: events.queue
        ) { $0 }
    }

    func peer(_ file: String? = nil, options: SocketOptions = .testDealer) throws -> TestPeer {
        let file = file ?? keys.workerFile
        return try TestPeer(router.address, try KeyFile.read(file).dealerSecurity(path: file), options: options)
    }

    func close() async { await router.close() }
}

/// A worker or client, and what it was told so far.
struct TestPeer {
    let dealer: DealerEndpoint
    let events: Events<DealerEvent>

    init(_ address: String, _ security: DealerSecurity, options: SocketOptions = .testDealer) throws {
        events = Events()
        dealer = try DealerEndpoint.connect(address, security: security, options: options, into: events.queue) { $0 }
    }

    /// Waits for the connection and says Hello over it.
    func hello(_ name: String = "w") async throws {
        _ = try await events.next { if case .connected = $0 { true } else { nil } }
        #expect(try dealer.send(.hello(.test(name))) == .queued)
    }

    func close() async { await dealer.close() }
}

/// The events of one endpoint, one by one; a test that waits for one in vain fails after a while.
actor Events<Event: Sendable> {
    /// The last events before the wait was given up.
    struct Missing: Error { let seen: [Event] }

    let queue = EventQueue<Event>()
    private var waiting: ArraySlice<Event> = []
    private var seen: [Event] = []

    /// The first event from now on of which the filter makes something; those before it are skipped.
    func next<Value: Sendable>(_ filter: (Event) -> Value?) async throws -> Value {
        for _ in 0..<60_000 {
            if waiting.isEmpty { waiting = queue.takeAll(within: 0)[...] }
            while let event = waiting.popFirst() {
                seen = seen.suffix(9) + [event]
                if let value = filter(event) { return value }
            }
            try await Task.sleep(for: .milliseconds(5))
        }
        throw Missing(seen: seen)
    }

    /// What came within a short while.
    func settled() async throws -> [Event] {
        try await Task.sleep(for: .milliseconds(300))
        return everything()
    }

    /// What is there.
    func everything() -> [Event] {
        defer { waiting = [] }
        return waiting + queue.takeAll(within: 0)
    }
}

extension Events where Event == RouterEvent {
    func message() async throws -> (WireToCoordinator, Connection) {
        try await next { if case .message(let message, let connection) = $0 { (message, connection) } else { nil } }
    }

    func loss() async throws -> (ConnectionID, LossReason) {
        try await next { if case .lost(let connection, let reason) = $0 { (connection, reason) } else { nil } }
    }

    func malformed() async throws -> TransportError {
        try await next { if case .malformed(let error, _) = $0 { error } else { nil } }
    }
}

extension Events where Event == DealerEvent {
    func message() async throws -> WireFromCoordinator {
        try await next { if case .message(let message) = $0 { message } else { nil } }
    }

    func refusal() async throws -> RefusalReason {
        try await next { if case .refused(let reason) = $0 { reason } else { nil } }
    }
}

extension SocketOptions {
    /// Takes nobody for lost who is late, by any time.
    static var testRouter: SocketOptions {
        var options = SocketOptions.router
        options.heartbeatTimeout = .seconds(3_000)
        return options
    }

    /// The same, and knocks again soon, so that tests of reconnection are short.
    static var testDealer: SocketOptions {
        var options = SocketOptions.dealer
        options.heartbeatTimeout = .seconds(3_000)
        options.reconnectInterval = .milliseconds(20)
        options.reconnectMaximum = .milliseconds(100)
        return options
    }

    /// For what must hold on a machine that is late by any time: a ping to a peer that has closed is answered with a
    /// reset, upon which ZeroMQ drops what it has not read yet; and what lingers too long is not sent.
    var unhurried: SocketOptions {
        var options = self
        options.heartbeatInterval = .seconds(3_000)
        options.heartbeatTimeout = .seconds(3_000)
        options.linger = .seconds(3_000)
        return options
    }
}

extension WireHello {
    static func test(_ name: String) -> WireHello {
        .with {
            $0.protocolVersion = 1
            $0.workerName = name
            $0.incarnation = Data(repeating: 7, count: 16)
        }
    }
}

/// Waits until something holds.
func eventually(_ condition: () throws -> Bool) async throws {
    for _ in 0..<60_000 {
        if try condition() { return }
        try await Task.sleep(for: .milliseconds(5))
    }
    Issue.record("It never became true.")
}
