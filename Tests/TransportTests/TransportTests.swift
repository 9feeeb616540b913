import Foundation
import SwiftProtobuf
import Testing

@testable import Transport

@Suite struct EndpointTests {
    @Test("A worker says Hello over TCP with CURVE, is welcomed, and its loss is reported")
    func conversation() async throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        let router = try RouterEndpoint.bind("tcp://127.0.0.1:*", security: try keys.routerSecurity())
        let worker = try DealerEndpoint.connect(
            router.address, security: try KeyFile.read(keys.workerFile).dealerSecurity(path: keys.workerFile))
        let atCoordinator = router.events.makeAsyncIterator()
        let atWorker = worker.events.makeAsyncIterator()

        guard case .connected? = await atWorker.next()?.first else { Issue.record("not connected"); return }
        let hello = WireHello.with {
            $0.workerName = "w1"
            $0.incarnation = Data(repeating: 7, count: 16)
        }
        #expect(try worker.send(.hello(hello)) == .queued)
        guard case .message(let message, let connection)? = await atCoordinator.next()?.first else {
            Issue.record("no message")
            return
        }
        #expect(message.worker.hello == hello)
        #expect(connection.peer?.name == "worker")
        try router.send(.welcome(.with { $0.coordinatorIncarnation = 3 }), to: connection.id)
        guard case .message(let welcome)? = await atWorker.next()?.first else { Issue.record("no welcome"); return }
        #expect(welcome.worker.welcome.coordinatorIncarnation == 3)

        await worker.close()
        guard case .lost(connection.id, .disconnected)? = await atCoordinator.next()?.first else {
            Issue.record("no loss")
            return
        }
        await router.close()
        #expect(await atCoordinator.next() == nil)
    }
}

/// A folder that is removed with its last reference.
final class TemporaryFolder {
    let path: String

    init() throws {
        path = NSTemporaryDirectory() + "probesweep-" + UUID().uuidString
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
    }

    deinit { try? FileManager.default.removeItem(atPath: path) }
}
