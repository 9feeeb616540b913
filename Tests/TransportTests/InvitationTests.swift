import Foundation
import SwiftProtobuf
import Testing

@testable import Transport

@Suite("One-time tokens")
struct InvitationTests {
    private static let now = Date(timeIntervalSince1970: 1_900_000_000)

    private func key() throws -> CurveKey { try KeyPair.generate().publicKey }

    private func invitation(_ name: String = "w", _ role: Role = .worker, isOperator: Bool = false) throws -> Invitation
    {
        Invitation(
            publicKey: try key(), name: name, role: role, isOperator: isOperator, expires: Self.now + 60)
    }

    @Test("A token makes one key a peer; the same key again gets the same answer, another key none")
    func once() throws {
        let invitation = try invitation()
        let (own, other) = (try key(), try key())
        var list = AllowListDocument("# remark\n\(AllowListEntry.invitation(invitation).line)\n")
        let peer = Peer(role: .worker, name: "w", publicKey: own)
        #expect(list.enrol(own, token: invitation.publicKey, at: Self.now) == .success(peer))
        let after = list
        #expect(list.enrol(own, token: invitation.publicKey, at: Self.now + 9_999) == .success(peer))
        #expect(list.enrol(other, token: invitation.publicKey, at: Self.now) == .failure(.used(name: "w")))
        #expect(list == after)
        #expect(list.text.hasPrefix("# remark\nused ") && list.text.hasSuffix("\nworker \(own.text) w\n"))
        #expect(AllowListDocument(list.text) == list && list.problems.isEmpty)
    }

    @Test("An expired token, an unknown one and a key that somebody has change nothing")
    func refused() throws {
        let invitation = try invitation()
        let peer = Peer(role: .client, name: "c", publicKey: try key())
        var list = AllowListDocument("")
        list.append([.invitation(invitation), .peer(peer)])
        let before = list
        let token = invitation.publicKey
        let late = try key()
        #expect(
            list.enrol(late, token: token, at: invitation.expires)
                == .failure(.expired(name: "w", at: invitation.expires)))
        #expect(list.enrol(peer.publicKey, token: token, at: Self.now) == .failure(.keyTaken))
        #expect(list.enrol(token, token: token, at: Self.now) == .failure(.keyTaken))
        let other = try key()
        #expect(list.enrol(other, token: peer.publicKey, at: Self.now) == .failure(.unknown))
        #expect(list == before)
    }

    @Test("A token for a client makes a client, one for an operator an operator", arguments: [false, true])
    func roles(isOperator: Bool) throws {
        let invitation = try invitation("carol", .client, isOperator: isOperator)
        let own = try key()
        let line = AllowListEntry.invitation(invitation).line
        #expect(line.hasSuffix(isOperator ? " operator" : " client"))
        var list = AllowListDocument(line)
        #expect(
            list.enrol(own, token: invitation.publicKey, at: Self.now)
                == .success(Peer(role: .client, name: "carol", publicKey: own, isOperator: isOperator)))
    }

    @Test(
        "A line that is no token is malformed",
        arguments: ["NAME", "NAME soon", "NAME 2033-05-18T03:33:20Z coordinator", "NAME 2033-05-18T03:33:20Z worker x"])
    func malformed(_ rest: String) throws {
        let list = AllowListDocument("invitation \(try key().text) \(rest)\n")
        #expect(list.problems.count == 1 && list.entries.isEmpty)
    }

    @Test("A token survives its file, and keys and tokens are not taken for each other")
    func file() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        let path = try keys.inviteToFiles(names: ["w-1"], expires: Self.now)[0]
        #expect(path == keys.path + "/w-1.token")
        #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        let token = try EnrolmentToken.read(path)
        #expect(token.invitation.name == "w-1" && token.invitation.role == .worker)
        #expect(token.invitation.expires == Self.now)
        #expect(try EnrolmentToken(token.text, path: "text") == token)
        let own = try token.newKeys()
        #expect(own.role == .worker && own.name == "w-1" && token.isFor(own))
        #expect(try own.coordinators?.current == KeyFile.read(keys.coordinatorFile).keys.publicKey)
        let asKeys = #expect(throws: TransportError.self) { try KeyFile.read(path) }
        #expect(asKeys?.description.contains("--enrol") == true)
        let asToken = #expect(throws: TransportError.self) { try EnrolmentToken.read(keys.workerFile) }
        #expect(asToken?.description.contains("--keys") == true)
        chmod(path, 0o644)
        #expect(throws: TransportError.self) { try EnrolmentToken.read(path) }
    }

    @Test("Whoever holds a token may enrol and do nothing else, and whoever holds keys may not enrol")
    func permissions() async throws {
        let coordinator = try TestCoordinator()
        let token = try coordinator.keys.invite(names: ["w"], expires: .distantFuture)[0]
        let peer = try TestPeer(coordinator.router.address, token.security)
        try await peer.hello()
        #expect(try await coordinator.events.malformed() == .notPermitted(role: "invitation", name: "w"))
        try peer.dealer.send(.listWorkers(WireListWorkers()), request: 3, protocolVersion: 1)
        #expect(try await coordinator.events.malformed() == .notPermitted(role: "invitation", name: "w", request: 3))
        let enrol = WireEnrol.with { $0.publicKey = Data(count: 32) }
        #expect(try peer.dealer.send(enrol) == .queued)
        let (message, connection) = try await coordinator.events.message()
        #expect(message.enrol == enrol && connection.peer?.publicKey == token.invitation.publicKey)
        let worker = try coordinator.peer()
        try await worker.hello()
        _ = try await coordinator.events.message()
        #expect(try worker.dealer.send(enrol) == .queued)
        #expect(try await coordinator.events.malformed() == .notPermitted(role: "worker", name: "worker"))
        await peer.close()
        await worker.close()
        await coordinator.close()
    }

    @Test("A token that is revoked admits nobody, and its connection is closed", arguments: [false, true])
    func revoked(isUsed: Bool) async throws {
        let coordinator = try TestCoordinator()
        let token = try coordinator.keys.invite(names: ["w"], expires: .distantFuture)[0]
        let own = try key()
        if isUsed { _ = coordinator.keys.enrol([(own, token.invitation.publicKey)]) }
        let peer = try TestPeer(coordinator.router.address, token.security)
        try await peer.hello()
        _ = try await coordinator.events.malformed()
        #expect(try coordinator.keys.revoke(name: "w"))
        #expect(try await coordinator.events.loss().1 == .revoked)
        #expect(try await peer.events.refusal() == .notAllowed)
        #expect(coordinator.keys.enrol([(own, token.invitation.publicKey)]) == [.failure(.unknown)])
        await peer.close()
        await coordinator.close()
    }

    @Test("Messages of enrolment with keys of other lengths, or without an outcome, are refused")
    func limits() throws {
        let bad = Data(count: 31)
        let requests = [
            ("enrol.public_key", WireToCoordinator.with { $0.enrol.publicKey = bad }),
            ("next_key_known.public_key", .with { $0.nextKeyKnown.publicKey = bad }),
        ]
        for (field, message) in requests {
            let error = #expect(throws: TransportError.self) { try MessageLimits.check(message) }
            guard case .malformed(field, _)? = error else { Issue.record("\(String(describing: error))"); return }
        }
        let answers = [
            ("enrolment.outcome", WireFromCoordinator.with { $0.enrolment = WireEnrolmentReply() }),
            ("next_key.public_key", .with { $0.nextKey.publicKey = bad }),
        ]
        for (field, message) in answers {
            let error = #expect(throws: TransportError.self) { try MessageLimits.check(message) }
            guard case .malformed(field, _)? = error else { Issue.record("\(String(describing: error))"); return }
        }
    }
}
