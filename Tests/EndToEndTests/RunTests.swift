import Foundation
import TestKit
import Testing

@Suite("Running a sweep on one machine")
struct RunTests {
    @Test("Both tables are printed, and a second run prints them again without training")
    func runsAndResumes() throws {
        let folder = try TemporaryFolder()
        let specification = try Specification.small.write(in: folder.url)
        let first = try Program.run("run", specification.path, "--workers", "1", in: folder.url)
        #expect(first.status == 0, "\(first.errors)")
        #expect(first.output.contains("against trainable parameters"))
        #expect(first.output.contains("against GFLOPs per sample"))
        let trained = try provenance(in: folder.url)
        #expect(trained.count == Specification.small.units)

        let second = try Program.run("run", specification.path, "--workers", "1", in: folder.url)
        #expect(second.status == 0, "\(second.errors)")
        #expect(second.output == first.output)
        #expect(try provenance(in: folder.url) == trained)
    }

    @Test("A sweep that shares units with a finished one trains only the others")
    func sharesUnits() throws {
        let folder = try TemporaryFolder()
        let small = try Specification.small.write(in: folder.url)
        #expect(try Program.run("run", small.path, "--workers", "1", in: folder.url).status == 0)
        let trained = try provenance(in: folder.url)

        var wider = Specification.small
        wider.probes.append("{type: linear, input: class}")
        let second = try Program.run("run", try wider.write(in: folder.url).path, "--workers", "1", in: folder.url)
        #expect(second.status == 0, "\(second.errors)")
        let now = try provenance(in: folder.url)
        #expect(now.count == wider.units)
        for (unit, provenance) in trained { #expect(now[unit] == provenance) }
    }

    @Test("A sweep that was interrupted waits for its own command while another one is run")
    func unfinishedSweepsWait() throws {
        let folder = try TemporaryFolder()
        try Specification.synthesize(in: folder.url)
        var long = Specification.tiny
        long.epochs = 40
        let interrupted = try Program(
            ["run", try long.write(in: folder.url).path, "--workers", "1"], in: folder.url)
        let ledger = { try LedgerFile(state: folder.file(".probesweep")) }
        for _ in 0..<6_000 where (try? ledger().resultCount()) ?? 0 == 0 { Thread.sleep(forTimeInterval: 0.01) }
        interrupted.signal(SIGINT)
        let outcome = try interrupted.outcomeOrKill()
        #expect(outcome.errors.contains("run the same command again to resume"), "\(outcome.errors)")
        let before = try ledger().resultCount()
        #expect(before > 0 && before < long.units)

        let small = try Specification.small.write(in: folder.url)
        let other = try Program.run("run", small.path, "--workers", "1", in: folder.url)
        #expect(other.status == 0, "\(other.errors)")
        #expect(try ledger().resultCount() == before + Specification.small.units)

        let again = try Program(["run", long.name + ".yaml", "--workers", "1"], in: folder.url)
        defer { again.signal(SIGKILL) }
        let known = try ledger().resultCount()
        for _ in 0..<6_000 where try ledger().resultCount() == known { Thread.sleep(forTimeInterval: 0.01) }
        #expect(try ledger().resultCount() > known, "it goes on")
    }

    @Test("Results that a killed run did not enter are not lost when another sweep is run first")
    func resultsOfAnotherSweep() throws {
        let folder = try TemporaryFolder()
        try Specification.synthesize(in: folder.url)
        let killed = try Program(
            ["run", try Specification.tiny.write(in: folder.url).path, "--workers", "1"], in: folder.url,
            environment: ["PROBESWEEP_KILL_AT": "received:5"]
        ).outcomeOrKill()
        #expect(killed.status != 0)
        let ledger = try LedgerFile(state: folder.file(".probesweep"))
        let before = try ledger.resultCount()

        let small = try Specification.small.write(in: folder.url)
        let other = try Program.run("run", small.path, "--workers", "1", in: folder.url)
        #expect(other.status == 0, "\(other.errors)")
        #expect(try ledger.resultCount() > before + Specification.small.units)
        #expect(try ledger.problems() == [])
    }

    @Test("A sweep runs on features imported from .npy")
    func runsOnImportedFeatures() throws {
        let folder = try TemporaryFolder()
        try NumpyFile.write(shape: [48, 5, 8], to: folder.file("tokens.npy")) { index in
            // Two classes that differ in the sign of the first element of every token.
            let sample = index / 40
            let noise = Double((index * 7919) % 101) / 101 - 0.5
            return Float(index % 8 == 0 ? (sample % 2 == 0 ? 1 : -1) : noise)
        }
        let labels = "label\n" + (0..<48).map { $0 % 2 == 0 ? "even" : "odd" }.joined(separator: "\n") + "\n"
        try labels.write(to: folder.file("labels.csv"), atomically: true, encoding: .utf8)
        let imported = try Program.run(
            "features", "import", "mine", "--name", "mine", "--backbone", "none", "--layer", "3=tokens.npy",
            "--labels", "labels.csv", "--task", "parity", in: folder.url)
        #expect(imported.status == 0, "\(imported.errors)")
        #expect(try Program.run("features", "verify", "mine", in: folder.url).status == 0)
        try """
        features: mine
        folds: {count: 4}
        probes: [{type: linear, input: mean}]
        training: {learning-rates: [0.5], epochs: 40, batch: 16}
        kernel: portable
        """.write(to: folder.file("parity.yaml"), atomically: true, encoding: .utf8)
        let run = try Program.run("run", "parity.yaml", "--workers", "1", in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        let table = try Program.run("table", "parity", "--format", "json", in: folder.url)
        // Chance is a half.
        #expect(try FinishedUnits(json: table.output).mean(of: "top1") > 0.9, "\(run.output)")
    }

    @Test("Two feature sets with the same content and different names are trained separately")
    func identicalSets() throws {
        let folder = try TemporaryFolder()
        for name in ["first", "second"] {
            let copy = folder.file(name)
            try FileManager.default.copyItem(at: Fixture.wordnet, to: copy)
            let manifest = copy.appending(path: "featureset.json")
            let text = try String(contentsOf: manifest, encoding: .utf8)
            try text.replacing(/"name": "wordnet[^"]*"/, with: "\"name\": \"\(name)\"")
                .write(to: manifest, atomically: true, encoding: .utf8)
        }
        try """
        name: twins
        features: [first, second]
        tasks: [lexname]
        folds: {count: 3}
        probes: [knn]
        """.write(to: folder.file("twins.yaml"), atomically: true, encoding: .utf8)
        let run = try Program.run("run", "twins.yaml", "--workers", "1", in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        let table = try Program.run("table", "twins", "--format", "json", "--times", in: folder.url)
        #expect(try FinishedUnits(json: table.output).provenance.count == 12)
    }

    @Test(
        "An unavailable kernel path is rejected before anything starts", arguments: ["nonsense", "amxModel"])
    func impossibleKernel(_ kernel: String) throws {
        let folder = try TemporaryFolder()
        let specification = try Specification.small.write(in: folder.url)
        let run = try Program(
            ["run", specification.path, "--workers", "1"], in: folder.url, environment: ["PROBESWEEP_KERNEL": kernel]
        ).outcomeOrKill()
        #expect(run.status == 2, "\(run.errors)")
        #expect(run.errors.contains("PROBESWEEP_KERNEL") && run.errors.contains(kernel), "\(run.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file(".probesweep").path))
    }

    @Test("A worker that cannot start ends the run with its name, log and last line, and finished results are kept")
    func workerThatCannotStart() throws {
        let folder = try TemporaryFolder()
        let small = try Specification.small.write(in: folder.url)
        #expect(try Program.run("run", small.path, "--workers", "1", in: folder.url).status == 0)
        let trained = try provenance(in: folder.url)
        // The worker left in order and took its folder with it. Nobody takes a seat whose lock is a folder.
        let lock = folder.file(".probesweep/workers/local-1/lock")
        #expect(!FileManager.default.fileExists(atPath: lock.path))
        try FileManager.default.createDirectory(at: lock, withIntermediateDirectories: true)

        var wider = Specification.small
        wider.probes.append("{type: linear, input: class}")
        let specification = try wider.write(in: folder.url)
        let run = try Program(["run", specification.path, "--workers", "1"], in: folder.url).outcomeOrKill()
        #expect(run.status == 1, "\(run.errors)")
        #expect(run.errors.contains("worker local-1 exited soon after its start"), "\(run.errors)")
        #expect(run.errors.contains(".probesweep/workers/local-1.log, ends with “probesweep: "), "\(run.errors)")
        #expect(run.errors.contains("local-1/lock cannot be opened and locked: Is a directory."), "\(run.errors)")
        #expect(try provenance(in: folder.url) == trained)
    }

    @Test("A run ends at 100 % with quarantined units, and --retry trains them once the cause is fixed")
    func refusedUnits() throws {
        let folder = try TemporaryFolder()
        try Specification.synthesize(in: folder.url)
        try """
        name: refused
        features: synthetic
        folds: {count: 4}
        probes: [{type: mlp, hidden: [64]}]
        training: {epochs: 1, warmup: 0}
        """.write(to: folder.file("refused.yaml"), atomically: true, encoding: .utf8)
        let units = 16
        let command = ["run", "refused.yaml", "--workers", "1", "--memory"]
        let refused = try Program(command + ["0.001"], in: folder.url).outcome()
        #expect(refused.status == 3)
        #expect(refused.errors.contains("0/\(units) units   \(units) quarantined   100 %"), "\(refused.errors)")
        #expect(refused.errors.contains("--retry"), "\(refused.errors)")
        #expect(refused.output.contains("it needs a budget of"), "\(refused.output)")

        #expect(try Program(command + ["4"], in: folder.url).outcome().status == 3)
        let again = try Program(command + ["4", "--retry"], in: folder.url).outcome()
        #expect(again.status == 0, "\(again.errors)")
        #expect(try LedgerFile(state: folder.file(".probesweep")).resultCount() == units)
        #expect(try LedgerFile(state: folder.file(".probesweep")).quarantined() == 0)
    }

    private func provenance(in folder: URL) throws -> [String: [String: String]] {
        let table = try Program.run(
            "table", Specification.small.name, "--format", "json", "--times", in: folder)
        return try FinishedUnits(json: table.output).provenance
    }
}
