import Foundation
import Numerics
import TestKit
import Testing

@Suite("A launch", .serialized)
struct LaunchTests {
    @Test("On this machine it gives the tables of a run, and leaves nothing behind")
    func local() throws {
        let launch = try LiveLaunch(repeats: 2, epochs: 2, name: "local")
        try launch.finish(try launch.start(["--on", "local", "--at-most", "2"]))
        #expect(try launch.livingWorkers() == 0)
        #expect(try launch.status().contains("ended: done"))
    }

    @Test("It goes on without its terminal, survives the loss of its process, and can be stopped and taken up again")
    func takenUpAgain() throws {
        let launch = try LiveLaunch.ofSeconds(30, name: "again")
        let options = ["--on", "local", "--at-most", "1"]
        let terminal = try launch.start(options)
        try launch.waitUntil("units are done") { launch.done() > 0 }
        terminal.signal(SIGKILL)
        _ = try terminal.outcome()
        let before = launch.done()
        try launch.waitUntil("it goes on alone") { launch.done() > before }
        let process = try #require(launch.supervisor())
        kill(process, SIGKILL)
        try launch.waitUntil("its workers are gone") { try launch.livingWorkers() == 0 }
        #expect(try launch.status().contains("its process is gone"))
        let second = try launch.start(options)
        let after = launch.done()
        try launch.waitUntil("it goes on where it was") { launch.done() > after }
        #expect(try launch.stop().status == 0)
        let stopped = try second.outcome()
        #expect(stopped.status == 1)
        #expect(stopped.errors.contains("was stopped"))
        #expect(try launch.livingWorkers() == 0)
        #expect(launch.done() < launch.sweep.units)
        try launch.finish(try launch.start(options))
    }

    @Test(
        "Over ssh it brings the program, leaves out a machine that cannot be reached, and ends its workers with itself")
    func ssh() throws {
        let launch = try LiveLaunch(repeats: 4, epochs: 10, name: "hosts")
        let hosts = try TestEngine.hosts(in: launch.folder.url)
        let terminal = try launch.start(["--on", "ssh:node1,closed,node2"], engine: hosts)
        try launch.finish(terminal)
        #expect(try terminal.errorsSoFar().contains("ssh closed: "))
        #expect(try terminal.errorsSoFar().contains("worker \(launch.sweep.name)-node1 has joined"))
        #expect(try launch.livingWorkers() == 0)
    }

    @Test(
        "A host whose key is not the one that is known is refused, and no worker starts there",
        arguments: ["changed", "unknown"])
    func hostKeys(host: String) throws {
        let launch = try LiveLaunch(repeats: 1, epochs: 1, name: "strangers")
        let hosts = try TestEngine.hosts(in: launch.folder.url)
        let outcome = try launch.start(["--on", "ssh:\(host)"], engine: hosts).outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("Host key verification failed"), "\(outcome.errors)")
        #expect(try launch.livingWorkers() == 0)
    }

    /// The work is sized so that one worker takes about two minutes on this machine, since a limit of Slurm's is one minute
    /// at the least.
    @Test(
        "On Slurm its workers are replaced when their limit ends, twice in a sweep, and the tables are those of a run")
    func slurm() throws {
        let launch = try LiveLaunch.ofSeconds(130, name: "limits")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "1")
        let terminal = try launch.start(
            ["--on", "slurm", "--at-most", "1", "--", "--cpus-per-task", "1", "--time", "1"], engine: slurm)
        try launch.finish(terminal)
        try launch.waitUntil("the controller has written down the last job") {
            try slurm.slurm("squeue", "--noheader").isEmpty
        }
        let jobs = try slurm.endedJobs()
        #expect(jobs.count >= 3, "the limit must have ended twice: \(launch.log())")
        #expect(jobs.count <= 8)
        #expect(jobs.dropLast().allSatisfy { $0.state == "COMPLETED" }, "workers hand back what they hold in time")
        #expect(try launch.livingWorkers() == 0)
    }

    @Test("A job that cannot work is reported with its last words, and the launch is given up")
    func unusable() throws {
        let launch = try LiveLaunch(repeats: 1, epochs: 1, name: "refused")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "1")
        let terminal = try launch.start(["--on", "slurm", "--", "--partition", "nowhere"], engine: slurm)
        try launch.waitUntil("it says what sbatch says") {
            launch.log().contains("Invalid partition name specified")
        }
        #expect(launch.log().contains("the next start is in 5 s"))
        #expect(try launch.stop(engine: slurm).status == 0)
        #expect(try terminal.outcome().status == 1)
    }

    /// What answers as `kubectl` runs pods as processes; no cluster is at hand.
    @Test("On what answers as Kubernetes does, a job is made for each worker, and nothing is left in the namespace")
    func kubernetes() throws {
        let launch = try LiveLaunch(repeats: 4, epochs: 10, name: "pods")
        let cluster = launch.folder.file("cluster")
        try FileManager.default.createDirectory(at: cluster, withIntermediateDirectories: true)
        try FileManager.default.createSymbolicLink(
            at: cluster.appending(path: "features"), withDestinationURL: launch.folder.url)
        let kubectl = TestEngine.fixtures.appending(path: "kubernetes").path
        let environment = [
            "PATH": kubectl + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
            "PROBESWEEP_TEST_CLUSTER": cluster.path, "PROBESWEEP_TEST_PROGRAM": try Program.executable().path,
        ]
        let terminal = try Program(
            [
                "launch", launch.specification.path, "--state", "state", "--address", "127.0.0.1", "--threads", "1",
                "--on",
                "kubernetes", "--image", "probesweep:1", "--features-claim", "features", "--at-least", "2", "--at-most",
                "2",
            ], in: launch.folder.url, environment: environment)
        try launch.finish(terminal)
        let commands = try String(contentsOf: cluster.appending(path: "commands"), encoding: .utf8)
        #expect(commands.split(separator: "\n").count { $0.hasPrefix("create -f -") } == 2)
        #expect(commands.contains("delete jobs,secrets -l probesweep/launch=\(launch.sweep.name)"))
        #expect(try launch.livingWorkers() == 0)
    }

    @Test("Results on machines that may be unlike are pinned to a kernel path, and are those of a run on that path")
    func pinned() throws {
        let launch = try LiveLaunch(repeats: 1, epochs: 4, name: "pinned", kernel: "auto")
        let hosts = try TestEngine.hosts(in: launch.folder.url)
        let outcome = try launch.start(["--on", "ssh:node1,node2"], engine: hosts).outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        let said = try #require(outcome.errors.split(separator: "\n").first { $0.contains("kernel path") })
        let path = try #require(KernelPath.allCases.last { said.contains("kernel path \($0.rawValue):") })
        #expect(path == KernelPath.available.last)
        var pinned = launch.sweep
        pinned.kernel = path.rawValue
        let file = try pinned.write(in: launch.folder.url)
        let calm = try Program.run("run", file.path, "--state", "calm", in: launch.folder.url)
        #expect(outcome.output == calm.output)
    }

    @Test(
        "What it would do is shown for each engine, and nothing is done",
        arguments: ["local", "ssh:a,b", "slurm", "kubernetes"])
    func shown(engine: String) throws {
        let launch = try LiveLaunch(repeats: 1, epochs: 1, name: "shown")
        let outcome = try launch.start(["--on", engine, "--image", "probesweep:1", "--show"]).outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        #expect(outcome.output.contains("worker"))
        #expect(!FileManager.default.fileExists(atPath: launch.folder.file("state").path))
    }
}

extension LiveLaunch {
    /// A sweep that one worker takes about so many seconds for, measured by a small one.
    static func ofSeconds(_ seconds: Double, name: String) throws -> LiveLaunch {
        let trial = try LiveLaunch(repeats: 2, epochs: 40, name: "trial")
        let start = ContinuousClock.now
        let outcome = try Program.run("run", trial.specification.path, "--workers", "1", in: trial.folder.url)
        #expect(outcome.status == 0, "\(outcome.errors)")
        let taken = (ContinuousClock.now - start) / .seconds(1)
        return try LiveLaunch(repeats: max(4, Int(2 * seconds / max(0.5, taken))), epochs: 40, name: name)
    }
}
