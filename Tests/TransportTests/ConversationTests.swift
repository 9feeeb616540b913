import Foundation
import SwiftProtobuf
import TestKit
import Testing

@testable import Transport

@Suite struct ConversationTests {
    @Test("A worker says Hello over TCP with CURVE, is welcomed, and its loss is reported")
    func conversation() async throws {
        let coordinator = try TestCoordinator()
        let worker = try coordinator.peer()
        try await worker.hello("w1")
        let (message, connection) = try await coordinator.events.message()
        #expect(message.worker.hello == .test("w1"))
        #expect(connection.peer?.name == "worker")
        #expect(connection.peer?.role == .worker)
        try coordinator.router.send(.welcome(.with { $0.coordinatorIncarnation = 3 }), to: connection.id)
        #expect(try await worker.events.message().worker.welcome.coordinatorIncarnation == 3)
        await worker.close()
        #expect(try await coordinator.events.loss() == (connection.id, .disconnected))
        await coordinator.close()
    }

    @Test("A client's request carries its number back and forth")
    func request() async throws {
        let coordinator = try TestCoordinator()
        let client = try coordinator.peer(coordinator.keys.clientFile)
        _ = try await client.events.next { if case .connected = $0 { true } else { nil } }
        try client.dealer.send(.listWorkers(WireListWorkers()), request: 77, protocolVersion: 1)
        let (message, connection) = try await coordinator.events.message()
        #expect(message.client.request == 77)
        try coordinator.router.reply(.text(.with { $0.text = "none" }), to: 77, of: connection.id)
        let reply = try await client.events.message()
        #expect(reply.client.request == 77 && reply.client.text.text == "none")
        await client.close()
        await coordinator.close()
    }

    @Test("What was sent before closing still arrives, and then the loss")
    func lastWords() async throws {
        let coordinator = try TestCoordinator(options: .router.unhurried)
        let worker = try coordinator.peer(options: .testDealer.unhurried)
        try await worker.hello()
        for attempt in 1...2_000 { try worker.dealer.send(.returned(.with { $0.attempt = UInt64(attempt) })) }
        await worker.close()
        for attempt in 0...2_000 {
            // Anything out of order, a loss among it, would be skipped here and end the test in `Missing`.
            let (message, _) = try await coordinator.events.message()
            #expect(message.worker.returned.attempt == UInt64(attempt))
        }
        #expect(try await coordinator.events.loss().1 == .disconnected)
        await coordinator.close()
    }

    @Test("Over a Unix socket no keys are needed, over TCP they are")
    func local() async throws {
        let folder = try TemporaryFolder()
        let endpoint = "ipc://\(folder.path)/socket"
        let events = Events<RouterEvent>()
        let router = try RouterEndpoint.bind(endpoint, security: .none, into: events.queue) { $0 }
        let worker = try TestPeer(endpoint, .none)
        try await worker.hello()
        #expect(try await events.message().1.peer == nil)
        await worker.close()
        #expect(try await events.loss().1 == .disconnected)
        await router.close()
        #expect(throws: TransportError.insecureEndpoint("tcp://127.0.0.1:*")) {
            try RouterEndpoint.bind("tcp://127.0.0.1:*", security: .none, into: events.queue) { $0 }
        }
        #expect(throws: TransportError.insecureEndpoint("tcp://127.0.0.1:9")) {
            try DealerEndpoint.connect("tcp://127.0.0.1:9", security: .none, into: worker.events.queue) { $0 }
        }
    }

    @Test("A port that is taken is an error that names it, and is free again once the router is closed")
    func port() async throws {
        let first = try TestCoordinator("tcp://\(LoopbackHost.fresh()):*")
        let address = first.router.address
        let error = #expect(throws: TransportError.self) { try TestCoordinator(address) }
        #expect(error?.description.contains(address) == true)
        await first.close()
        let second = try TestCoordinator(address)
        #expect(second.router.address == address)
        await second.close()
    }

    @Test("Workers find a router that was started again on the same port, and say Hello to it", arguments: 1...3)
    func restart(workers count: Int) async throws {
        let first = try TestCoordinator("tcp://\(LoopbackHost.fresh()):*")
        let security = try first.keys.routerSecurity()
        var workers: [TestPeer] = []
        for _ in 0..<count { workers.append(try first.peer()) }
        for worker in workers { try await worker.hello() }
        for _ in 0..<count { _ = try await first.events.message() }
        await first.close()
        for worker in workers {
            _ = try await worker.events.next { if case .disconnected = $0 { true } else { nil } }
            #expect(try worker.dealer.send(.draining(WireDraining())) == .notConnected)
        }
        let events = Events<RouterEvent>()
        let second = try RouterEndpoint.bind(first.router.address, security: security, into: events.queue) { $0 }
        for worker in workers { try await worker.hello() }
        for _ in 0..<count {
            // Nothing that was meant for the first router reaches the second.
            #expect(try await events.message().0.worker.hello == .test("w"))
        }
        for worker in workers { await worker.close() }
        await second.close()
    }

    @Test("A closed endpoint takes nothing more, and after what it had read off its socket no event follows")
    func closing() async throws {
        let coordinator = try TestCoordinator()
        let worker = try coordinator.peer()
        try await worker.hello()
        let connection = try await coordinator.events.message().1.id
        for attempt in 1...100 { try worker.dealer.send(.returned(.with { $0.attempt = UInt64(attempt) })) }
        try await eventually { coordinator.router.statistics.messagesReceived == 101 }
        await worker.close()
        #expect([.notConnected, .closed].contains(try worker.dealer.send(.draining(WireDraining()))))
        await coordinator.close()
        #expect(try coordinator.router.send(.drain(WireDrain()), to: connection) == .closed)
        let attempts = await coordinator.events.everything().compactMap { event in
            if case .message(let message, _) = event { message.worker.returned.attempt } else { nil }
        }
        #expect(attempts == Array(1...100))
        #expect(try await coordinator.events.settled().isEmpty)
    }
}
