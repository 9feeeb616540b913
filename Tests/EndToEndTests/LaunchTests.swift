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
