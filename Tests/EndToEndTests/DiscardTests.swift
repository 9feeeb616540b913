import Foundation
import TestKit
import Testing

@Suite("Discarding results")
struct DiscardTests {
    @Test("asks for confirmation, removes the selection, and the next run trains it again")
    func local() throws {
        let folder = try TemporaryFolder()
        let specification = try Specification.small.write(in: folder.url)
        let first = try Program.run("run", specification.path, "--workers", "1", in: folder.url)
        #expect(first.status == 0, "\(first.errors)")
        let state = folder.file(".probesweep")
        let units = Specification.small.units

        let unasked = try Program.run("discard", "small", "--all", in: folder.url)
        #expect(unasked.status == 2)
        #expect(unasked.errors.contains("\(units) results of sweep small (1), reported by"), "\(unasked.errors)")
        #expect(unasked.errors.contains("give --yes"))
        #expect(try Program.run("discard", "small", in: folder.url).status == 2)
        #expect(try Program.run("discard", "small", "--unit", "12ab", in: folder.url).status == 2)
        #expect(try LedgerFile(state: state).resultCount() == units)

        let nothing = try Program.run("discard", "small", "--worker", "nobody", "--yes", in: folder.url)
        #expect(nothing.status == 1)
        #expect(nothing.errors.contains("no result of sweep small (1) matches; it has \(units)"), "\(nothing.errors)")

        let done = try Program.run("discard", "small", "--since", "1h", "--yes", in: folder.url)
        #expect(done.status == 0, "\(done.errors)")
        #expect(done.output == "\(units) results of sweep small (1) removed\n")
        #expect(try LedgerFile(state: state).resultCount() == 0)
        let second = try Program.run("run", specification.path, "--workers", "1", in: folder.url)
        #expect(second.status == 0, "\(second.errors)")
        #expect(second.output == first.output)
        #expect(try LedgerFile(state: state).resultCount() == units)
    }

    @Test("An unusable result is named by every command that reads it, with a command that mends it as it stands")
    func unusable() throws {
        let folder = try TemporaryFolder()
        let specification = try Specification.small.write(in: folder.url)
        #expect(try Program.run("run", specification.path, "--workers", "1", in: folder.url).status == 0)
        let state = folder.file("a state")
        try FileManager.default.moveItem(at: folder.file(".probesweep"), to: state)
        let place = ["--state", state.path]
        let options = ["--probe", "efficient", "--layer", "0", "--format", "json"]
        let json = try Program(["table", "small"] + options + place, in: folder.url).outcome().output
        let rows = try #require(try JSONSerialization.jsonObject(with: Data(json.utf8)) as? [[String: Any]])
        let key = try #require((rows[0]["folds"] as? [[String: Any]])?[0]["key"] as? String)
        try LedgerFile.spoil(unit: key, state: state)
        var told: Set<String> = []
        let readers = [
            ["table", "small"], ["table", "small", "--rows", "probes", "--columns", "layers"],
            ["plot", "small", "--output", "x.svg"], ["compare", "small"], ["leaderboard", "small"],
            ["attend", "small", "--layer", "0"],
        ]
        for command in readers {
            let outcome = try Program(command + place, in: folder.url).outcome()
            #expect(outcome.errors.contains("unit \(key): "), "\(command): \(outcome.errors)")
            for line in outcome.errors.split(separator: "\n") {
                told.formUnion(line.matches(of: /probesweep (discard [0-9].*)$/).map { String($0.1) })
            }
            if command[0] == "attend" { #expect(outcome.status == 0 && !outcome.output.isEmpty, "\(outcome.errors)") }
        }
        #expect(told == ["discard 1 --unit \(key) --yes --state '\(state.path)'"])
        let words = ["discard", "1", "--unit", key, "--yes"] + place
        let discarded = try Program(words, in: folder.url).outcome()
        #expect(discarded.status == 0, "\(discarded.errors)")
        let table = try Program(["table", "small"] + place, in: folder.url).outcome()
        #expect(table.status == 0 && table.errors.isEmpty, "\(table.errors)")
    }

    @Test("works through a running coordinator, which trains the units again at once")
    func remote() throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        try cluster.startWorker(1)
        let client = try cluster.submit(try Specification.small.write(in: folder.url))
        #expect(try client.outcome().status == 0)
        let before = try cluster.ledger.attempts()
        let table = try cluster.table("small")

        let locked = try Program.run(
            "discard", "small", "--all", "--yes", "--state", cluster.state.path, in: folder.url)
        #expect(locked.status == 1)
        #expect(locked.errors.contains("--connect and --keys"), "\(locked.errors)")
        let outcome = try cluster.ask("discard", "small", "--worker", "worker-1", "--yes")
        #expect(outcome.status == 0, "\(outcome.errors)")
        try cluster.waitUntil("all units are trained again") {
            let now = try cluster.ledger.attempts()
            return now.count == before.count && now.allSatisfy { before[$0.key] != $0.value }
        }
        #expect(try cluster.table("small") == table)
    }
}
