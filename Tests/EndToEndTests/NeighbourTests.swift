import Foundation
import TestKit
import Testing

@Suite("Several users of one cluster", .serialized)
struct NeighbourTests {
    /// A coordinator with the clients alice and bob, and an operator.
    private struct Neighbours {
        let folder: TemporaryFolder
        let cluster: LiveCluster

        init() throws {
            folder = try TemporaryFolder()
            cluster = try LiveCluster(in: folder.url)
            try Specification.synthesize(in: folder.url)
            for name in ["alice", "bob"] { try add(name, "--role", "client") }
            try add("root", "--operator")
        }

        func add(_ name: String, _ options: String...) throws {
            let outcome = try Program(
                ["keys", "add", name, "--directory", keys] + options, in: folder.url
            ).outcome()
            #expect(outcome.status == 0, "\(outcome.errors)")
        }

        var keys: String { cluster.state.appending(path: "keys").path }

        func start(_ name: String, _ arguments: String...) throws -> Program {
            try Program(
                arguments + ["--connect", cluster.address, "--keys", "\(keys)/\(name).keys"], in: folder.url)
        }

        func ask(_ name: String, _ arguments: String...) throws -> Program.Outcome {
            try Program(
                arguments + ["--connect", cluster.address, "--keys", "\(keys)/\(name).keys"], in: folder.url
            ).outcome()
        }

        /// A sweep of 400 units a repeat.
        func write(_ name: String, repeats: Int) throws -> String {
            var sweep = Specification.tiny
            sweep.repeats = repeats
            let directory = folder.file("\(name)-\(repeats)")
            try FileManager.default.createDirectory(at: directory, withIntermediateDirectories: true)
            sweep.name = name
            sweep.features = folder.file("synthetic").path
            return try sweep.write(in: directory).path
        }
    }

    @Test("Nobody's sweep is cancelled by another's submission, cancellation or discarding")
    func ownership() throws {
        let all = try Neighbours()
        let mine = try all.write("grid", repeats: 40)
        let waiting = try all.start("alice", "submit", mine, "--wait")
        try all.cluster.waitUntil("it is there") { try all.ask("alice", "status", "grid").status == 0 }

        // Another's sweep of the same name.
        let other = try all.ask("bob", "submit", try all.write("grid", repeats: 2))
        #expect(other.status == 0, "\(other.errors)")
        #expect(try all.ask("alice", "status", "grid").output.contains("grid (1) of alice   0/16000 units"))
        #expect(try all.ask("bob", "status", "grid").output.contains("grid (2) of bob   0/800 units"))
        let unclear = try all.ask("root", "status", "grid")
        #expect(unclear.status == 1 && unclear.errors.contains("1 grid of alice, 2 grid of bob"), "\(unclear.errors)")

        let refused = try all.ask("bob", "cancel", "1")
        #expect(refused.status == 1 && refused.errors.contains("belongs to alice"), "\(refused.errors)")
        let changed = try all.write("grid", repeats: 41)
        let question = try all.ask("alice", "submit", changed)
        #expect(question.status == 1 && question.errors.contains("0 of 16000 units done"), "\(question.errors)")
        #expect(question.errors.contains("--replace"))
        #expect(waiting.isRunning)

        // The waiting client hears what happened, and so does everybody who asks.
        let replaced = try all.ask("alice", "submit", changed, "--replace")
        #expect(replaced.status == 0 && replaced.errors.contains("sweep 1 (grid) is cancelled"), "\(replaced.errors)")
        let outcome = try waiting.outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("0 of 16000, cancelled (replaced by sweep 3)"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("100 %"))

        // A client is its name, not its key.
        #expect(try Program.run("keys", "revoke", "bob", "--directory", all.keys, in: all.folder.url).status == 0)
        try all.add("bob", "--role", "client")
        #expect(try all.ask("bob", "cancel", "grid").status == 0)
        #expect(try all.ask("root", "cancel", "3").status == 0)

        let lines = [
            "grid (1) of alice   0 of 16000, cancelled (replaced by sweep 3)",
            "grid (2) of bob   0 of 800, cancelled (by bob)", "grid (3) of alice   0 of 16400, cancelled (by root)",
        ]
        #expect(try all.ask("root", "status").output.split(separator: "\n").map(String.init) == lines)
        try all.cluster.killCoordinator()
        try all.cluster.restartCoordinator()
        #expect(try all.ask("root", "status").output.split(separator: "\n").map(String.init) == lines)
    }

    @Test("A sweep that is cancelled half done, and one that is done, show so, also after a restart")
    func ended() throws {
        let all = try Neighbours()
        try all.cluster.startWorker(1)
        let done = try all.start("bob", "submit", try all.write("done", repeats: 1), "--wait", "--priority", "1")
        #expect(try done.outcome().status == 0)
        _ = try all.ask("alice", "submit", try all.write("half", repeats: 400))
        try all.cluster.waitUntil("something is done") {
            !(try all.ask("alice", "status", "half").output.contains("   0/160000 units"))
        }
        #expect(try all.ask("alice", "cancel", "half").status == 0)
        func counts() throws -> [String] {
            try all.ask("root", "status").output.split(separator: "\n").map { $0.prefix { $0 != "%" }.description }
        }
        let before = try counts()
        #expect(before.first?.hasPrefix("done (1) of bob, priority 1   400/400 units   100 ") == true, "\(before)")
        #expect(before.last?.contains(" of 160000, cancelled (by alice)") == true, "\(before)")
        try all.cluster.killCoordinator()
        try all.cluster.restartCoordinator()
        let after = try counts()
        #expect(after.first == before.first)
        #expect(after.last?.contains(" of 160000, cancelled (by alice)") == true, "\(after)")
        let statuses = try #require(
            try JSONSerialization.jsonObject(
                with: Data(all.ask("root", "status", "--format", "json").output.utf8)) as? [[String: Any]])
        #expect(statuses.map { $0["isCancelled"] as? Bool } == [false, true])
        #expect(statuses.map { $0["owner"] as? String } == ["bob", "alice"])
    }
}
