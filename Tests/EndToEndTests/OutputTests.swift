import Foundation
import TestKit
import Testing

@Suite("Output that cannot be written")
struct OutputTests {
    /// Runs the program with a redirection of the shell.
    private func run(_ arguments: [String], _ redirection: String, in folder: URL) throws -> Program.Outcome {
        try Program(arguments, in: folder, prefix: ["sh", "-c", "exec \"$@\" \(redirection)", "sh"]).outcome()
    }

    @Test(
        "A full disk behind standard output ends with the reason, the remedy and status 1",
        arguments: [
            ["probes"], ["probes", "--format", "json"], ["--help"], ["--version"], ["plan", "small.yaml"],
            ["features", "inspect", Fixture.wordnet.path],
            ["features", "folds", Fixture.wordnet.path, "lexname", "--count", "3"],
        ])
    func full(_ arguments: [String]) throws {
        let folder = try TemporaryFolder()
        _ = try Specification.small.write(in: folder.url)
        let outcome = try run(arguments, ">/dev/full", in: folder.url)
        #expect(outcome.status == 1)
        for words in ["/dev/full", "No space left on device", "Free space"] {
            #expect(outcome.errors.contains(words), "\(outcome.errors)")
        }
    }

    @Test("Tables and plots of a run end so too, and are there once there is space")
    func results() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        let first = try run(["run", file.path, "--workers", "1"], ">/dev/full", in: folder.url)
        #expect(first.status == 1 && first.errors.contains("No space left on device"), "\(first.errors)")
        for command in [["table", "small"], ["table", "small", "--format", "csv"], ["compare", "small"]] {
            #expect(try run(command, ">/dev/full", in: folder.url).status == 1, "\(command)")
            #expect(try run(command, "", in: folder.url).status == 0, "\(command)")
        }
        for (path, words) in [("none/x.svg", "none/x.svg cannot be"), ("/proc/x.svg", "/proc/x.svg")] {
            let plot = try Program.run("plot", "small", "--output", path, in: folder.url)
            #expect(plot.status == 1 && plot.errors.contains(words.split(separator: " ")[0]), "\(plot.errors)")
            #expect(plot.errors.contains("Check path, permissions and free space"), "\(plot.errors)")
        }
        if SmallDisk.refusal == nil {
            let disk = try SmallDisk(mebibytes: 1)
            try Data(count: 1 << 20).write(to: URL(filePath: disk.path + "/filling"))
            let plot = try Program.run("plot", "small", "--output", disk.path + "/x.svg", in: folder.url)
            #expect(plot.status == 1 && plot.errors.contains("No space left on device"), "\(plot.errors)")
            #expect(try FileManager.default.contentsOfDirectory(atPath: disk.path) == ["filling"])
        }
    }

    @Test(
        "A path that cannot be written is named with the reason and what to do",
        arguments: [
            ["keys", "new", "--output", "/proc/none/keys"],
            ["run", "small.yaml", "--state", "/proc/none/state"],
            ["worker", "--connect", "tcp://127.0.0.1:1", "--keys", "k", "--cache", "/proc/none"],
            ["worker", "--connect", "tcp://127.0.0.1:1", "--keys", "k", "--log", "/proc/none"],
            ["features", "synthesize", "/proc/none/set", "--samples", "80", "--classes", "2"],
        ])
    func unwritable(_ arguments: [String]) throws {
        let folder = try TemporaryFolder()
        _ = try Specification.small.write(in: folder.url)
        let outcome = try Program(arguments, in: folder.url).outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("/proc/none") && outcome.errors.contains("Check"), "\(outcome.errors)")
        #expect(!outcome.errors.contains("Cocoa") && !outcome.errors.contains("Errno"), "\(outcome.errors)")
    }
}

@Suite("The state folder")
struct StateFolderTests {
    @Test("Everything below it is its user's alone, whatever the umask", arguments: ["000", "022"])
    func isPrivate(_ umask: String) throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        let run = try Program(
            ["run", file.path, "--workers", "1", "--state", "deep/state"], in: folder.url,
            prefix: ["sh", "-c", "umask \(umask); exec \"$@\"", "sh"])
        #expect(try run.outcome().status == 0)
        let state = folder.url.appending(path: "deep")
        let names = try FileManager.default.subpathsOfDirectory(atPath: state.path)
        #expect(names.contains { $0.hasSuffix("ledger.sqlite") } && names.contains { $0.hasSuffix(".log") })
        for name in names + [""] {
            let path = state.appending(path: name).path
            let mode = try FileManager.default.attributesOfItem(atPath: path)[.posixPermissions] as? Int ?? 0o777
            #expect(mode & 0o077 == 0, "\(path) \(String(mode, radix: 8))")
        }
    }

    @Test("A run that is done leaves no checkpoint, neither of its units nor of others, nor one half written")
    func checkpoints() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url).path
        #expect(try Program.run("run", file, "--workers", "1", in: folder.url).status == 0)
        let table = try Program.run("table", "small", "--format", "json", in: folder.url).output
        let key = try #require(table.firstMatch(of: /"key" : "([0-9a-f]{64})"/)).1
        let checkpoints = folder.file(".probesweep/workers/checkpoints")
        let other = String(repeating: "0", count: 64)
        for name in ["\(key).checkpoint", "\(other).checkpoint", ".dat.nosync1.aB3"] {
            try Data([1]).write(to: checkpoints.appending(path: name))
        }
        #expect(try Program.run("run", file, "--workers", "1", in: folder.url).status == 0)
        #expect(try FileManager.default.contentsOfDirectory(atPath: checkpoints.path).isEmpty)
    }
}
