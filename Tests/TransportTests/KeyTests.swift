import Foundation
import Testing

@testable import Transport

@Suite struct KeyTests {
    @Test("Keys read back as they were written, and only their owner can")
    func roundTrip() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        let worker = try KeyFile.read(keys.workerFile)
        let coordinator = try KeyFile.read(keys.coordinatorFile)
        #expect(
            worker.role == .worker && worker.name == "worker"
                && worker.coordinators?.current == coordinator.keys.publicKey)
        #expect(CurveKey(worker.keys.secretKey.text) == worker.keys.secretKey)
        #expect(!"\(worker.keys)".contains(worker.keys.secretKey.text))
        for path in [keys.workerFile, keys.clientFile, keys.coordinatorFile] {
            #expect(try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int == 0o600)
        }
        let allowed = try AllowList(path: keys.allowListFile)
        #expect(allowed.peer(for: worker.keys.publicKey)?.role == .worker)
        #expect(allowed.peer(for: coordinator.keys.publicKey) == nil)
    }

    @Test(
        "Keys are never overwritten, nor names made files elsewhere",
        arguments: ["worker", "coordinator", "", "../x", "a b"])
    func names(_ name: String) throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        let before = try String(contentsOfFile: keys.workerFile, encoding: .utf8)
        #expect(throws: TransportError.self) { try keys.addPeer(role: .worker, name: name) }
        #expect(throws: TransportError.self) { try KeyDirectory.create(at: keys.path) }
        #expect(try String(contentsOfFile: keys.workerFile, encoding: .utf8) == before)
    }

    @Test("A key file that others may read is refused, with the remedy")
    func permissions() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        try FileManager.default.setAttributes([.posixPermissions: 0o640], ofItemAtPath: keys.workerFile)
        let error = #expect(throws: TransportError.self) { try KeyFile.read(keys.workerFile) }
        #expect(error?.description.contains("mode 640") == true && error?.description.contains("chmod 600") == true)
    }

    @Test(
        "A key file that lacks a field, or holds no key, is refused with the field's name",
        arguments: ["role", "name", "public", "secret", "coordinator"], [true, false])
    func fields(_ field: String, isMissing: Bool) throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        let lines = try String(contentsOfFile: keys.workerFile, encoding: .utf8).split(separator: "\n")
        let damaged = lines.compactMap { line -> Substring? in
            guard line.hasPrefix(field + " ") else { return line }
            return isMissing ? nil : "\(field) x"
        }
        let path = folder.path + "/damaged.keys"
        try PrivateFile.create(path, text: damaged.joined(separator: "\n"))
        // Any text is a name.
        guard isMissing || field != "name" else { return }
        let error = #expect(throws: TransportError.self) { try KeyFile.read(path) }
        #expect(error?.description.contains(path) == true && error?.description.contains(field) == true)
    }

    @Test("The coordinator's own keys do not connect, and no file is no keys")
    func wrongFile() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        #expect(throws: TransportError.self) {
            try KeyFile.read(keys.coordinatorFile).dealerSecurity(path: keys.coordinatorFile)
        }
        #expect(throws: TransportError.self) { try KeyFile.read(folder.path + "/none") }
        #expect(throws: TransportError.self) { try AllowList(path: folder.path + "/none") }
        try PrivateFile.create(folder.path + "/text", text: "not keys")
        #expect(throws: TransportError.self) { try KeyFile.read(folder.path + "/text") }
    }

    @Test("An allow list is read again when it changes; a bad line admits nobody and is named; no file admits nobody")
    func allowList() throws {
        let folder = try TemporaryFolder()
        let keys = try KeyDirectory.create(at: folder.path + "/keys")
        let worker = try KeyFile.read(keys.workerFile).keys.publicKey
        let client = try KeyFile.read(keys.clientFile).keys.publicKey
        let list = try AllowList(path: keys.allowListFile)
        #expect(!list.refresh())
        #expect(try keys.revoke(name: "client"))
        #expect(try !keys.revoke(name: "nobody"))
        #expect(list.refresh())
        #expect(list.peer(for: client) == nil && list.peer(for: worker) != nil)
        try "# remark\n\nworker \(client.text) two words\ncoordinator \(worker.text) x\nworker short x\n"
            .write(toFile: list.path, atomically: true, encoding: .utf8)
        #expect(list.refresh())
        #expect(list.peer(for: client)?.name == "two words" && list.peer(for: worker) == nil)
        #expect(list.problems.map { $0.prefix(6) } == ["line 4", "line 5"])
        try FileManager.default.removeItem(atPath: list.path)
        #expect(list.refresh())
        #expect(list.peer(for: client) == nil)
    }

    @Test(
        "Texts that are no keys make none",
        arguments: ["", "x", String(repeating: " ", count: 40), String(repeating: "~", count: 40)])
    func noKeys(_ text: String) { #expect(CurveKey(text) == nil) }
}
