import Foundation
import TestKit
import Testing

@Suite("What is run when a sweep has ended")
struct OnEndTests {
    private static func report(_ file: URL) throws -> [String: Any] {
        try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
    }

    @Test("A run hands its sweep to the command once, and keeps its own exit status")
    func run() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        let command = "cat >> ended.json; echo said; exit 7"
        let run = try Program.run("run", file.path, "--workers", "1", "--on-end", command, in: folder.url)
        #expect(run.status == 0 && !run.output.contains("said"), "\(run.errors)")
        #expect(run.errors.contains("--on-end: the command ended with exit status 7: \(command)"), "\(run.errors)")
        let report = try Self.report(folder.file("ended.json"))
        #expect(report["outcome"] as? String == "done" && report["reason"] == nil)
        let sweep = try #require(report["sweep"] as? [String: Any])
        #expect(sweep["name"] as? String == "small" && sweep["number"] as? Int == 1, "\(sweep)")
        let progress = try #require(sweep["progress"] as? [String: Any])
        #expect(progress["done"] as? Int == Specification.small.units, "\(progress)")
    }

    @Test("A run that fails before it has submitted anything hands over no sweep, whatever sweep has its name")
    func failedEarly() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        #expect(try Program.run("run", file.path, "--workers", "1", in: folder.url).status == 0)
        try FileManager.default.removeItem(at: folder.file(".probesweep/keys"))
        try Data().write(to: folder.file(".probesweep/keys"))
        let failed = try Program.run("run", file.path, "--on-end", "cat > ended.json", in: folder.url)
        #expect(failed.status == 1, "\(failed.errors)")
        let report = try Self.report(folder.file("ended.json"))
        #expect(report["outcome"] as? String == "failed" && report["sweep"] == nil, "\(report)")
    }

    @Test("A command that reads nothing, or does not exist, harms no run")
    func deaf() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        let run = try Program.run("run", file.path, "--workers", "1", "--on-end", "true", in: folder.url)
        #expect(run.status == 0 && !run.errors.contains("--on-end"), "\(run.errors)")
        let again = try Program.run("run", file.path, "--on-end", "no-such-command", in: folder.url)
        #expect(again.status == 0 && again.output == run.output, "\(again.errors)")
        #expect(again.errors.contains("exit status 127: no-such-command"), "\(again.errors)")
    }

    @Test("The client that waits runs it for a sweep that is done and for one that is cancelled")
    func submitted() throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        let place = ["--connect", cluster.address, "--keys", cluster.keys]
        let file = try Specification.small.write(in: folder.url)
        let waiting = ["submit", file.path, "--wait", "--on-end", "cat > ended.json"] + place
        let cancelled = try Program(waiting, in: folder.url)
        try cluster.waitUntil("the sweep is there") { try cluster.ask("status").output.contains("small") }
        #expect(try cluster.ask("cancel", "small").status == 0)
        #expect(try cancelled.outcome().status == 1)
        #expect(try Self.report(folder.file("ended.json"))["outcome"] as? String == "cancelled")

        let done = try Program(waiting, in: folder.url)
        try cluster.startWorker(1)
        let outcome = try done.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(try Self.report(folder.file("ended.json"))["outcome"] as? String == "done")
    }

    @Test("A client that is interrupted has not seen the end, and runs nothing", arguments: [SIGINT, SIGTERM])
    func interrupted(_ signal: Int32) throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        let file = try Specification.small.write(in: folder.url)
        let options = ["--wait", "--on-end", "touch ended", "--connect", cluster.address, "--keys", cluster.keys]
        let client = try Program(["submit", file.path] + options, in: folder.url)
        try cluster.waitUntil("the client waits") { try client.errorsSoFar().contains("sweep 1 (small)") }
        client.signal(signal)
        #expect(try client.outcome().status != 0)
        #expect(!FileManager.default.fileExists(atPath: folder.file("ended").path))
    }

    @Test("It is refused where nobody waits, and no specification can ask for it")
    func refused() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        for (arguments, words) in [
            (
                ["submit", file.path, "--on-end", "true", "--connect", "tcp://127.0.0.1:1", "--keys", "x"],
                "give --wait"
            ),
            (["launch", file.path, "--on", "local", "--detach", "--on-end", "true"], "none of --detach"),
        ] {
            let outcome = try Program(arguments, in: folder.url).outcome()
            #expect(outcome.status == 2 && outcome.errors.contains(words), "\(outcome.errors)")
        }
        let text = try String(contentsOf: file, encoding: .utf8)
        try (text + "\non-end: touch ended\n").write(to: file, atomically: true, encoding: .utf8)
        let outcome = try Program.run("run", file.path, in: folder.url)
        #expect(outcome.status == 2 && outcome.errors.contains("on-end"), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("ended").path))
    }
}
