import Foundation
import Testing

@testable import Transport

@Suite("Operators on the allow list")
struct OperatorTests {
    private func isOperator(_ name: String, in keys: KeyDirectory) throws -> Bool? {
        let key = try KeyFile.read(keys.file(for: name)).keys.publicKey
        return try AllowList(path: keys.allowListFile).peer(for: key)?.isOperator
    }

    @Test("The only client is an operator, until there is another client or an operator")
    func soleClient() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        #expect(try isOperator("client", in: keys) == true)
        #expect(try isOperator("worker", in: keys) == false)
        try keys.addPeer(role: .client, name: "alice")
        #expect(try isOperator("client", in: keys) == false)
        #expect(try isOperator("alice", in: keys) == false)
        try keys.revoke(name: "client")
        #expect(try isOperator("alice", in: keys) == true)
        try keys.addPeer(role: .client, name: "root", isOperator: true)
        #expect(try isOperator("root", in: keys) == true)
        #expect(try isOperator("alice", in: keys) == false)
    }

    @Test("A line that cannot be read makes nobody an operator: it may have been another client's")
    func malformedLine() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        let key = try KeyFile.read(keys.clientFile).keys.publicKey
        let allowed = try AllowList(path: keys.allowListFile)
        #expect(allowed.peer(for: key)?.isOperator == true)
        let list = try String(contentsOfFile: keys.allowListFile, encoding: .utf8)
        try (list + "operater \(String(repeating: "a", count: 40)) carol\n").write(
            toFile: keys.allowListFile, atomically: true, encoding: .utf8)
        allowed.refresh()
        #expect(allowed.peer(for: key)?.isOperator == false)
    }

    @Test("Revoked keys make room for new ones of the same name, keys that admit somebody do not")
    func newKeys() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        let old = try KeyFile.read(keys.clientFile)
        #expect(throws: TransportError.self) { try keys.addPeer(role: .client, name: "client") }
        try keys.revoke(name: "client")
        try keys.addPeer(role: .client, name: "client")
        let new = try KeyFile.read(keys.clientFile)
        #expect(new.keys.publicKey != old.keys.publicKey && new.name == old.name)
        let allowed = try AllowList(path: keys.allowListFile)
        #expect(allowed.peer(for: new.keys.publicKey)?.name == "client")
        #expect(allowed.peer(for: old.keys.publicKey) == nil)
    }

    @Test("An operator is a client with a line of its own kind")
    func line() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        let file = try KeyFile.read(try keys.addPeer(role: .client, name: "root", isOperator: true))
        #expect(file.role == .client)
        let peer = try AllowList(path: keys.allowListFile).peer(for: file.keys.publicKey)
        #expect(peer == Peer(role: .client, name: "root", publicKey: file.keys.publicKey, isOperator: true))
        let list = try String(contentsOfFile: keys.allowListFile, encoding: .utf8)
        #expect(list.contains("\noperator \(file.keys.publicKey.text) root\n"))
    }
}
