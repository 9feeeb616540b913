import Foundation
import TestKit
import Testing

@testable import Transport

@Suite(
    "Keys that root changes in a folder of another user",
    .enabled(if: OtherUser.refusal == nil, "\(OtherUser.refusal ?? "")"))
struct FolderOwnerTests {
    private let folder: TemporaryFolder
    private let keys: KeyDirectory
    /// A file of root's that the other user may not read.
    private let victim: String

    init() throws {
        folder = try TemporaryFolder()
        chmod(folder.path, 0o755)
        keys = try KeyDirectory.create(at: folder.path + "/keys")
        for name in ["."] + (try FileManager.default.contentsOfDirectory(atPath: keys.path)) {
            #expect(chown(keys.path + "/" + name, OtherUser.id, OtherUser.id) == 0)
        }
        victim = folder.path + "/victim"
        try PrivateFile.create(victim, text: "root's\n")
    }

    private func command(_ arguments: String...) throws -> Program.Outcome {
        try Program(["keys"] + arguments + ["--directory", keys.path], in: URL(filePath: folder.path))
            .outcomeOrKill()
    }

    private func owner(_ path: String) -> uid_t? {
        var status = stat()
        return lstat(path, &status) == 0 ? status.st_uid : nil
    }

    private func expectUntouched() throws {
        #expect(owner(victim) == 0)
        #expect(try String(contentsOfFile: victim, encoding: .utf8) == "root's\n")
    }

    @Test("All that is made or changed there is that user's, who can go on with it")
    func owned() throws {
        #expect(try command("add", "node").status == 0)
        #expect(try command("invite", "later").status == 0)
        #expect(try command("rotate").status == 0)
        for name in try FileManager.default.contentsOfDirectory(atPath: keys.path) {
            #expect(owner(keys.path + "/" + name) == OtherUser.id, "\(name)")
        }
        let own = try Program(
            ["keys", "revoke", "node", "--directory", keys.path], in: URL(filePath: folder.path),
            prefix: OtherUser.prefix + ["--clear-groups"])
        #expect(try own.outcomeOrKill().status == 0)
    }

    @Test(
        "A link to a file of root's in the place of the lock, the list or a key file opens nothing and changes nothing",
        arguments: ["allowed.lock", "allowed", "coordinator.keys"])
    func links(_ name: String) throws {
        let path = keys.path + "/" + name
        unlink(path)
        try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: victim)
        #expect(lchown(path, OtherUser.id, OtherUser.id) == 0)
        let outcome = try command("add", "node")
        #expect(outcome.status == 1 && outcome.errors.contains(path), "\(outcome.errors)")
        #expect(try !FileManager.default.contentsOfDirectory(atPath: keys.path).contains("node.keys"))
        try expectUntouched()
    }

    @Test("Whoever keeps the rights of root does not follow links in the places of lock and list either")
    func linksAsRoot() throws {
        for name in ["allowed.lock", "allowed"] {
            let path = keys.path + "/" + name
            unlink(path)
            try FileManager.default.createSymbolicLink(atPath: path, withDestinationPath: victim)
            let error = #expect(throws: TransportError.self) { try keys.addPeer(role: .worker, name: "node") }
            #expect(error?.description.contains("it is a symbolic link") == true, "\(error?.description ?? "")")
            unlink(path)
        }
        try expectUntouched()
    }

    @Test("A folder is made as the owner of the one that it is made in")
    func new() throws {
        let path = keys.path + "/more/keys"
        let made = try Program(["keys", "new", "--output", path], in: URL(filePath: folder.path)).outcomeOrKill()
        #expect(made.status == 0, "\(made.errors)")
        #expect(owner(path) == OtherUser.id && owner(path + "/coordinator.keys") == OtherUser.id)
    }

    @Test("Behind a link the owner is that of the link, unless root made it")
    func ownerBehindLink() throws {
        let own = folder.path + "/own"
        try FileManager.default.createDirectory(atPath: own, withIntermediateDirectories: false)
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/link", withDestinationPath: own)
        #expect(FolderOwner.owner(of: folder.path + "/link")?.user == 0)
        #expect(lchown(folder.path + "/link", OtherUser.id, OtherUser.id) == 0)
        #expect(FolderOwner.owner(of: folder.path + "/link/keys")?.user == OtherUser.id)
        #expect(FolderOwner.owner(of: own + "/not/there")?.user == 0)
        // A link of root's that leads to a link of the user's, which leads to a folder of root's.
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/first", withDestinationPath: "link")
        #expect(FolderOwner.owner(of: folder.path + "/first/keys")?.user == OtherUser.id)
        try FileManager.default.createSymbolicLink(
            atPath: folder.path + "/absolute", withDestinationPath: folder.path + "/link")
        #expect(FolderOwner.owner(of: folder.path + "/absolute")?.user == OtherUser.id)
        // Links that lead to each other lead nowhere, and end.
        try FileManager.default.createSymbolicLink(atPath: folder.path + "/round", withDestinationPath: "round")
        #expect(FolderOwner.owner(of: folder.path + "/round") != nil)
        #expect(FolderOwner.owner(of: keys.path)?.user == OtherUser.id)
    }
}
