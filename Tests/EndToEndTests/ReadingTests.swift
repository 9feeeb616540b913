import Foundation
import TestKit
import Testing

@Suite("Commands that read results", .serialized)
struct ReadingTests {
    /// A sweep with draws, both protocols and kept predictions, finished on a cluster.
    private static func cluster(in folder: TemporaryFolder) throws -> LiveCluster {
        try """
        name: read
        features: \(Fixture.wordnet.path)
        tasks: [lexname]
        layers: [0, 4]
        folds: {count: 3}
        probes: [linear, {type: linear, input: class}, knn]
        shots: [2, all]
        draws: 2
        protocol: both
        training: {learning-rates: [0.01], epochs: 2, warmup: 1, batch: 32}
        keep: predictions
        """.write(to: folder.file("read.yaml"), atomically: true, encoding: .utf8)
        let cluster = try LiveCluster(in: folder.url)
        try cluster.startWorker(1)
        let outcome = try cluster.submit(folder.file("read.yaml")).outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        return cluster
    }

    private static let commands: [[String]] = [
        ["table", "read"], ["table", "read", "--against", "gflops", "--format", "markdown"],
        ["table", "1", "--format", "csv", "--choices", "--times"], ["table", "read", "--format", "json", "--times"],
        ["table", "read", "--format", "latex", "--choices"], ["table", "read", "--layer", "4", "--probe", "linear"],
        ["table", "read", "--best", "layer"], ["table", "read", "--across", "shots", "--format", "csv"],
        ["table", "read", "--bootstrap", "100"], ["table", "read", "--task", "none"], ["table", "none"],
        ["compare", "read"], ["compare", "read", "--between", "layer", "--format", "json"],
        ["rescore", "read", "--metric", "macro-f1"], ["rescore", "read", "--per-class", "--format", "csv"],
        ["rescore", "read", "--metric", "macro-f1", "--format", "json"],
        ["rescore", "read", "--metric", "none"], ["status", "read"], ["status"], ["sweeps"],
        ["sweeps", "--format", "json"],
        ["status", "read", "--format", "json"],
    ]

    @Test("print the same of a coordinator and of its state folder, whatever the options")
    func same() throws {
        let folder = try TemporaryFolder()
        let cluster = try Self.cluster(in: folder)
        let state = ["--state", cluster.state.path]
        let connection = ["--connect", cluster.address, "--keys", cluster.keys]
        // A speed is only known while it is fresh, and only to the coordinator.
        let rate = /"rate" : [0-9.e-]+,\n */
        for command in Self.commands {
            let local = try Program(command + state, in: folder.url).outcome()
            let remote = try Program(command + connection, in: folder.url).outcome()
            #expect(remote.status == local.status, "\(command): \(remote.errors)")
            #expect(remote.output.replacing(rate, with: "") == local.output, "\(command)")
            #expect(!local.output.isEmpty || local.status != 0)
            if local.status == 0 { #expect(remote.errors == local.errors, "\(command)") }
        }
        for axis in ["params", "gflops", "layer", "output", "shots", "ranks"] {
            let plot = ["plot", "read", "--against", axis, "--output"]
            let local = try Program(plot + ["local.svg"] + state, in: folder.url).outcome()
            let remote = try Program(plot + ["remote.svg"] + connection, in: folder.url).outcome()
            #expect(local.status == remote.status && local.errors == remote.errors, "\(remote.errors)")
            guard local.status == 0 else { continue }
            #expect(try Data(contentsOf: folder.file("local.svg")) == Data(contentsOf: folder.file("remote.svg")))
        }
    }

    @Test("export the same head from a coordinator and from its state folder, and refuse the same units")
    func export() throws {
        let folder = try TemporaryFolder()
        let cluster = try Self.cluster(in: folder)
        let table = try cluster.table("read", "--format", "json", "--probe", "linear")
        let key = try #require(table.firstMatch(of: /"key" : "([0-9a-f]{64})"/)).1
        for digits in [String(key), String(key.prefix(20)), "", "ffffffffffffffffffff"] {
            let export = ["export", "read", "--unit=\(digits)", "--output"]
            let local = try Program(export + ["local", "--state", cluster.state.path], in: folder.url).outcome()
            let remote = try Program(
                export + ["remote", "--connect", cluster.address, "--keys", cluster.keys], in: folder.url
            ).outcome()
            #expect(local.status == remote.status && local.errors == remote.errors, "\(remote.errors)")
            #expect((local.status == 0) == digits.hasPrefix("\(key.prefix(20))"), "\(local.errors)")
        }
        #expect(try Data(contentsOf: folder.file("local")) == Data(contentsOf: folder.file("remote")))
    }

    @Test(
        "find their place in options and environment: an option wins, and of two variables the coordinator, with a word"
    )
    func environment() throws {
        let folder = try TemporaryFolder()
        let cluster = try Self.cluster(in: folder)
        let state = ["PROBESWEEP_STATE": cluster.state.path]
        let connection = ["PROBESWEEP_CONNECT": cluster.address, "PROBESWEEP_KEYS": cluster.keys]
        let both = state.merging(connection) { first, _ in first }
        let dead = ["PROBESWEEP_CONNECT": "tcp://127.0.0.1:1", "PROBESWEEP_KEYS": cluster.keys]
        let expected = try cluster.table("read")
        func ask(_ arguments: [String], _ environment: [String: String]) throws -> Program.Outcome {
            try Program(arguments, in: folder.url, environment: environment).outcome()
        }
        for (options, environment) in [
            ([], state), ([], connection), ([], both), (["--state", cluster.state.path], dead),
            (["--connect", cluster.address], ["PROBESWEEP_STATE": "none", "PROBESWEEP_KEYS": cluster.keys]),
            (["--connect", cluster.address, "--keys", cluster.keys], dead),
            (["--keys", cluster.keys], ["PROBESWEEP_CONNECT": cluster.address, "PROBESWEEP_KEYS": "none"]),
            ([], state.merging(["PROBESWEEP_CONNECT": ""]) { first, _ in first }),
        ] {
            let outcome = try ask(["table", "read"] + options, environment)
            #expect(outcome.output == expected, "\(options) \(environment): \(outcome.errors)")
            let saysWhich = outcome.errors.contains("asking \(cluster.address)")
            #expect(saysWhich == (environment == both), "\(outcome.errors)")
        }
        #expect(try ask(["status"], connection).status == 0)
        #expect(try ask(["workers"], connection).output.contains("worker-1"))
        #expect(try ask(["plan", "read.yaml"], state).status == 0)
        #expect(try ask(["plan", "read.yaml"], ["PROBESWEEP_STATE": "none"]).status == 0)
        let submitted = try ask(["submit", "read.yaml"], connection)
        #expect(submitted.errors.contains(" (read): 126 units, 126 already done"), "\(submitted.errors)")
        // Another path to the same specification asks for the same sweep.
        #expect(submitted.errors.hasSuffix("next: probesweep status 1\n"), "\(submitted.errors)")
        let again = try ask(["submit", "read.yaml", "--wait", "--connect", cluster.address], connection)
        #expect(again.errors.hasSuffix(" --connect \(cluster.address)\n"), "\(again.errors)")
        #expect(again.errors.contains("next: probesweep table "), "\(again.errors)")
    }

    @Test(
        "reject options that contradict each other, and name the variable that is missing or wrong",
        arguments: [
            (["table", "x", "--state", "s", "--connect", "tcp://h:1"], [:], "--state or --connect, not both"),
            (["table", "x", "--state", "s", "--keys", "k"], [:], "--keys needs --connect"),
            (["table", "x", "--keys", "k"], [:], "--keys needs --connect"),
            (["table", "x", "--connect", "tcp://h:1"], [:], "PROBESWEEP_KEYS"),
            (["plot", "x", "--output", "x.svg"], ["PROBESWEEP_CONNECT": "tcp://h:1"], "PROBESWEEP_KEYS"),
            (["compare", "x"], ["PROBESWEEP_CONNECT": "h", "PROBESWEEP_KEYS": "k"], "PROBESWEEP_CONNECT: "),
            (["workers"], [:], "PROBESWEEP_CONNECT"), (["submit", "x.yaml"], [:], "PROBESWEEP_CONNECT"),
            (["worker"], ["PROBESWEEP_KEYS": "k"], "PROBESWEEP_CONNECT"),
            (["discard", "x", "--all", "--state", "s", "--connect", "tcp://h:1"], [:], "not both"),
        ] as [([String], [String: String], String)])
    func contradictions(_ arguments: [String], _ environment: [String: String], _ hint: String) throws {
        let folder = try TemporaryFolder()
        let outcome = try Program(arguments, in: folder.url, environment: environment).outcome()
        #expect(outcome.status == 2 && outcome.errors.contains(hint), "\(outcome.errors)")
    }
}
