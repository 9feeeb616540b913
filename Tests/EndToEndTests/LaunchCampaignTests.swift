import Foundation
import TestKit
import Testing

/// Launches on a real Slurm of three nodes, disturbed as clusters are. Jobs and their seconds are counted by Slurm's own
/// controller.
@Suite("Launches on a cluster that is disturbed", .serialized, .enabled(if: isLongRun, "it takes half an hour: --full"))
struct LaunchCampaignTests {
    /// What the controller wrote down, for the log of the test.
    private static func summary(of slurm: TestEngine, _ name: String) throws -> String {
        let jobs = try slurm.endedJobs()
        let states = Dictionary(grouping: jobs, by: \.state).mapValues(\.count).sorted { $0.key < $1.key }
        let seconds = jobs.reduce(0) { $0 + $1.seconds }
        return "\(name): \(jobs.count) jobs, \(Int(seconds)) s in all, "
            + states.map { "\($0.value) \($0.key)" }.joined(separator: ", ")
    }

    private static func runningJobs(_ slurm: TestEngine) throws -> [String] {
        try slurm.slurm("squeue", "--noheader", "--states=RUNNING", "--format=%i").split(separator: "\n").map(
            String.init)
    }

    @Test("A cancelled job, a requeued one and a node that dies cost time and no result")
    func disturbed() throws {
        let launch = try LiveLaunch.ofSeconds(150, name: "disturbed")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "3", "--cpus", "1")
        let terminal = try launch.start(
            ["--on", "slurm", "--at-least", "3", "--at-most", "3", "--", "--cpus-per-task", "1"], engine: slurm)
        try launch.waitUntil("three jobs run") { try Self.runningJobs(slurm).count == 3 && launch.done() > 0 }
        let jobs = try Self.runningJobs(slurm)
        try slurm.slurm("scancel", jobs[0])
        try slurm.slurm("scontrol", "requeue", jobs[1])
        try slurm.perform("kill-node", "3")
        let before = launch.done()
        try launch.waitUntil("it goes on") { launch.done() > before }
        try slurm.perform("start-node", "3")
        try launch.finish(terminal)
        #expect(try launch.livingWorkers() == 0)
        print(try Self.summary(of: slurm, "scancel, requeue, node lost"))
    }

    @Test("Ten minutes of work under a limit of two, without a hand on it")
    func limits() throws {
        let launch = try LiveLaunch.ofSeconds(600, name: "limits")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "1", "--cpus", "1")
        let terminal = try launch.start(
            ["--on", "slurm", "--at-most", "1", "--", "--cpus-per-task", "1", "--time", "2"], engine: slurm)
        try launch.finish(terminal)
        #expect(try slurm.endedJobs().count >= 4)
        print(try Self.summary(of: slurm, "ten minutes under a limit of two"))
    }

    @Test("In a partition of one minute, warned half a minute before the end, work gets done all the same")
    func shortPartition() throws {
        let launch = try LiveLaunch.ofSeconds(60, name: "short")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "2", "--cpus", "1", "--partition", "short:1")
        let terminal = try launch.start(
            ["--on", "slurm", "--at-most", "2", "--", "--partition", "short", "--signal", "B:USR1@30"], engine: slurm)
        try launch.finish(terminal)
        print(try Self.summary(of: slurm, "a partition of one minute"))
    }

    @Test("Workers of a coordinator that stays come with the work and leave when there is none")
    func elastic() throws {
        let launch = try LiveLaunch.ofSeconds(60, name: "elastic")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "3", "--cpus", "1")
        let cluster = try LiveCluster(in: launch.folder.url)
        let keeping = try Program(
            [
                "launch", "--connect", cluster.address, "--keys", cluster.keys, "--key-directory",
                cluster.state.appending(path: "keys").path, "--on", "slurm", "--at-most", "3", "--target-time", "10s",
                "--idle-timeout", "5s", "--state", "keeper", "--name", launch.sweep.name, "--features",
                launch.folder.url.path,
            ], in: launch.folder.url, environment: launch.environment(slurm.environment)
        ).outcome()
        #expect(keeping.status == 0, "\(keeping.errors)")
        try launch.waitUntil("it knows that there is no work") {
            try launch.status(state: "keeper").contains("0 of 0 workers have joined, 0 wanted")
        }
        #expect(try slurm.slurm("squeue", "--noheader").isEmpty)
        for round in 1...2 {
            let client = try cluster.submit(launch.specification, "--priority", "\(round)")
            if round == 1 {
                try launch.waitUntil("several jobs run") { try Self.runningJobs(slurm).count >= 2 }
            }
            #expect(try client.outcome().status == 0)
            try launch.waitUntil("the workers leave") { try Self.runningJobs(slurm).isEmpty }
        }
        #expect(try slurm.endedJobs().allSatisfy { $0.state == "COMPLETED" })
        #expect(try launch.stop(state: "keeper", engine: slurm).status == 0)
        print(try Self.summary(of: slurm, "elastic"))
    }

    @Test("Two launches share a cluster, each with its own coordinator, keys and table")
    func neighbours() throws {
        let (first, second) = (
            try LiveLaunch.ofSeconds(40, name: "first"), try LiveLaunch.ofSeconds(40, name: "second")
        )
        let slurm = try TestEngine.slurm(in: first.folder.url, "--nodes", "3", "--cpus", "1")
        let options = ["--on", "slurm", "--at-least", "2", "--at-most", "2"]
        let terminals = [try first.start(options, engine: slurm), try second.start(options, engine: slurm)]
        try first.finish(terminals[0])
        try second.finish(terminals[1])
        print(try Self.summary(of: slurm, "two launches"))
    }

    @Test("A launch whose process dies finds its jobs again, and starts none twice")
    func supervisorLost() throws {
        let launch = try LiveLaunch.ofSeconds(90, name: "lost")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "2", "--cpus", "1")
        let options = ["--on", "slurm", "--at-least", "2", "--at-most", "2"]
        let terminal = try launch.start(options, engine: slurm)
        try launch.waitUntil("both jobs run") { try Self.runningJobs(slurm).count == 2 && launch.done() > 0 }
        let process = try #require(try launch.supervisor())
        kill(process, SIGKILL)
        #expect(try terminal.outcome().status == 1)
        let second = try launch.start(options, engine: slurm)
        try launch.finish(second)
        #expect(try slurm.endedJobs().count == 2, "\(launch.log())")
        print(try Self.summary(of: slurm, "process of the launch lost"))
    }

    @Test("A controller that does not answer for a while costs nothing, and is told; the workers go on meanwhile")
    func controllerSilent() throws {
        let launch = try LiveLaunch.ofSeconds(120, name: "silent")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "2", "--cpus", "1")
        let terminal = try launch.start(["--on", "slurm", "--at-least", "2", "--at-most", "2"], engine: slurm)
        try launch.waitUntil("both jobs run") { try Self.runningJobs(slurm).count == 2 && launch.done() > 0 }
        try slurm.perform("pause-controller")
        try launch.waitUntil("the silence is told") { try launch.status().contains("squeue: ") }
        let before = launch.done()
        try launch.waitUntil("the workers go on") { launch.done() > before }
        try slurm.perform("resume-controller")
        try launch.finish(terminal)
        #expect(try terminal.errorsSoFar().contains("squeue: "))
        #expect(try slurm.endedJobs().count == 2, "\(launch.log())")
        print(try Self.summary(of: slurm, "a controller that does not answer"))
    }

    @Test("A launch is not said to have ended while the controller does not take the end of its jobs")
    func stoppedInSilence() throws {
        let launch = try LiveLaunch.ofSeconds(600, name: "stubborn")
        let slurm = try TestEngine.slurm(in: launch.folder.url, "--nodes", "1", "--cpus", "1")
        let terminal = try launch.start(["--on", "slurm", "--at-most", "1"], engine: slurm)
        try launch.waitUntil("its job runs") { try Self.runningJobs(slurm).count == 1 && launch.done() > 0 }
        try slurm.perform("pause-controller")
        let first = try launch.stop(engine: slurm)
        #expect(first.status == 1)
        #expect(first.errors.contains("has left jobs that could not be ended: "), "\(first.errors)")
        #expect(try launch.status().contains("jobs that have not ended: "))
        #expect(try terminal.outcome().status == 1)
        try slurm.perform("resume-controller")
        #expect(try launch.stop(engine: slurm).status == 0)
        try launch.waitUntil("no job is left") { try slurm.slurm("squeue", "--noheader").isEmpty }
        #expect(try launch.livingWorkers() == 0)
    }
}
