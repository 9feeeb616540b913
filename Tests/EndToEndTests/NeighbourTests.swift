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
        #expect(try all.ask("alice", "status", "grid").words.last?.prefix(4) == ["grid", "1", "alice", "0/16000"])
        #expect(try all.ask("bob", "status", "grid").words.last?.prefix(4) == ["grid", "2", "bob", "0/800"])
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
            "sweep no. owner units done workers", "grid 1 alice 0/16000 cancelled 0", "grid 2 bob 0/800 cancelled 0",
            "grid 3 alice 0/16400 cancelled 0", "grid (1): replaced by sweep 3", "grid (2): by bob",
            "grid (3): by root",
        ].map { $0.split(separator: " ").map(String.init) }
        #expect(try all.ask("root", "status").words == lines)
        try all.cluster.killCoordinator()
        try all.cluster.restartCoordinator()
        #expect(try all.ask("root", "status").words == lines)
    }

    @Test("A sweep that is cancelled half done, and one that is done, show so, also after a restart")
    func ended() throws {
        let all = try Neighbours()
        try all.cluster.startWorker(1)
        let done = try all.start("bob", "submit", try all.write("done", repeats: 1), "--wait", "--priority", "1")
        #expect(try done.outcome().status == 0)
        _ = try all.ask("alice", "submit", try all.write("half", repeats: 400))
        try all.cluster.waitUntil("something is done") {
            try all.ask("alice", "status", "half").words.last?.contains("0/160000") == false
        }
        #expect(try all.ask("alice", "cancel", "half").status == 0)
        /// Sweep, number, owner, priority where there is one, units; then what is to be known.
        func rows() throws -> [[String]] { try all.ask("root", "status").words.dropFirst().map { Array($0.prefix(5)) } }
        let before = try rows()
        try #require(before.count == 3, "\(before)")
        #expect(before[0] == ["done", "1", "bob", "1", "400/400"])
        #expect(before[1].prefix(3) == ["half", "2", "alice"] && before[1].last == "cancelled", "\(before)")
        #expect(before[2] == ["half", "(2):", "by", "alice"])
        try all.cluster.killCoordinator()
        try all.cluster.restartCoordinator()
        // What was in training when it was cancelled may have been finished.
        let after = try rows()
        #expect(after.map { $0.prefix(3) } == before.map { $0.prefix(3) } && after[1].last == "cancelled", "\(after)")
        #expect(after[0] == before[0] && after[2] == before[2], "\(after)")
        let statuses = try #require(
            try JSONSerialization.jsonObject(
                with: Data(all.ask("root", "status", "--format", "json").output.utf8)) as? [[String: Any]])
        #expect(statuses.map { $0["isCancelled"] as? Bool } == [false, true])
        #expect(statuses.map { $0["owner"] as? String } == ["bob", "alice"])
    }
}
