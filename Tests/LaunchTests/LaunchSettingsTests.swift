import Foundation
import TestKit
import Testing

@testable import Launch

extension LaunchSettings {
    /// Settings of a launch that no test starts.
    static func example(
        name: String = "birds", identity: String = "0123abcd", engine: EngineKind = .slurm, atLeast: Int = 1,
        atMost: Int = 3, listen: String = "tcp://0.0.0.0:*", kernel: String? = nil, engineOptions: [String] = []
    ) -> LaunchSettings {
        LaunchSettings(
            name: name, identity: identity, specification: nil, engine: engine, atLeast: atLeast, atMost: atMost,
            target: 1800, idleTimeout: 600, state: "/state", listen: listen, address: nil, remote: nil,
            keyDirectory: "/state/keys", shared: nil, kernel: kernel, retry: false, workerOptions: [],
            engineOptions: engineOptions)
    }
}

@Suite("What a launch was asked for")
struct LaunchSettingsTests {
    @Test(
        "A name that a program would take for an option, a hidden file or another folder gets a letter before it",
        arguments: [
            ("birds", "birds"), ("-rf", "x-rf"), (".ssh", "x.ssh"), ("..", "x.."), ("a b/c", "a-b-c"), ("", "x"),
            ("_1", "x_1"), ("vögel", "v-gel"), ("7days", "7days"),
        ])
    func plainNames(text: String, plain: String) {
        #expect(LaunchSettings.plain(text) == plain)
        #expect(LaunchSettings.plain(plain) == plain, "a plain name stays as it is")
    }

    @Test("Launches of one name in other folders, on other machines and of other users have no worker's name in common")
    func identities() {
        let places: [(String, String, UInt32)] = [
            ("/a/launches/birds", "head", 1000), ("/b/launches/birds", "head", 1000),
            ("/a/launches/birds", "other", 1000), ("/a/launches/birds", "head", 1001),
        ]
        let identities = places.map { LaunchSettings.identity(folder: $0.0, host: $0.1, user: $0.2) }
        #expect(Set(identities).count == 4)
        for engine in [LaunchSettings.EngineKind.slurm, .local, .ssh(hosts: ["node1", "node2", "ann@node3"])] {
            let names = identities.flatMap { LaunchSettings.example(identity: $0, engine: engine).members }
            #expect(Set(names).count == 4 * 3)
            #expect(names.allSatisfy { $0.hasPrefix("birds-") && LaunchSettings.plain($0) == $0 })
        }
        let long = LaunchSettings.example(name: String(repeating: "b", count: 300))
        #expect(long.members.allSatisfy { $0.utf8.count < 128 && $0.contains("0123abcd") })
    }

    @Test("A worker elsewhere leaves when it has nothing to do, also one of those that there should be at least")
    func idleTimeouts() {
        let folder = LaunchFolder(state: "/state", name: "birds")
        func timeout(_ engine: LaunchSettings.EngineKind) -> Double? {
            let settings = LaunchSettings.example(engine: engine, atLeast: 3)
            return settings.order(
                for: settings.members[0], endpoint: "tcp://h:1", credential: .keyFile("k"), in: folder
            ).idleTimeout
        }
        #expect(timeout(.slurm) == 600)
        #expect(timeout(.ssh(hosts: ["a", "b", "c"])) == 600)
        #expect(timeout(.local) == nil, "it ends with the launch")
    }

    @Test("What differs between two launches of one name is named as on the command line")
    func differences() {
        let first = LaunchSettings.example()
        #expect(first.differences(from: first).isEmpty)
        #expect(
            first.differences(from: .example(atMost: 4, engineOptions: ["--time=10"])) == [
                "--at-most", "options after --",
            ])
    }

    @Test("A specification that was edited is another, even under the same name")
    func edited() throws {
        let folder = try TemporaryFolder()
        let file = folder.file("sweep.yaml")
        try "name: a\n".write(to: file, atomically: true, encoding: .utf8)
        var settings = (LaunchSettings.example(), LaunchSettings.example())
        settings.0.specification = try .init(file: file.path, sweep: "a")
        try "name: a\nepochs: 3\n".write(to: file, atomically: true, encoding: .utf8)
        settings.1.specification = try .init(file: file.path, sweep: "a")
        #expect(settings.0.differences(from: settings.1) == ["the specification"])
    }

    @Test(
        "Options by which sbatch would start other jobs than the launch asks for are refused",
        arguments: [
            (["--array=1-3"], true), (["-a1-3"], true), (["-a", "1"], true), (["--arr", "1"], true),
            (["-M", "b"], true),
            (["-Mb"], true), (["--clusters=b"], true), (["--partition", "cpu", "--job-name=x"], true), (["-W"], true),
            (["--partition", "cpu", "--account=a", "--time=10", "-t5", "-c", "4", "--mem=4G"], false),
            (["--cluster-constraint=x"], false), ([], false),
        ] as [([String], Bool)])
    func slurmOptions(options: [String], isRefused: Bool) {
        #expect((LaunchSettings.example(engineOptions: options).problemOfEngineOptions != nil) == isRefused)
        let ssh = LaunchSettings.example(engine: .ssh(hosts: ["a"]), engineOptions: options)
        #expect(ssh.problemOfEngineOptions == nil)
    }

    @Test("How a launch stands is one line, with why jobs wait and what does not answer")
    func standing() {
        var standing = LaunchStanding(
            clientEndpoint: "tcp://h:1", workerEndpoint: "tcp://h:1", wanted: 4, outstanding: 3, running: 1, joined: 1,
            leftOut: 0)
        #expect(standing.line == "1 of 3 workers have joined, 4 wanted; 2 queued")
        (standing.waiting, standing.leftOut, standing.problem) = ("Priority, Resources", 1, "squeue: no answer")
        #expect(
            standing.line
                == "1 of 3 workers have joined, 4 wanted; 2 queued (Priority, Resources); 1 left out; squeue: no answer"
        )
    }
}
