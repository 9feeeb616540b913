import Foundation
import TestKit
import Testing

@Suite("A cluster of separate processes", .serialized)
struct ClusterTests {
    @Test("Submit, status, workers and table work over the network")
    func conversation() throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        try cluster.startWorker(1)
        let client = try cluster.submit(try Specification.small.write(in: folder.url))
        let outcome = try client.outcome()
        #expect(outcome.status == 0, "\(outcome.errors)")
        let status = try cluster.ask("status", "small")
        #expect(status.output.contains(" \(Specification.small.units)/\(Specification.small.units) "), "\(status)")
        #expect(try cluster.ask("workers").output.contains("worker-1"))
        let remote = try cluster.ask("table", "small", "--format", "csv")
        #expect(remote.output == (try cluster.table("small", "--format", "csv")), "\(remote.errors)")
        #expect(remote.output.split(whereSeparator: \.isNewline).count > 1)
    }

    @Test(
        "A worker that is told to end returns units that it has not begun, and exits with status 0",
        arguments: [SIGTERM, SIGINT, SIGUSR1])
    func drains(_ signal: Int32) throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        try cluster.startWorker(1)
        var long = Specification.small
        long.epochs = 60
        let client = try cluster.submit(try long.write(in: folder.url))
        try cluster.waitUntil("the worker is at work") { try cluster.isAtWork(1) }
        cluster.signalWorker(1, signal)
        #expect(try cluster.end(ofWorker: 1)?.status == 0)
        try cluster.startWorker(2)
        #expect(try client.outcome().status == 0)
    }

    @Test("A worker with an unknown key is rejected")
    func strangersStayOut() throws {
        let folder = try TemporaryFolder()
        let cluster = try LiveCluster(in: folder.url)
        #expect(try Program.run("keys", "new", "--output", "other", in: folder.url).status == 0)
        let outcome = try Program(
            ["status", "--connect", cluster.address, "--keys", "other/client.keys"], in: folder.url
        ).outcome()
        #expect(outcome.status == 1)
        #expect(outcome.errors.contains("handshake") || outcome.errors.contains("allow"), "\(outcome.errors)")
    }
}
