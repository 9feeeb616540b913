import Foundation
import KernelFiles
import SwiftProtobuf
import Testing

@testable import Transport

/// Who must not get in, and what such peers may do to those who are.
@Suite struct StrangerTests {
    @Test("A peer with a key that is not on the allow list is refused and told so; the list lets it in later")
    func unknownKey() async throws {
        let coordinator = try TestCoordinator()
        let list = coordinator.keys.allowListFile
        let before = try String(contentsOfFile: list, encoding: .utf8)
        let file = try coordinator.keys.addPeer(role: .worker, name: "late")
        let after = try String(contentsOfFile: list, encoding: .utf8)
        try before.write(toFile: list, atomically: true, encoding: .utf8)

        let stranger = try coordinator.peer(file)
        #expect(try await stranger.events.refusal() == .notAllowed)
        try await eventually { coordinator.router.statistics.handshakesRefused > 0 }
        #expect(try stranger.dealer.send(.hello(.test("w"))) == .notConnected)
        #expect(coordinator.router.statistics.connections == 0)

        try after.write(toFile: list, atomically: true, encoding: .utf8)
        try await stranger.hello("late")
        #expect(try await coordinator.events.message().1.peer?.name == "late")
        await stranger.close()
        await coordinator.close()
    }

    @Test("A peer that expects another coordinator's key fails its handshake and says so")
    func wrongCoordinator() async throws {
        let coordinator = try TestCoordinator()
        let other = try KeyDirectory.create(at: coordinator.folder.path + "/other")
        let stranger = try coordinator.peer(other.workerFile)
        #expect(try await stranger.events.refusal() == .handshakeFailed)
        #expect(try stranger.dealer.send(.hello(.test("w"))) == .notConnected)
        try await checkUndisturbed(coordinator)
        await stranger.close()
    }

    @Test("A peer without keys gets nowhere: bare ZeroMQ, another protocol, silence")
    func noKeys() async throws {
        let coordinator = try TestCoordinator()
        let bare = try BareSocket(coordinator.router.address)
        let talkers = try (0..<20).map { _ in try RawConnection(coordinator.router.address) }
        for (index, talker) in talkers.enumerated() where index % 2 == 0 {
            talker.write(Data("GET / HTTP/1.1\r\n\r\n".utf8))
        }
        bare.send(Data([1, 2, 3]))
        try await checkUndisturbed(coordinator)
        #expect(try await coordinator.events.settled().allSatisfy { if case .lost = $0 { true } else { false } })
    }

    @Test("A worker whose key is revoked while it is connected is lost at once, is cut off and cannot come back")
    func revoked() async throws {
        let coordinator = try TestCoordinator()
        let file = try coordinator.keys.addPeer(role: .worker, name: "bad")
        let worker = try coordinator.peer(file)
        try await worker.hello()
        let connection = try await coordinator.events.message().1.id
        #expect(try coordinator.keys.revoke(name: "bad"))
        #expect(try await coordinator.events.loss() == (connection, .revoked))
        _ = try await worker.events.next { if case .disconnected = $0 { true } else { nil } }
        #expect(try await worker.events.refusal() == .notAllowed)
        #expect(coordinator.router.statistics.connectionsCut >= 1)
        #expect(try await coordinator.events.settled().isEmpty)
        try await checkUndisturbed(coordinator)
        await worker.close()
    }

    @Test("Of a hundred workers with keys of their own the one whose key is revoked is lost, and no other")
    func revokedOfMany() async throws {
        let coordinator = try TestCoordinator()
        let files = try coordinator.keys.addPeers(role: .worker, names: KeyDirectory.names("node", count: 100))
        var workers: [TestPeer] = []
        var connections: [String: ConnectionID] = [:]
        for file in files {
            let worker = try coordinator.peer(file)
            try await worker.hello()
            let connection = try await coordinator.events.message().1
            connections[try #require(connection.peer?.name)] = connection.id
            workers.append(worker)
        }
        #expect(connections.count == 100)
        #expect(try coordinator.keys.revoke(name: "node-42"))
        let revoked = try #require(connections["node-42"])
        #expect(try await coordinator.events.loss() == (revoked, .revoked))
        #expect(try await workers[41].events.refusal() == .notAllowed)
        for (number, worker) in workers.enumerated() where number != 41 {
            #expect(try worker.dealer.send(.draining(WireDraining())) == .queued)
            #expect(try await coordinator.events.message().1.peer?.name == "node-\(number + 1)")
        }
        #expect(coordinator.router.statistics.connections == 99)
        for worker in workers { await worker.close() }
        await coordinator.close()
    }

    @Test("A revoked key that was silent until now is cut off with its first word")
    func revokedWhileSilent() async throws {
        let coordinator = try TestCoordinator()
        let file = try coordinator.keys.addPeer(role: .worker, name: "bad")
        let worker = try coordinator.peer(file)
        _ = try await worker.events.next { if case .connected = $0 { true } else { nil } }
        #expect(try coordinator.keys.revoke(name: "bad"))
        // What is said before the list is read again is still heard; a line that cannot be read tells when it was.
        let list = coordinator.keys.allowListFile
        try (String(contentsOfFile: list, encoding: .utf8) + "no peer\n")
            .write(toFile: list, atomically: true, encoding: .utf8)
        _ = try await coordinator.events.next { if case .allowListProblems = $0 { true } else { nil } }
        try worker.dealer.send(.hello(.test("bad")))
        #expect(try await worker.events.refusal() == .notAllowed)
        #expect(coordinator.router.statistics.messagesDropped == 1)
        #expect(try await coordinator.events.settled().isEmpty)
        await worker.close()
        await coordinator.close()
    }

    @Test("A key permits the messages of its role only", arguments: [Role.worker, .client])
    func roles(_ role: Role) async throws {
        let coordinator = try TestCoordinator()
        let peer = try coordinator.peer(role == .worker ? coordinator.keys.workerFile : coordinator.keys.clientFile)
        _ = try await peer.events.next { if case .connected = $0 { true } else { nil } }
        if role == .worker {
            try peer.dealer.send(.cancelSweep(.with { $0.sweep = "s" }), request: 1, protocolVersion: 1)
        } else {
            try peer.dealer.send(.hello(.test("w")))
        }
        #expect(
            try await coordinator.events.malformed()
                == .notPermitted(role: role.rawValue, name: role.rawValue, request: role == .worker ? 1 : nil))
        #expect(coordinator.router.statistics.messagesDropped == 1)
        await peer.close()
        await coordinator.close()
    }

    @Test("A thousand half-open handshakes and connections that close at once disturb nobody and leave nothing behind")
    func halfOpen() async throws {
        var options = SocketOptions.router
        options.handshakeTimeout = .milliseconds(300)
        let coordinator = try TestCoordinator(options: options)
        let worker = try coordinator.peer()
        try await worker.hello()
        _ = try await coordinator.events.message()
        do {
            let half = try (0..<1_000).map { _ in try RawConnection(coordinator.router.address) }
            for connection in half.prefix(500) { connection.write(zmtpGreeting) }
            for attempt in 0..<200 {
                try worker.dealer.send(.returned(.with { $0.attempt = UInt64(attempt) }))
                #expect(try await coordinator.events.message().0.worker.returned.attempt == UInt64(attempt))
            }
        }
        try await eventually { try connections(to: coordinator.router.address).count == 1 }
        #expect(try connections(to: coordinator.router.address).count == 1)
        #expect(coordinator.router.statistics.connections == 1)
        await worker.close()
        await coordinator.close()
    }

    /// An honest worker is served as if nothing were.
    private func checkUndisturbed(_ coordinator: TestCoordinator) async throws {
        let worker = try coordinator.peer()
        try await worker.hello("honest")
        let (message, connection) = try await coordinator.events.message()
        #expect(message.worker.hello.workerName == "honest")
        #expect(coordinator.router.statistics.connections == 1)
        await worker.close()
        #expect(try await coordinator.events.loss() == (connection.id, .disconnected))
        await coordinator.close()
    }
}

/// Connections that the server of an endpoint holds, as the kernel tells of them.
private func connections(to endpoint: String) throws -> [Substring] {
    let port = try #require(UInt16(endpoint.split(separator: ":").last ?? ""))
    let suffix = ":" + String(format: "%04X", port)
    return try #require(KernelFile.text("/proc/self/net/tcp")).split(separator: "\n").filter { line in
        let fields = line.split(separator: " ")
        // Those that listen (0A), or that are over (06), are none.
        return fields.count > 3 && fields[1].hasSuffix(suffix) && !["0A", "06"].contains(fields[3])
    }
}
