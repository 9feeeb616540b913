import Foundation
import SwiftProtobuf
import TestKit
import Testing

@testable import Transport

/// Frames that are too large, too many or not messages at all.
@Suite struct FrameTests {
    @Test("A message that the receiver would not take is refused by its sender, with both sizes")
    func tooLarge() async throws {
        let coordinator = try TestCoordinator()
        let worker = try coordinator.peer()
        try await worker.hello()
        let connection = try await coordinator.events.message().1
        let result = Data(count: SocketOptions.router.maximumFrame)
        let error = #expect(throws: TransportError.self) {
            try worker.dealer.send(.reports(.with { $0.units = [.with { $0.result = result }] }))
        }
        guard case .oversize(let bytes, SocketOptions.router.maximumFrame)? = error else {
            Issue.record("\(String(describing: error))")
            return
        }
        #expect(bytes > result.count)
        let text = String(repeating: "x", count: SocketOptions.dealer.maximumFrame)
        #expect(throws: TransportError.self) {
            try coordinator.router.reply(.text(.with { $0.text = text }), to: 1, of: connection.id)
        }
        await worker.close()
        await coordinator.close()
    }

    @Test("A peer that sends a larger frame than the coordinator takes is disconnected, and nobody else")
    func oversizeIn() async throws {
        let coordinator = try TestCoordinator()
        let honest = try coordinator.peer()
        try await honest.hello()
        let honestConnection = try await coordinator.events.message().1.id
        let hostile = try BareSocket(
            coordinator.router.address,
            security: try KeyFile.read(coordinator.keys.workerFile).dealerSecurity(path: coordinator.keys.workerFile))
        hostile.send(try WireToCoordinator.with { $0.worker.hello = .test("hostile") }.serializedBytes())
        let connection = try await coordinator.events.message().1.id
        hostile.send(Data(count: SocketOptions.router.maximumFrame + 1))
        #expect(try await coordinator.events.loss() == (connection, .disconnected))
        #expect(try coordinator.router.send(.beat(WireBeat()), to: honestConnection) == .queued)
        _ = try await honest.events.message()
        await honest.close()
        await coordinator.close()
    }

    @Test("A coordinator that sends a larger frame than the worker takes loses that worker, who comes back")
    func oversizeOut() async throws {
        let coordinator = try TestCoordinator()
        var options = SocketOptions.testDealer
        options.maximumFrame = 10_000
        let worker = try coordinator.peer(options: options)
        try await worker.hello()
        let connection = try await coordinator.events.message().1.id
        let text = String(repeating: "x", count: 20_000)
        try coordinator.router.reply(.text(.with { $0.text = text }), to: 1, of: connection)
        _ = try await worker.events.next { if case .disconnected = $0 { true } else { nil } }
        #expect(try await coordinator.events.loss() == (connection, .disconnected))
        try await worker.hello("again")
        #expect(try await coordinator.events.message().0.worker.hello.workerName == "again")
        await worker.close()
        await coordinator.close()
    }

    @Test("Frames that are no messages are dropped, counted and told; the connection stays")
    func malformed() async throws {
        let coordinator = try TestCoordinator()
        let hostile = try BareSocket(
            coordinator.router.address,
            security: try KeyFile.read(coordinator.keys.workerFile).dealerSecurity(path: coordinator.keys.workerFile))
        let hello = try WireToCoordinator.with { $0.worker.hello = .test("w") }.serializedBytes() as Data
        hostile.send(hello)
        let connection = try await coordinator.events.message().1
        hostile.send(Data([0xFF, 0xFF, 0xFF]))
        hostile.send(Data())
        hostile.send(try WireToCoordinator.with { $0.worker.hello.workerName = "no incarnation" }.serializedBytes())
        for _ in 0..<3 { _ = try await coordinator.events.malformed() }
        // Two frames, and a leading frame as a REQ socket sends it: no message, and nothing to answer.
        hostile.send(hello, hello)
        hostile.send(Data(), hello)
        hostile.send(hello)
        let (message, again) = try await coordinator.events.message()
        #expect(message.worker.hello == .test("w") && again == connection)
        #expect(coordinator.router.statistics.messagesDropped == 5)
        await coordinator.close()
    }

    @Test("A worker that takes nothing is given up when too much waits for it; others are served meanwhile")
    func congestion() async throws {
        let coordinator = try TestCoordinator(options: .patient)
        let proxy = try TCPProxy(to: coordinator.router.address)
        let file = coordinator.keys.workerFile
        let slow = try TestPeer(proxy.address, try KeyFile.read(file).dealerSecurity(path: file), options: .patient)
        try await slow.hello("slow")
        let slowConnection = try await coordinator.events.message().1.id
        let quick = try coordinator.peer(options: .patient)
        try await quick.hello("quick")
        let quickConnection = try await coordinator.events.message().1.id
        proxy.freeze()
        let text = String(repeating: "x", count: 1 << 20)
        for _ in 0..<12 {
            for _ in 0..<10 { try coordinator.router.reply(.text(.with { $0.text = text }), to: 1, of: slowConnection) }
            try coordinator.router.send(.beat(WireBeat()), to: quickConnection)
            guard case .beat = try await quick.events.message().worker.body else { Issue.record("no beat"); return }
        }
        #expect(try await coordinator.events.loss() == (slowConnection, .congested))
        #expect(coordinator.router.statistics.connections == 1)
        proxy.thaw()
        _ = try await slow.events.next { if case .disconnected = $0 { true } else { nil } }
        await slow.close()
        await quick.close()
        proxy.close()
        await coordinator.close()
    }

    @Test("Senders are slowed down while the coordinator's consumer is behind, and nothing is lost")
    func backPressure() async throws {
        let folder = try TemporaryFolder()
        let endpoint = "ipc://\(folder.path)/socket"
        let events = Events<RouterEvent>()
        let router = try RouterEndpoint.bind(endpoint, security: .none, options: .patient, into: events.queue) { $0 }
        let worker = try TestPeer(endpoint, .none, options: .patient)
        try await worker.hello()
        // Nobody takes the router's events; 64 MiB wait in their queue, and some in the queues and the kernel on the way.
        let result = Data(count: 1 << 20)
        var sent = 0
        var full = 0
        while full < 200 {
            let report = WireUnitReport.with {
                $0.key = Data(count: 32)
                $0.attempt = UInt64(sent + 1)
                $0.result = result
            }
            switch try worker.dealer.send(.reports(.with { $0.units = [report] })) {
            case .queued: (sent, full) = (sent + 1, 0)
            case .full:
                full += 1
                try await Task.sleep(for: .milliseconds(5))
            case let outcome: Issue.record("\(outcome)"); return
            }
            try #require(sent < 1_000, "Nothing held the sender back.")
        }
        _ = try await events.message()
        for attempt in 1...sent {
            #expect(try await events.message().0.worker.reports.units[0].attempt == UInt64(attempt))
        }
        await worker.close()
        await router.close()
    }
}

extension SocketOptions {
    /// Short queues; and since pings wait behind messages, being held back must not pass for a loss.
    fileprivate static var patient: SocketOptions {
        var options = SocketOptions.testDealer
        options.receiveHighWaterMark = SocketOptions.router.receiveHighWaterMark
        options.sendHighWaterMark = 4
        // Longer than suites that hold the threads of the process may keep this test waiting.
        options.heartbeatTimeout = .seconds(3_000)
        return options
    }
}
