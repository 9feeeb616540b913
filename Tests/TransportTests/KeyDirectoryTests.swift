import Foundation
import Testing

@testable import Transport

@Suite("Many keys in one folder")
struct KeyDirectoryTests {
    private let folder: TemporaryFolder
    private let keys: KeyDirectory

    init() throws {
        folder = try TemporaryFolder()
        keys = try KeyDirectory.create(at: folder.path + "/keys")
    }

    private func list() throws -> String { try String(contentsOfFile: keys.allowListFile, encoding: .utf8) }

    private func inode() throws -> UInt64? {
        try FileManager.default.attributesOfItem(atPath: keys.allowListFile)[.systemFileNumber] as? UInt64
    }

    @Test("A hundred peers are added by one change of the list, each with keys of its own")
    func many() throws {
        let list = try AllowList(path: keys.allowListFile)
        let names = KeyDirectory.names("node", count: 100)
        #expect(names.first == "node-1" && names.last == "node-100")
        let paths = try keys.addPeers(role: .worker, names: names)
        #expect(paths == names.map { keys.file(for: $0) })
        #expect(list.refresh() && !list.refresh())
        let files = try paths.map { try KeyFile.read($0) }
        #expect(Set(files.map(\.keys.publicKey)).count == 100)
        #expect(files.map { list.peer(for: $0.keys.publicKey)?.name } == names)
    }

    @Test(
        "If one name is taken, twice there or no name, none is added and nothing is left behind",
        arguments: ["worker", "a", "x y", ".hidden", "coordinator-next", String(repeating: "n", count: 129)])
    func allOrNothing(_ name: String) throws {
        let (before, files) = (try list(), try FileManager.default.contentsOfDirectory(atPath: keys.path))
        #expect(throws: TransportError.self) { try keys.addPeers(role: .worker, names: ["a", "b", name]) }
        #expect(throws: TransportError.self) {
            try keys.inviteToFiles(names: ["a", "b", name], expires: .distantFuture)
        }
        #expect(try list() == before)
        #expect(try Set(FileManager.default.contentsOfDirectory(atPath: keys.path)) == Set(files))
    }

    @Test("A write that fails half-way takes back the files that were written")
    func interrupted() throws {
        try FileManager.default.createDirectory(atPath: keys.file(for: "c"), withIntermediateDirectories: true)
        let before = try list()
        #expect(throws: TransportError.self) { try keys.addPeers(role: .worker, names: ["a", "b", "c"]) }
        #expect(try list() == before)
        #expect(!FileManager.default.fileExists(atPath: keys.file(for: "a")))
    }

    @Test("Revoking one name leaves all others, also those that begin like it, and remarks")
    func revokeOne() throws {
        try keys.addPeers(role: .worker, names: KeyDirectory.names("w", count: 12))
        try "# a remark\n".appended(to: keys.allowListFile)
        #expect(try keys.revoke(name: "w-1"))
        let names = try keys.list().map(\.name)
        #expect(names == ["worker", "client"] + (2...12).map { "w-\($0)" })
        #expect(try list().hasSuffix("# a remark\n"))
    }

    @Test(
        "A name can be added again after it was revoked, whatever became of its file",
        arguments: ["kept", "opened", "gone"])
    func addAgain(_ fate: String) throws {
        let old = try KeyFile.read(keys.workerFile).keys.publicKey
        try keys.revoke(name: "worker")
        // A line that nobody can read must not stand in the way either.
        try "no peer\n".appended(to: keys.allowListFile)
        switch fate {
        case "opened": chmod(keys.workerFile, 0o644)
        case "gone": unlink(keys.workerFile)
        default: break
        }
        try keys.addPeer(role: .worker, name: "worker")
        let new = try KeyFile.read(keys.workerFile).keys.publicKey
        #expect(new != old)
        #expect(try keys.list().filter { $0.name == "worker" }.map(\.publicKey) == [new.text])
    }

    @Test("A file that holds no keys, or keys that are in use, is not removed to make room")
    func inTheWay() throws {
        try "notes".write(toFile: keys.file(for: "a"), atomically: true, encoding: .utf8)
        try FileManager.default.copyItem(atPath: keys.workerFile, toPath: keys.file(for: "b"))
        for name in ["a", "b"] {
            let error = #expect(throws: TransportError.self) { try keys.addPeer(role: .worker, name: name) }
            #expect(error?.description.contains(keys.file(for: name)) == true)
            #expect(FileManager.default.fileExists(atPath: keys.file(for: name)))
        }
    }

    @Test("Of many changes at the same time none is lost")
    func concurrent() async throws {
        let keys = keys
        try keys.addPeers(role: .worker, names: KeyDirectory.names("old", count: 20))
        try await withThrowingTaskGroup(of: Void.self) { group in
            for number in 1...20 {
                group.addTask { try keys.addPeer(role: .worker, name: "new-\(number)") }
                group.addTask { try keys.revoke(name: "old-\(number)") }
                group.addTask { _ = try keys.inviteToFiles(names: ["token-\(number)"], expires: .distantFuture) }
            }
            try await group.waitForAll()
        }
        let names = Set(try keys.list().map(\.name))
        let expected = (1...20).flatMap { ["new-\($0)", "token-\($0)"] } + ["worker", "client"]
        #expect(names == Set(expected))
    }

    @Test("A list that cannot be read is not taken for an empty one and written over")
    func unreadable() throws {
        try Data([0xFF, 0xFE, 0xFF]).write(to: URL(filePath: keys.allowListFile))
        #expect(throws: TransportError.self) { try keys.addPeer(role: .worker, name: "a") }
        #expect(try Data(contentsOf: URL(filePath: keys.allowListFile)) == Data([0xFF, 0xFE, 0xFF]))
    }

    @Test("The list of keys shows names, roles, operators and the end of tokens, and no secret")
    func listing() throws {
        try keys.addPeer(role: .client, name: "root", isOperator: true)
        let end = Date(timeIntervalSince1970: 2_000_000_000)
        _ = try keys.invite(role: .client, names: ["carol"], expires: end)
        let listed = try keys.list()
        #expect(listed.map(\.name) == ["worker", "client", "root", "carol"])
        #expect(listed.map(\.role) == ["worker", "client", "client", "invitation"])
        #expect(listed.map(\.isOperator) == [false, false, true, false])
        #expect(listed.last?.expires == "2033-05-18T03:33:20Z" && listed.last?.invites == "client")
        let json = String(decoding: try JSONEncoder().encode(listed), as: UTF8.self)
        for name in ["worker", "client", "root"] {
            let secret = try KeyFile.read(keys.file(for: name)).keys.secretKey.text
            #expect(!json.contains(secret))
        }
    }

    @Test("Free names are those that neither peers nor tokens have, also where several ask for some at once")
    func freeNames() async throws {
        let keys = keys
        try keys.addPeers(role: .worker, names: ["worker-1", "worker-3"])
        let tokens = try keys.invite(names: .free("worker", count: 2), expires: .distantFuture)
        #expect(tokens.map(\.invitation.name) == ["worker-2", "worker-4"])
        try await withThrowingTaskGroup(of: Void.self) { group in
            for _ in 0..<20 {
                group.addTask { _ = try keys.invite(names: .free("worker", count: 2), expires: .distantFuture) }
            }
            try await group.waitForAll()
        }
        let names = try keys.list().map(\.name).filter { $0.hasPrefix("worker-") }
        #expect(Set(names) == Set((1...44).map { "worker-\($0)" }))
    }
}

extension String {
    fileprivate func appended(to path: String) throws {
        try (String(contentsOfFile: path, encoding: .utf8) + self).write(
            toFile: path, atomically: true, encoding: .utf8)
    }
}
