import Foundation
import TestKit
import Testing

@Suite("Tokens and changes of keys on the command line", .serialized)
struct EnrolmentCommandTests {
    private let folder: TemporaryFolder
    private let cluster: LiveCluster
    private var keys: String { cluster.state.appending(path: "keys").path }

    init() throws {
        folder = try TemporaryFolder()
        cluster = try LiveCluster(in: folder.url)
    }

    private func keysCommand(_ arguments: String..., prefix: [String] = []) throws -> Program.Outcome {
        try Program(["keys"] + arguments, in: folder.url, prefix: prefix).outcomeOrKill()
    }

    private func worker(_ name: String, _ options: String..., prefix: [String] = []) throws -> Program {
        try Program(
            [
                "worker", "--connect", cluster.address, "--name", name,
                "--cache", folder.file("cache").path,
            ] + options, in: folder.url, prefix: prefix)
    }

    private func waitFor(_ name: String) throws {
        try cluster.waitUntil("\(name) has joined") {
            try cluster.ask("workers").words.contains { $0.prefix(2) == [name, "active"] }
        }
    }

    @Test("A worker with a token makes its own keys, joins, and joins again without the token")
    func workerWithToken() throws {
        let paths = try keysCommand("invite", "--count", "2", "node", "--directory", keys).output.split(separator: "\n")
        #expect(paths == ["\(keys)/node-1.token", "\(keys)/node-2.token"])
        let own = folder.file("own.keys").path
        let first = try worker("first", "--enrol", "\(keys)/node-1.token", "--keys", own)
        defer { first.signal(SIGKILL) }
        try waitFor("first")
        #expect(try FileManager.default.attributesOfItem(atPath: own)[.posixPermissions] as? Int == 0o600)
        first.signal(SIGKILL)
        _ = try first.outcome()
        try FileManager.default.removeItem(atPath: "\(keys)/node-1.token")
        let again = try worker("again", "--enrol", "\(keys)/node-1.token", "--keys", own)
        defer { again.signal(SIGKILL) }
        try waitFor("again")
    }

    @Test(
        "A worker that is told to end while it starts ends in order and leaves nothing behind",
        arguments: [SIGTERM, SIGUSR1])
    func endedWhileStarting(_ signal: Int32) throws {
        _ = try keysCommand("invite", "early", "--directory", keys)
        // Nobody answers there, so that it waits to be enrolled.
        let worker = try Program(
            [
                "worker", "--connect", "tcp://127.0.0.1:1", "--name", "early", "--cache", folder.file("cache").path,
                "--enrol", "\(keys)/early.token", "--keys", folder.file("own.keys").path,
            ], in: folder.url)
        let seat = folder.file("cache/early").path
        try cluster.waitUntil("it has its folder") { FileManager.default.fileExists(atPath: seat) }
        worker.signal(signal)
        let outcome = try worker.outcomeOrKill()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: seat))
    }

    @Test("A token comes by standard input, and a used one ends a worker with status 2 and the reason")
    func standardInput() throws {
        let token = folder.file("token").path
        let invited = try keysCommand("invite", "--stdout", "piped", "--directory", keys)
        try invited.output.write(toFile: token, atomically: true, encoding: .utf8)
        let piped = ["sh", "-c", "exec \"$@\" < \"$0\"", token]
        let joined = try worker("piped", "--enrol", "-", "--keys", folder.file("own.keys").path, prefix: piped)
        defer { joined.signal(SIGKILL) }
        try waitFor("piped")
        let late = try worker("late", "--enrol", "-", "--keys", folder.file("other.keys").path, prefix: piped)
        let outcome = try late.outcomeOrKill()
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("this token for \"piped\" has been used"))
        #expect(!FileManager.default.fileExists(atPath: folder.file("other.keys").path))
    }

    @Test("A client enrols, is listed without a secret, and is refused once it is revoked")
    func client() throws {
        _ = try keysCommand("invite", "carol", "--role", "client", "--expires", "30m", "--directory", keys)
        let own = folder.file("carol.keys").path
        let enrolled = try keysCommand(
            "enrol", "--connect", cluster.address, "--token", "\(keys)/carol.token", "--output", own)
        #expect(enrolled.status == 0 && enrolled.output == own + "\n", "\(enrolled.errors)")
        let ask = ["workers", "--connect", cluster.address, "--keys", own]
        #expect(try Program(ask, in: folder.url).outcomeOrKill().status == 0)
        let list = try keysCommand("list", "--format", "json", "--directory", keys).output
        let lines = try String(contentsOfFile: own, encoding: .utf8).split(separator: "\n")
        let secret = try #require(lines.first { $0.hasPrefix("secret ") }).dropFirst(7)
        #expect(list.contains("\"name\" : \"carol\"") && !list.contains(secret))
        #expect(try keysCommand("revoke", "carol", "--directory", keys).status == 0)
        let refused = try Program(ask, in: folder.url).outcomeOrKill()
        #expect(refused.status == 1 && refused.errors.contains("not on the coordinator's allow list"))
    }

    @Test("A hundred keys are added by one command; a name that is taken adds none; a revoked name is added again")
    func add() throws {
        let added = try keysCommand("add", "--count", "100", "node", "--directory", keys)
        #expect(added.output.split(separator: "\n").count == 100)
        let again = try keysCommand("add", "--count", "101", "node", "--directory", keys)
        #expect(again.status == 1 && again.errors.contains("\"node-1\" is taken"))
        #expect(try keysCommand("list", "--directory", keys).output.split(separator: "\n").count == 102)
        #expect(try keysCommand("revoke", "node-7", "--directory", keys).status == 0)
        #expect(try keysCommand("add", "node-7", "--directory", keys).status == 0)
        #expect(try keysCommand("revoke", "nobody", "--directory", keys).status == 2)
    }

    @Test("The coordinator's keys change under running workers: who was there comes back, who was away is refused")
    func rotation() throws {
        _ = try keysCommand("add", "away", "--directory", keys)
        try cluster.startWorker(1)
        try waitFor("worker-1")
        let begun = try keysCommand("rotate", "--directory", keys)
        #expect(begun.output.hasPrefix("coordinator-next "))
        // The client's own file learns it with the question.
        try cluster.waitUntil("worker and client have the next key") {
            _ = try cluster.ask("workers")
            let list = try keysCommand("list", "--directory", keys).output
            return list.components(separatedBy: "   has the next key").count == 3
        }
        let finished = try keysCommand("rotate", "--finish", "--directory", keys)
        #expect(finished.output == begun.output.replacing("coordinator-next", with: "coordinator"))
        #expect(finished.errors.contains(": away\n") && finished.errors.contains("Restart the coordinator"))
        try cluster.killCoordinator()
        try cluster.restartCoordinator()
        try waitFor("worker-1")
        #expect(cluster.isRunning(worker: 1))
        let away = try Program(
            ["workers", "--connect", cluster.address, "--keys", "\(keys)/away.keys"], in: folder.url
        ).outcomeOrKill()
        #expect(away.status == 1 && away.errors.contains("the handshake failed"))
    }
}
