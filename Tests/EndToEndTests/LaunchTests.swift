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
        let left = try FileManager.default.contentsOfDirectory(
            atPath: launch.folder.file("state/launches/\(launch.sweep.name)/workers").path)
        #expect(left.allSatisfy { $0.hasSuffix(".log") || $0 == "checkpoints" }, "\(left)")
    }

    @Test("On this machine it ends with the reason when its units wait for features that are not there any more")
    func stalled() throws {
        let (launch, elsewhere) = (try LiveLaunch.ofSeconds(60, name: "stalled"), try TemporaryFolder())
        let ended = launch.folder.file("ended.json")
        let terminal = try launch.start(
            ["--on", "local", "--at-most", "1", "--on-end", "cat > '\(ended.path)'"])
        try launch.waitUntil("units are done") { launch.done() > 0 }
        try FileManager.default.moveItem(at: launch.folder.file("synthetic"), to: elsewhere.file("synthetic"))
        // A process that has opened the features can go on with them.
        for process in try launch.workers() { kill(process, SIGKILL) }
        let outcome = try terminal.outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("the launch failed: it cannot go on: "), "\(outcome.errors)")
        let report = try JSONSerialization.jsonObject(with: Data(contentsOf: ended)) as? [String: Any]
        #expect(report?["outcome"] as? String == "failed")
        #expect((report?["sweep"] as? [String: Any])?["number"] as? Int == 1, "the sweep was submitted")
        #expect(try launch.livingWorkers() == 0)
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
        let other = try launch.start(["--on", "local", "--at-most", "2"]).outcome()
        #expect(other.status == 1)
        #expect(other.errors.contains("runs already, with other settings (--at-most"), "\(other.errors)")
        let process = try #require(try launch.supervisor())
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
        #expect(try launch.stop().errors.contains("has ended already"))
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
        #expect(try terminal.errorsSoFar().contains("worker \(try launch.uniqueName())-node1 has joined"))
        #expect(try launch.livingWorkers() == 0)
        let left = try FileManager.default.contentsOfDirectory(atPath: launch.folder.file("ssh/cache/probesweep").path)
        #expect(Set(left).isSubset(of: ["programs", "programs.lock", "launches", "checkpoints"]), "\(left)")
    }

    @Test(
        "A machine that is lost costs time and no result; what was started there is on record until it is known to have ended"
    )
    func hostLost() throws {
        let launch = try LiveLaunch.ofSeconds(40, name: "lost")
        let hosts = try TestEngine.hosts(in: launch.folder.url)
        let terminal = try launch.start(["--on", "ssh:node1,node2"], engine: hosts)
        try launch.waitUntil("both have joined") {
            launch.log().contains("-node1 has joined") && launch.log().contains("-node2 has joined")
                && launch.done() > 0
        }
        try hosts.perform("kill-host", "2")
        try launch.finish(terminal)
        #expect(try launch.livingWorkers() == 0)
        #expect(launch.log().contains("-node2 (job node2 "), "it is not known what became of it: \(launch.log())")
        #expect(try launch.status().contains("jobs that have not ended: node2 "))
        try hosts.perform("start-host", "2")
        let stopped = try launch.stop(engine: hosts)
        #expect(stopped.errors.contains("has ended; "), "\(stopped.errors)")
        #expect(try !launch.status().contains("jobs that have not ended"))
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

    /// A limit of Slurm's is one minute at the least. Until two have ended workers are held, so that they do less than
    /// half of the work that the trial said.
    @Test(
        "On Slurm its workers are replaced when their limit ends, twice in a sweep, and the tables are those of a run")
    func slurm() throws {
        let launch = try LiveLaunch.ofSeconds(80, name: "limits")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "1")
        let terminal = try launch.start(
            ["--on", "slurm", "--at-most", "1", "--", "--cpus-per-task", "1", "--time", "1"], engine: slurm)
        try launch.waitUntil("two limits have ended") {
            try launch.holdWorkers()
            return try slurm.endedJobs().count >= 2
        }
        try launch.finish(terminal)
        try launch.waitUntil("the controller has written down the last job") {
            try slurm.slurm("squeue", "--noheader").isEmpty
        }
        let jobs = try slurm.endedJobs()
        #expect(jobs.count >= 3, "the limit must have ended twice: \(launch.log())")
        #expect(jobs.dropLast().allSatisfy { $0.state == "COMPLETED" }, "workers hand back what they hold in time")
        #expect(try launch.livingWorkers() == 0)
        let again = try launch.start(["--on", "slurm", "--at-most", "1"], engine: slurm).outcome()
        #expect(again.output == (try terminal.outcome().output))
        #expect(try slurm.endedJobs().count == jobs.count, "nothing is left to do, and no worker is asked for")
    }

    @Test(
        "What Slurm refuses, and what a job says that cannot work, is told, and the next start waits",
        arguments: [
            ("--partition=nowhere", "could not be started: sbatch: ", "Invalid partition name specified"),
            ("--export=ALL,PROBESWEEP_KERNEL=none", "exited with status 2: ", "PROBESWEEP_KERNEL"),
        ])
    func unusable(option: String, what: String, why: String) throws {
        let launch = try LiveLaunch(repeats: 1, epochs: 1, name: "refused")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "1")
        let terminal = try launch.start(["--on", "slurm", "--", option], engine: slurm)
        func lines(of text: String) -> [Substring] {
            text.split(separator: "\n").filter {
                $0.contains("worker \(launch.sweep.name)-") && $0.contains(what) && $0.contains(why)
            }
        }
        try launch.waitUntil("it says why, and when the next start is") {
            lines(of: launch.log()).contains { $0.hasSuffix("; the next start is in 5 s") }
        }
        let status = try launch.status()
        #expect(lines(of: status).contains { $0.hasPrefix("  last failure: ") }, "\(status)")
        #expect(try launch.stop(engine: slurm).status == 0)
        #expect(try terminal.outcome().status == 1)
        #expect(launch.done() == 0)
    }

    @Test("Two launches of one name, from two folders, have nothing to do with each other's jobs")
    func namesakes() throws {
        let launch = try LiveLaunch.ofSeconds(30, name: "twins")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "2", "--cpus", "1")
        let options = ["--on", "slurm", "--at-most", "1"]
        let states = ["state", "other"]
        let terminals = try states.map { try launch.start(options, engine: slurm, state: $0) }
        try launch.waitUntil("both have joined") { states.allSatisfy { launch.log(state: $0).contains("has joined") } }
        let names = try states.map { try launch.uniqueName(state: $0) }
        #expect(Set(names).count == 2)
        let jobs = try slurm.slurm("squeue", "--noheader", "--format=%j").split(separator: "\n").map(String.init)
        #expect(Set(jobs) == Set(names.map { "probesweep-\($0)-1" }))
        #expect(try launch.stop(state: "other", engine: slurm).status == 0)
        #expect(try terminals[1].outcome().status == 1)
        try launch.finish(terminals[0])
        #expect(try slurm.endedJobs().count == 2, "neither had to start again: \(launch.log())")
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
        let environment = launch.environment([
            "PATH": kubectl + ":" + (ProcessInfo.processInfo.environment["PATH"] ?? ""),
            "PROBESWEEP_TEST_CLUSTER": cluster.path, "PROBESWEEP_TEST_PROGRAM": try Program.executable().path,
        ])
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
        #expect(commands.contains("delete jobs,secrets -l probesweep/launch=\(try launch.uniqueName())"))
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
        arguments: [
            ("local", ["probesweep worker --connect tcp://127.0.0.1:PORT --keys "]),
            ("ssh:a,b", ["# ssh -T -o BatchMode=yes", "-- a sh -c", "setsid sh -c", "-a to ", "-b\n"]),
            ("slurm", ["sbatch --parsable <<'END'\n#!/bin/bash\n", "#SBATCH --job-name=probesweep-"]),
            ("kubernetes", ["kubectl --namespace default create -f -", #""kind" : "Secret""#, #""kind" : "Job""#]),
        ] as [(String, [String])])
    func shown(engine: String, parts: [String]) throws {
        let launch = try LiveLaunch(repeats: 1, epochs: 1, name: "shown")
        let outcome = try launch.start(["--on", engine, "--image", "probesweep:1", "--show"]).outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        for part in parts { #expect(outcome.output.contains(part), "\(outcome.output)") }
        #expect(outcome.output.contains("--name=\(launch.sweep.name)-"))
        #expect(outcome.errors.isEmpty)
        for made in ["state", "cache"] {
            #expect(!FileManager.default.fileExists(atPath: launch.folder.file(made).path), "\(made)")
        }
    }

    @Test("A Slurm option by which other jobs would come about is refused before anything is done")
    func refusedOption() throws {
        let launch = try LiveLaunch(repeats: 1, epochs: 1, name: "array")
        let outcome = try launch.start(["--on", "slurm", "--", "--array=1-3"]).outcome()
        #expect(outcome.status == 2)
        #expect(outcome.errors.contains("“--array=1-3” is no option for a launch"), "\(outcome.errors)")
        #expect(!FileManager.default.fileExists(atPath: launch.folder.file("state").path))
    }
}

extension LiveLaunch {
    /// A sweep that one worker takes about so many seconds for, measured by two small ones: what both take, such as the
    /// program's start, is no work.
    static func ofSeconds(_ seconds: Double, name: String) throws -> LiveLaunch {
        let taken = try [2, 10].map(trialSeconds)
        let each = max(0.05, (taken[1] - taken[0]) / 8)
        return try LiveLaunch(repeats: max(4, Int(seconds / each)), epochs: 40, name: name)
    }

    private static func trialSeconds(repeats: Int) throws -> Double {
        let trial = try LiveLaunch(repeats: repeats, epochs: 40, name: "trial")
        let start = ContinuousClock.now
        let outcome = try Program.run("run", trial.specification.path, "--workers", "1", in: trial.folder.url)
        #expect(outcome.status == 0, "\(outcome.errors)")
        return (ContinuousClock.now - start) / .seconds(1)
    }
}
