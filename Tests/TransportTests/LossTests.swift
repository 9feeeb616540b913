import Foundation
import SwiftProtobuf
import TestKit
import Testing

@testable import Transport

/// How the coordinator learns that somebody is gone.
@Suite struct LossTests {
    @Test("A worker process that is killed is reported as that worker's loss, after its last words")
    func killed() async throws {
        let coordinator = try TestCoordinator()
        let address = coordinator.router.address
        let file = coordinator.keys.workerFile
        let survivor = try coordinator.peer()
        try await survivor.hello("survivor")
        let surviving = try await coordinator.events.message().1.id

        // The victim waits for an answer, so that its Hello has been heard when it dies.
        async let answered: Connection = {
            let (message, connection) = try await coordinator.events.message()
            #expect(message.worker.hello.workerName == "victim")
            try coordinator.router.send(.beat(WireBeat()), to: connection.id)
            return connection
        }()
        await #expect(processExitsWith: .signal(SIGKILL)) { [address = address as String, file = file as String] in
            let events = EventQueue<DealerEvent>()
            let security = try KeyFile.read(file).dealerSecurity(path: file)
            let worker = try DealerEndpoint.connect(address, security: security, into: events) { $0 }
            while true {
                for event in events.takeAll(within: .max) {
                    if case .connected = event { try worker.send(.hello(.test("victim"))) }
                    if case .message = event { kill(getpid(), SIGKILL) }
                }
            }
        }
        let victim = try await answered.id
        #expect(try await coordinator.events.loss() == (victim, .disconnected))
        #expect(try coordinator.router.send(.beat(WireBeat()), to: surviving) == .queued)
        guard case .beat = try await survivor.events.message().worker.body else {
            Issue.record("The survivor was not reached.")
            return
        }
        #expect(try await coordinator.events.settled().isEmpty)
        await survivor.close()
        await coordinator.close()
    }

    @Test("A connection that is reset is reported, and the worker is back on a new one")
    func reset() async throws {
        let coordinator = try TestCoordinator()
        let proxy = try TCPProxy(to: coordinator.router.address)
        let worker = try TestPeer(
            proxy.address,
            try KeyFile.read(coordinator.keys.workerFile).dealerSecurity(path: coordinator.keys.workerFile))
        var connections: Set<ConnectionID> = []
        for round in 1...5 {
            try await worker.hello("round \(round)")
            let (message, connection) = try await coordinator.events.message()
            #expect(message.worker.hello.workerName == "round \(round)")
            #expect(connections.insert(connection.id).inserted)
            proxy.cut()
            #expect(try await coordinator.events.loss() == (connection.id, .disconnected))
            _ = try await worker.events.next { if case .disconnected = $0 { true } else { nil } }
        }
        await worker.close()
        proxy.close()
        await coordinator.close()
    }

    @Test("A connection that falls silent without an end is given up by both sides")
    func frozen() async throws {
        // Longer than a machine keeps threads waiting: a loss before the Hello would be another one.
        var options = SocketOptions.router
        options.heartbeatInterval = .milliseconds(100)
        options.heartbeatTimeout = .seconds(5)
        let coordinator = try TestCoordinator(options: options)
        let proxy = try TCPProxy(to: coordinator.router.address)
        var dealerOptions = SocketOptions.testDealer
        dealerOptions.heartbeatInterval = .milliseconds(100)
        dealerOptions.heartbeatTimeout = .seconds(5)
        let worker = try TestPeer(
            proxy.address,
            try KeyFile.read(coordinator.keys.workerFile).dealerSecurity(path: coordinator.keys.workerFile),
            options: dealerOptions)
        try await worker.hello()
        let connection = try await coordinator.events.message().1.id
        proxy.freeze()
        #expect(try await coordinator.events.loss() == (connection, .disconnected))
        _ = try await worker.events.next { if case .disconnected = $0 { true } else { nil } }
        await worker.close()
        proxy.close()
        await coordinator.close()
    }

    @Test(
        "Of many workers that come and go at once, each loss is reported once and nobody else's", arguments: [1, 2, 3])
    func storm(seed: UInt64) async throws {
        let coordinator = try TestCoordinator()
        var peers: [TestPeer] = []
        for _ in 0..<24 { peers.append(try coordinator.peer()) }
        for (index, peer) in peers.enumerated() { try await peer.hello("\(index)") }
        var names: [ConnectionID: Int] = [:]
        for _ in peers {
            let (message, connection) = try await coordinator.events.message()
            names[connection.id] = Int(message.worker.hello.workerName)
        }
        #expect(Set(names.values) == Set(peers.indices))
        var random = SeededGenerator(seed: seed)
        let leaving = Set(peers.indices.shuffled(using: &random).prefix(16))
        await withTaskGroup { group in
            for index in leaving { group.addTask { [peer = peers[index]] in await peer.close() } }
        }
        var lost: [Int] = []
        for _ in leaving { lost.append(try #require(names[try await coordinator.events.loss().0])) }
        #expect(lost.sorted() == leaving.sorted())
        // Newcomers take the descriptors of those who left.
        for index in leaving {
            peers[index] = try coordinator.peer()
            try await peers[index].hello("again \(index)")
            #expect(try await coordinator.events.message().0.worker.hello.workerName == "again \(index)")
        }
        #expect(coordinator.router.statistics.connections == peers.count)
        #expect(try await coordinator.events.settled().isEmpty)
        for peer in peers { await peer.close() }
        await coordinator.close()
    }
}
