import Foundation
import Ledger
import Logging
import SwiftProtobuf
import TestKit
import Testing

@testable import Cluster
@testable import Transport

@Suite("Enrolment at a live coordinator")
struct EnrolmentTests {
    private let folder: TemporaryFolder
    private let keys: KeyDirectory
    private let service: CoordinatorService
    private let quiet = Logger(label: "test") { _ in SwiftLogNoOpLogHandler() }

    init() throws {
        folder = try TemporaryFolder()
        keys = try KeyDirectory.create(at: folder.file("keys").path)
        service = try CoordinatorService.start(
            ledger: try Ledger.open(folder.file("state").path), listen: "tcp://127.0.0.1:*",
            security: try keys.routerSecurity(), logger: quiet)
    }

    private func file(_ name: String) -> String { folder.file("\(name).keys").path }

    private func enrolment(_ file: String) -> Enrolment {
        Enrolment(endpoint: service.address, file: file, logger: quiet)
    }

    private func tokens(_ names: [String], expires: Date = .now + 3_600) throws -> [String] {
        try keys.inviteToFiles(names: .these(names), expires: expires)
    }

    /// Nothing that was waited for came in five minutes.
    private struct Missing: Error {}

    /// The first event of which the filter makes something. A key that is not allowed is a failure, unless that is what is
    /// waited for; handshakes fail on a busy machine that takes too long over them, and are tried again.
    @discardableResult
    private func firstMatch<Value>(
        in events: EventQueue<DealerEvent>, _ filter: (DealerEvent) throws -> Value?
    ) throws -> Value {
        for _ in 0..<6_000 {
            for event in events.takeAll(within: 50_000_000) {
                if let value = try filter(event) { return value }
                if case .refused(.notAllowed) = event { Issue.record("the key was refused") }
            }
        }
        throw Missing()
    }

    /// What a coordinator says to the holder of a token who asks for these keys.
    private func answer(_ token: EnrolmentToken, _ key: CurveKey) async throws -> WireEnrolmentReply {
        let events = EventQueue<DealerEvent>()
        let dealer = try DealerEndpoint.connect(service.address, security: token.security, into: events) { $0 }
        let reply = try firstMatch(in: events) { event -> WireEnrolmentReply? in
            if case .connected = event { try dealer.send(.with { $0.publicKey = Data(key.bytes) }) }
            guard case .message(let message) = event else { return nil }
            return message.enrolment
        }
        await dealer.close()
        return reply
    }

    /// A connection with the keys of a file that the coordinator has accepted and heard.
    private func join(_ file: String) async throws -> (DealerEndpoint, EventQueue<DealerEvent>) {
        let events = EventQueue<DealerEvent>()
        let dealer = try DealerEndpoint.connect(
            service.address, security: try KeyFile.read(file).dealerSecurity(path: file), into: events
        ) { $0 }
        try firstMatch(in: events) { if case .connected = $0 { () } else { nil } }
        // Any word makes the connection one that the coordinator knows.
        try dealer.send(.draining(WireDraining()))
        return (dealer, events)
    }

    @Test("A worker enrols with keys of its own, and neither token nor coordinator is asked again")
    func once() async throws {
        let token = try tokens(["w-1"])[0]
        let path = file("own")
        #expect(try await enrolment(path).complete(.file(token)))
        let own = try KeyFile.read(path)
        #expect(own.name == "w-1" && own.role == .worker)
        let list = try String(contentsOfFile: keys.allowListFile, encoding: .utf8)
        #expect(list.contains("\nworker \(own.keys.publicKey.text) w-1\n"))
        #expect(try keys.list().map(\.role) == ["worker", "client", "worker"])
        #expect(!FileManager.default.fileExists(atPath: path + ".enrolling"))
        let (dealer, _) = try await join(path)
        await dealer.close()
        // Neither the token nor a coordinator need be there.
        unlink(token)
        await service.stop()
        #expect(try await !enrolment(path).complete(.file(token)))
        #expect(try KeyFile.read(path) == own)
    }

    @Test("An answer that was lost is asked for again, with the same keys")
    func lostAnswer() async throws {
        let path = try tokens(["w"])[0]
        let token = try EnrolmentToken.read(path)
        // As a process leaves it that ended before the answer came.
        let pending = try token.newKeys()
        try pending.write(file("own") + ".enrolling")
        let first = try await answer(token, pending.keys.publicKey)
        #expect(first.outcome == .enrolled(WireEnrolled()))
        #expect(try await enrolment(file("own")).complete(.file(path)))
        #expect(try KeyFile.read(file("own")) == pending)
        #expect(try keys.list().filter { $0.name == "w" }.count == 1)
    }

    @Test("What a process left half-written was never asked for, and is replaced")
    func halfWritten() async throws {
        let path = try tokens(["w"])[0]
        try "probesweep-keys 1\nrole wor".write(toFile: file("own") + ".enrolling", atomically: true, encoding: .utf8)
        #expect(try await enrolment(file("own")).complete(.file(path)))
        #expect(try KeyFile.read(file("own")).name == "w")
    }

    @Test("Another key for a used token, an expired token and a key that is taken are refused with the reason")
    func refused() async throws {
        let token = try keys.invite(names: ["w"], expires: .now + 3_600)[0]
        let key = try KeyPair.generate().publicKey
        #expect(try await answer(token, key).outcome == .enrolled(WireEnrolled()))
        let used = try await answer(token, try KeyPair.generate().publicKey).refused
        #expect(used.reason.contains("has been used"))
        let late = try keys.invite(names: ["late"], expires: .now - 60)[0]
        let expired = try await answer(late, try KeyPair.generate().publicKey).refused
        #expect(expired.reason.contains("expired at 20"))
        let other = try keys.invite(names: ["other"], expires: .now + 3_600)[0]
        #expect(try await answer(other, key).refused.reason == "\(EnrolmentRefusal.keyTaken)")
        #expect(try keys.list().map(\.name) == ["worker", "client", "w", "late", "other"])
    }

    @Test("A worker learns why it was refused, and keeps no key file")
    func refusal() async throws {
        let path = try tokens(["w"])[0]
        try await enrolment(file("first")).complete(.file(path))
        let error = await #expect(throws: EnrolmentError.self) {
            try await enrolment(file("second")).complete(.file(path))
        }
        #expect(error?.description.contains("has been used") == true)
        #expect(!FileManager.default.fileExists(atPath: file("second")))
    }

    @Test("An allow list that cannot be written refuses with the reason, and the token stays good")
    func unwritable() async throws {
        let path = try tokens(["w"])[0]
        // A folder in the place of the lock cannot be opened for writing.
        let lock = keys.allowListFile + ".lock"
        unlink(lock)
        try FileManager.default.createDirectory(atPath: lock, withIntermediateDirectories: false)
        let error = await #expect(throws: EnrolmentError.self) {
            try await enrolment(file("own")).complete(.file(path))
        }
        #expect(error?.description.contains("cannot change its allow list") == true)
        rmdir(lock)
        #expect(try await enrolment(file("own")).complete(.file(path)))
    }

    @Test("Processes that enrol for one file at the same time have the same keys and use one token")
    func sameFile() async throws {
        let path = try tokens(["w"])[0]
        let enrolment = enrolment(file("own"))
        let done = try await withThrowingTaskGroup(of: Bool.self) { group in
            for _ in 0..<2 { group.addTask { try await enrolment.complete(.file(path)) } }
            return try await group.reduce(into: []) { $0.append($1) }
        }
        #expect(done.filter { $0 }.count == 1)
        #expect(try keys.list().filter { $0.name == "w" }.count == 1)
    }

    @Test("A worker's next socket knows the keys of the coordinator that the one before it learnt, without its file")
    func nextSocket() async throws {
        let path = folder.file("mount").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: keys.workerFile, toPath: path + "/worker.keys")
        let file = try KeyFile.read(path + "/worker.keys")
        let security = CurrentSecurity(try file.dealerSecurity(path: path + "/worker.keys"))
        try FileManager.default.removeItem(atPath: path)
        let next = try keys.beginRotation()
        let events = EventQueue<DealerEvent>()
        func connect() throws -> DealerEndpoint {
            try DealerEndpoint.connect(service.address, security: security.value, into: events) {
                security.take($0)
                return $0
            }
        }
        let first = try connect()
        try firstMatch(in: events) { event -> Void? in
            if case .connected = event { try first.send(.draining(WireDraining())) }
            return if case .coordinatorKey = event { () } else { nil }
        }
        await first.close()
        let known = CoordinatorKeys(current: try #require(file.coordinators).current, next: next)
        guard case .curve(_, known, _) = security.value else { Issue.record("\(security.value)"); return }
        _ = try keys.finishRotation()
        await service.stop()
        let changed = try CoordinatorService.start(
            ledger: try Ledger.open(folder.file("other").path), listen: service.address,
            security: try keys.routerSecurity(), logger: quiet)
        let second = try connect()
        try firstMatch(in: events) { if case .connected = $0 { () } else { nil } }
        await second.close()
        await changed.stop()
    }

    @Test("A coordinator that starts with the keys of a finished change ends the change")
    func changeIsOver() async throws {
        let next = try keys.beginRotation()
        _ = try keys.finishRotation()
        #expect(throws: TransportError.self) { try keys.beginRotation() }
        await service.stop()
        let changed = try CoordinatorService.start(
            ledger: try Ledger.open(folder.file("other").path), listen: service.address,
            security: try keys.routerSecurity(), logger: quiet)
        for _ in 0..<30_000 where try keys.allowList.read().nextCoordinator == next {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try keys.beginRotation() != next)
        await changed.stop()
    }

    @Test("Of a key that nobody was told, nobody is written down as knowing it")
    func madeUpKey() async throws {
        let next = try keys.beginRotation()
        let file = try KeyFile.read(keys.workerFile)
        let allowed = try AllowList(path: keys.allowListFile)
        let peer = Peer(role: .worker, name: file.name, publicKey: file.keys.publicKey)
        let service = KeyService(
            publicKey: try KeyFile.read(keys.coordinatorFile).keys.publicKey, allowList: allowed, logger: quiet)
        let madeUp = try KeyPair.generate().publicKey
        for key in [madeUp, next] { service.note(.with { $0.publicKey = Data(key.bytes) }, of: peer) }
        for _ in 0..<30_000 where try keys.namesWithoutNextKey()?.contains(file.name) == true {
            try await Task.sleep(for: .milliseconds(10))
        }
        #expect(try keys.namesWithoutNextKey() == ["client"])
        #expect(keys.knowing(next: madeUp).isEmpty)
    }

    @Test("A client whose key file cannot take the coordinator's next key warns with the lines to add")
    func clientWarns() async throws {
        let path = folder.file("mount").path
        try FileManager.default.createDirectory(atPath: path, withIntermediateDirectories: true)
        try FileManager.default.copyItem(atPath: keys.clientFile, toPath: path + "/client.keys")
        let next = try keys.beginRotation()
        var warnings: [String] = []
        let client = try CoordinatorClient.connect(service.address, keys: path + "/client.keys") {
            warnings.append($0)
        }
        try FileManager.default.removeItem(atPath: path)
        // The key is told from half a second after it was prepared on.
        for _ in 0..<3_000 where warnings.isEmpty {
            _ = try client.workers()
            try await Task.sleep(for: .milliseconds(100))
        }
        #expect(warnings.count == 1 && warnings[0].contains("coordinator-next \(next.text)"), "\(warnings)")
        await client.close()
    }

    @Test("A hundred workers are invited in one command and enrolled; one is revoked, the others stay")
    func hundred() async throws {
        let paths = try tokens(KeyDirectory.names("node", count: 100))
        var dealers: [(DealerEndpoint, EventQueue<DealerEvent>)] = []
        for (number, token) in paths.enumerated() {
            try await enrolment(file("own-\(number)")).complete(.file(token))
            dealers.append(try await join(file("own-\(number)")))
        }
        #expect(try keys.list().filter { $0.role == "worker" }.count == 101)
        try #require(try keys.revoke(name: "node-42"))
        var isCutOff = false
        try firstMatch(in: dealers[41].1) { event -> Void? in
            if case .disconnected = event { isCutOff = true }
            return if case .refused(.notAllowed) = event { () } else { nil }
        }
        #expect(isCutOff)
        // A busy machine may lose connections for a moment; a refusal is what nobody else may get.
        for (number, dealer) in dealers.enumerated() where number != 41 {
            var isQueued = false
            for _ in 0..<15_000 where !isQueued {
                isQueued = try dealer.0.send(.draining(WireDraining())) == .queued
                if !isQueued { try await Task.sleep(for: .milliseconds(20)) }
            }
            let isRefused = dealer.1.takeAll(within: 0).contains {
                if case .refused(.notAllowed) = $0 { true } else { false }
            }
            #expect(isQueued && !isRefused, "node-\(number + 1)")
        }
        for dealer in dealers { await dealer.0.close() }
    }
}
