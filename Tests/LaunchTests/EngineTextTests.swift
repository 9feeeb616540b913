import Foundation
import Identities
import Numerics
import TestKit
import Testing

@testable import Launch

@Suite("What engines are given, and what they answer")
struct EngineTextTests {
    private static let order = WorkerOrder(
        member: "birds-3", endpoint: "tcp://head:7301", credential: .token("secret"), log: "/state/birds-3.log",
        idleTimeout: 600, options: ["--features", "/data/it's here", "--threads", "8"])

    @Test(
        "A quoted word reaches a shell as it is",
        arguments: ["", "a b", "it's", "$(id)", "`id`", "a\nb", "*", "\\", "--x=1"])
    func quoting(word: String) async throws {
        let answer = try await CommandRunner().succeed("sh", ["-c", "printf %s \(ShellQuoting.quoted(word))"])
        #expect(answer == word)
    }

    @Test("The script of a Slurm job is one that bash takes, holds no secret, and hands the worker its arguments")
    func slurmScript() async throws {
        let engine = SlurmEngine(
            launch: "birds", bundle: try .of(URL(filePath: "/bin/true")),
            shared: SharedFolder(URL(filePath: "/home/an na"), launch: "birds"), options: ["--time=30"])
        let shown = engine.shown(Self.order)
        #expect(shown.contains("sbatch --parsable --time=30"))
        #expect(shown.contains("#SBATCH --signal=B:USR1@120"))
        #expect(shown.contains("#SBATCH --requeue"))
        #expect(shown.contains("program='/home/an na/programs/"))
        #expect(!shown.contains("secret"))
        #expect(
            shown.contains(
                #"exec "$program" worker --connect tcp://head:7301 --enrol '/home/an na/launches/birds/birds-3.token'"#)
        )
        #expect(shown.contains(#"--keys '/home/an na/launches/birds/birds-3.keys' --name=birds-3 --idle-timeout 600s"#))
        #expect(shown.contains(#"--features '/data/it'\''s here' --threads 8"#))
        _ = try await CommandRunner().succeed("bash", ["-n"], input: shown)
    }

    @Test("The script for those who submit by hand is the one that is kept in deploy/slurm")
    func slurmByHand() throws {
        let file = URL(filePath: #filePath).deletingLastPathComponent().deletingLastPathComponent()
            .deletingLastPathComponent().appending(path: "deploy/slurm/worker.sbatch")
        if ProcessInfo.processInfo.environment["PROBESWEEP_RECORD"] == "1" {
            try SlurmScript.byHand.write(to: file, atomically: true, encoding: .utf8)
            Issue.record("Recorded \(file.lastPathComponent); run again without PROBESWEEP_RECORD.")
        }
        #expect(try String(contentsOf: file, encoding: .utf8) == SlurmScript.byHand)
    }

    @Test(
        "Time limits are read as Slurm writes them",
        arguments: [
            ("30", 1800), ("1:30", 90), ("4:00:00", 14_400), ("2-0", 172_800), ("1-12:30", 131_400),
            ("1-0:0:5", 86_405),
            ("x", nil), ("", nil), ("1:2:3:4", nil), ("-5", nil),
        ] as [(String, Int?)])
    func timeLimits(text: String, seconds: Int?) { #expect(SlurmTime.seconds(text) == seconds) }

    @Test(
        "A job is warned two minutes before its end, or a quarter of a short limit",
        arguments: [
            ([], 120), (["--time=4:00:00"], 120), (["--time", "2:00"], 30), (["-t", "1"], 15), (["-t0:30"], 7),
            (["--partition", "cpu"], 120),
        ] as [([String], Int)])
    func warning(options: [String], seconds: Int) { #expect(SlurmTime.warning(for: options) == seconds) }

    @Test("Slurm's list of jobs is read, whatever states they are in, and why they wait")
    func squeue() {
        let text =
            "17|PENDING|Resources\n18|RUNNING|None\n19|COMPLETED|None\n20|TIMEOUT|TimeLimit\n\nnonsense\n21|CONFIGURING|None\n"
        #expect(
            SlurmAnswer.lines(in: text) == [
                "17": .init(stage: .queued, waiting: "Resources"), "18": .init(stage: .running),
                "19": .init(stage: .ended), "20": .init(stage: .ended), "21": .init(stage: .queued),
            ])
    }

    @Test(
        "How a Slurm job ended, with the last line of its log",
        arguments: [
            ("JobState=COMPLETED Reason=None ExitCode=0:0", .ended(.completed)),
            ("JobState=FAILED ExitCode=2:0 StdOut=/log", .ended(.failed(status: 2, lastWords: "no key"))),
            ("JobState=TIMEOUT ExitCode=0:1 StdOut=/log", .ended(.interrupted("TIMEOUT", lastWords: "no key"))),
            ("JobState=NODE_FAIL ExitCode=1:0", .ended(.interrupted("NODE_FAIL", lastWords: nil))),
            ("JobState=PENDING Reason=BeginTime", .queued), ("JobState=COMPLETING", .running),
            ("slurm_load_jobs error", nil),
        ] as [(String, JobState?)])
    func scontrol(text: String, state: JobState?) {
        #expect(SlurmAnswer.end(in: "JobId=7 JobName=x \(text)") { $0 == "/log" ? "no key" : nil } == state)
    }

    @Test(
        "How a worker behind ssh stands",
        arguments: [
            ("running\n", .running), ("ended 0 bye\n", .ended(.completed)),
            ("ended 2 probesweep: refused\n", .ended(.failed(status: 2, lastWords: "probesweep: refused"))),
            ("ended 137 \n", .ended(.interrupted("signal 9", lastWords: nil))),
            ("ended  the last line\n", .ended(.interrupted("killed", lastWords: "the last line"))),
            ("Welcome to node1.\nended 0 of 3 updates\nrunning\n", .running),
            ("Welcome.\r\nended 2 50 %\r60 %\n", .ended(.failed(status: 2, lastWords: "50 %\r60 %"))),
        ] as [(String, JobState)])
    func ssh(answer: String, state: JobState) { #expect(SSHEngine.state(in: answer) == state) }

    @Test(
        "A script reaches sh on the other machine as it is, whatever shell reads the command there",
        arguments: [
            "printf '%s' \"it's\"", "read -r word\nprintf %s \"$word!\"", "# ä\nprintf '%s\\n' '`id`' \\\n  done",
        ])
    func sshCommand(script: String) async throws {
        let command = SSHScripts.command(script)
        // Between the quotes no shell finds anything: not even csh, which knows ! and ends a command with its line.
        #expect(command.hasPrefix("sh -c '") && command.hasSuffix("'"))
        #expect(command.count { $0 == "'" } == 2)
        #expect(command.allSatisfy { !$0.isNewline && $0 != "!" && $0 != "\\" && $0.isASCII })
        let direct = try await CommandRunner().succeed("sh", ["-c", script], input: "token\n")
        #expect(try await CommandRunner().succeed("sh", ["-c", command], input: "token\n") == direct)
        #expect(!direct.isEmpty)
    }

    @Test(
        "Hosts that ssh would take for options, or that a shell would expand, are refused",
        arguments: ["-oProxyCommand=id", "a,-v", "a b", "$(id)", "user@-x", "", "a,,b", "a,a", "a;id", "@/nowhere"])
    func hosts(text: String) { #expect(throws: EngineError.self) { try HostList(text) } }

    @Test("Hosts come from the command line or from a file")
    func hostFile() throws {
        let folder = try TemporaryFolder()
        try "# ours\nnode1\n\n  user@node2  \n10.0.0.7\n".write(
            to: folder.file("hosts.txt"), atomically: true, encoding: .utf8)
        #expect(try HostList("@hosts.txt", folder: folder.url).hosts == ["node1", "user@node2", "10.0.0.7"])
        #expect(try HostList("node1,[fe80::1%eth0]").hosts == ["node1", "[fe80::1%eth0]"])
    }

    @Test(
        "A label of Kubernetes begins and ends with a letter or a digit, is no longer than 63, and keeps what tells it apart",
        arguments: [
            "birds", "-birds-", "_a.b_", String(repeating: "x", count: 80), String(repeating: "-", count: 62) + "a",
        ])
    func labels(launch: String) {
        let settings = KubernetesSettings(namespace: "n", image: "i", featuresClaim: nil, cpu: "1", memory: "1Gi")
        let manifest = KubernetesManifest(launch: "\(launch)-0123abcd", settings: settings)
        for name in [manifest.label, manifest.name("\(launch)-0123abcd-1")] {
            #expect((1...63).contains(name.count))
            #expect(name.wholeMatch(of: /[A-Za-z0-9]([-A-Za-z0-9]*[A-Za-z0-9])?/) != nil, "\(name)")
            #expect(name.contains("0123abcd"))
        }
    }

    @Test("What kubectl says of jobs is read")
    func kubernetesJobs() throws {
        let text = """
            {"items": [
              {"metadata": {"name": "a"}, "status": {"active": 1, "ready": 0}},
              {"metadata": {"name": "b"}, "status": {"active": 1, "ready": 1}},
              {"metadata": {"name": "c"}, "status": {"conditions": [{"type": "Complete", "status": "True"}]}},
              {"metadata": {"name": "d"}, "status": {"conditions": [
                {"type": "Failed", "status": "True", "reason": "BackoffLimitExceeded"}]}},
              {"metadata": {"name": "e"}, "status": {"conditions": [
                {"type": "Failed", "status": "True", "reason": "DeadlineExceeded"}]}},
              {"metadata": {"name": "f"}}]}
            """
        #expect(
            try KubernetesAnswer.states(in: text) == [
                "a": .queued, "b": .running, "c": .ended(.completed), "d": .ended(.failed(status: 1, lastWords: nil)),
                "e": .ended(.interrupted("DeadlineExceeded", lastWords: nil)), "f": .queued,
            ])
        #expect(throws: EngineError.self) { try KubernetesAnswer.states(in: "error: no cluster") }
    }

    @Test("A sweep on unlike machines is pinned to the best kernel path that all offer")
    func kernelPin() {
        #expect(KernelPin.common(["avx512bf16", "avx2", "amx"]) == .avx2)
        #expect(KernelPin.common(["amx", "amx"]) == .amx)
        #expect(KernelPin.common(["avx2", "a path of a later version"]) == .portable)
        #expect(!KernelPin.isDecidable(joined: 0, of: 3, seconds: 1e9))
        #expect(!KernelPin.isDecidable(joined: 2, of: 3, seconds: 10))
        #expect(KernelPin.isDecidable(joined: 2, of: 3, seconds: 30))
        #expect(KernelPin.isDecidable(joined: 3, of: 3, seconds: 0))
    }
}
