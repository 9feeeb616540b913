import Foundation
import SwiftProtobuf
import TestKit
import Testing

@testable import Transport

@Suite("A change of the coordinator's keys")
struct RotationTests {
    private func router(_ endpoint: String, _ keys: KeyDirectory) throws -> (RouterEndpoint, Events<RouterEvent>) {
        let events = Events<RouterEvent>()
        let router = try RouterEndpoint.bind(
            endpoint, security: try keys.routerSecurity(), options: .testRouter, into: events.queue
        ) { $0 }
        return (router, events)
    }

    private func notice(of peer: TestPeer) async throws -> CoordinatorKeyNotice {
        try await peer.events.next { if case .coordinatorKey(let notice) = $0 { notice } else { nil } }
    }

    private func known(to events: Events<RouterEvent>) async throws -> (WireNextKeyKnown, Peer?) {
        try await events.next {
            guard case .message(let message, let connection) = $0, case .nextKeyKnown(let known) = message.sender
            else { return nil }
            return (known, connection.peer)
        }
    }

    @Test("Who learnt the next key comes back after the change by itself, twice; who did not is refused")
    func overlap() async throws {
        let coordinator = try TestCoordinator()
        let keys = coordinator.keys
        let files = try keys.addPeers(role: .worker, names: ["connected", "later", "absent"])
        let first = try KeyFile.read(keys.coordinatorFile).keys.publicKey
        let connected = try coordinator.peer(files[0])
        try await connected.hello("connected")
        _ = try await coordinator.events.message()

        // Told to whoever is connected, and to whoever says something later.
        let next = try keys.beginRotation()
        #expect(try keys.beginRotation() == next)
        #expect(try await notice(of: connected).keys == CoordinatorKeys(current: first, next: next))
        let (known, peer) = try await known(to: coordinator.events)
        #expect(known.publicKey == Data(next.bytes) && known.problem.isEmpty && peer?.name == "connected")
        let later = try coordinator.peer(files[1])
        try await later.hello("later")
        #expect(try await notice(of: later).problem == nil)
        for file in files.prefix(2) {
            #expect(try KeyFile.read(file).coordinators == CoordinatorKeys(current: first, next: next))
        }
        // New files and tokens have both.
        let added = try KeyFile.read(try keys.addPeer(role: .worker, name: "added"))
        #expect(added.coordinators == CoordinatorKeys(current: first, next: next))
        #expect(
            try keys.invite(names: ["t"], expires: .distantFuture)[0].text.contains("coordinator-next \(next.text)"))
        await later.close()

        #expect(try keys.finishRotation() == next)
        #expect(throws: TransportError.self) { try keys.finishRotation() }
        let address = coordinator.router.address
        await coordinator.close()
        let (second, events) = try router(address, keys)
        try await connected.hello("connected")
        #expect(try await events.message().0.worker.hello.workerName == "connected")
        #expect(try await notice(of: connected).keys == CoordinatorKeys(current: next))
        let restarted = try TestPeer(address, try KeyFile.read(files[1]).dealerSecurity(path: files[1]))
        try await restarted.hello("later")
        #expect(try await events.message().0.worker.hello.workerName == "later")
        for file in files.prefix(2) {
            try await eventually { try KeyFile.read(file).coordinators == CoordinatorKeys(current: next) }
        }
        let absent = try TestPeer(address, try KeyFile.read(files[2]).dealerSecurity(path: files[2]))
        #expect(try await absent.events.refusal() == .handshakeFailed)
        // Until somebody puts the key in its file by hand.
        #expect(try KeyFile.setCoordinators(CoordinatorKeys(current: next), in: files[2]))
        try await absent.hello("absent")
        #expect(try await events.message().0.worker.hello.workerName == "absent")

        // The next change begins with the key that they have now.
        #expect(throws: TransportError.self) { try keys.beginRotation() }
        try keys.noteStart(with: next)
        let third = try keys.beginRotation()
        #expect(third != next)
        #expect(try await notice(of: connected).keys == CoordinatorKeys(current: next, next: third))
        for peer in [connected, restarted, absent] { await peer.close() }
        await second.close()
    }

    @Test("A peer that cannot write its key file says so with the lines to add, and comes back while it runs")
    func readOnly() async throws {
        let coordinator = try TestCoordinator()
        let keys = coordinator.keys
        // A file of a folder that does not exist any more cannot be replaced.
        let folder = coordinator.folder.path + "/mount"
        try FileManager.default.createDirectory(atPath: folder, withIntermediateDirectories: true)
        let file = folder + "/worker.keys"
        try FileManager.default.copyItem(atPath: keys.workerFile, toPath: file)
        let worker = try coordinator.peer(file)
        try FileManager.default.removeItem(atPath: folder)
        try await worker.hello()
        _ = try await coordinator.events.message()
        let next = try keys.beginRotation()
        let notice = try await notice(of: worker)
        #expect(notice.problem?.contains(file) == true)
        #expect("\(notice)".contains("coordinator-next \(next.text)"))
        #expect(try await known(to: coordinator.events).0.problem.contains(file))
        _ = try keys.finishRotation()
        await coordinator.close()
        let (second, events) = try router(coordinator.router.address, keys)
        try await worker.hello("back")
        #expect(try await events.message().0.worker.hello.workerName == "back")
        await worker.close()
        await second.close()
    }

    @Test("A change waits until a coordinator has started with the keys of the one before: peers would forget those")
    func unfinished() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        let first = try KeyFile.read(keys.coordinatorFile).keys.publicKey
        let next = try keys.beginRotation()
        // A restart in the middle of a change ends nothing.
        try keys.noteStart(with: first)
        #expect(try keys.beginRotation() == next)
        _ = try keys.finishRotation()
        let error = #expect(throws: TransportError.self) { try keys.beginRotation() }
        #expect(error?.description.contains("Restart the coordinator first") == true)
        #expect(!FileManager.default.fileExists(atPath: keys.nextCoordinatorFile))
        #expect(try keys.allowList.read().nextCoordinator == next)
        try keys.noteStart(with: next)
        #expect(try keys.allowList.read().nextCoordinator == nil)
        #expect(try keys.beginRotation() != next)
    }

    @Test(
        "A peer whose key file names the former key alone, and cannot be written, does not forget the key that it knows"
    )
    func failedHandshakes() async throws {
        let coordinator = try TestCoordinator()
        let keys = coordinator.keys
        let proxy = try TCPProxy(to: coordinator.router.address)
        defer { proxy.close() }
        // Beside a file of so long a name no other can be made to take its place.
        let file = coordinator.folder.path + "/" + String(repeating: "k", count: 250)
        try FileManager.default.copyItem(atPath: keys.workerFile, toPath: file)
        let worker = try TestPeer(proxy.address, try KeyFile.read(file).dealerSecurity(path: file))
        try await worker.hello("told")
        _ = try await coordinator.events.message()
        let (first, next) = (try KeyFile.read(file).coordinators?.current, try keys.beginRotation())
        #expect(try await notice(of: worker).problem != nil)
        _ = try keys.finishRotation()
        await coordinator.close()

        let (second, events) = try router(coordinator.router.address, keys)
        try await worker.hello("changed")
        #expect(try await events.message().0.worker.hello.workerName == "changed")
        #expect(try KeyFile.read(file).coordinators == first.map { CoordinatorKeys(current: $0) })
        await second.close()
        // Without a coordinator behind it the proxy takes connections and closes them.
        for _ in 0..<4 { #expect(try await worker.events.refusal() == .handshakeFailed) }

        let (third, later) = try router(coordinator.router.address, keys)
        try await worker.hello("back")
        #expect(try await later.message().0.worker.hello.workerName == "back")
        #expect(try KeyFile.read(keys.coordinatorFile).keys.publicKey == next)
        await worker.close()
        await third.close()
    }

    @Test("The folder knows who has the next key, until the change is over")
    func listing() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        #expect(try keys.list().allSatisfy { $0.knowsNextKey == nil })
        #expect(try keys.namesWithoutNextKey() == nil)
        let next = try keys.beginRotation()
        let worker = try KeyFile.read(keys.workerFile).keys.publicKey
        for _ in 0..<2 { try keys.noteKnown(next: next, by: [Peer(role: .worker, name: "worker", publicKey: worker)]) }
        #expect(try keys.list().map(\.knowsNextKey) == [true, false])
        #expect(try keys.namesWithoutNextKey() == ["client"])
        _ = try keys.finishRotation()
        #expect(try keys.namesWithoutNextKey() == nil)
        try keys.noteStart(with: next)
        _ = try keys.beginRotation()
        #expect(try keys.namesWithoutNextKey() == ["worker", "client"])
    }

    @Test("The lines of the coordinator's keys are replaced, and everything else in a key file stays")
    func text() throws {
        let (one, two) = (try KeyPair.generate().publicKey, try KeyPair.generate().publicKey)
        let folder = try TemporaryFolder()
        let path = folder.path + "/w.keys"
        let file = KeyFile(
            role: .worker, name: "w", keys: try .generate(), coordinators: CoordinatorKeys(current: one))
        try file.write(path)
        try PrivateFile.replace(path, text: try PrivateFile.read(path) + "# mine\n")
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: path)
        let changed = CoordinatorKeys(current: two, next: one)
        #expect(try KeyFile.setCoordinators(changed, in: folder.path + "/link"))
        #expect(try !KeyFile.setCoordinators(changed, in: path))
        #expect(try KeyFile.read(path) == KeyFile(role: .worker, name: "w", keys: file.keys, coordinators: changed))
        #expect(try PrivateFile.read(path).contains("# mine\n"))
        #expect(try FileManager.default.destinationOfSymbolicLink(atPath: folder.path + "/link") == path)
    }
}
