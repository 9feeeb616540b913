import Foundation
import TestKit
import Testing

@Suite(
    "Coordinators known by name", .serialized, .enabled(if: HostsFile.refusal == nil, "\(HostsFile.refusal ?? "")"))
struct NameResolutionTests {
    /// A worker that knows the coordinator by name only has joined.
    private func waitForWorker(_ cluster: LiveCluster) throws {
        try cluster.waitUntil("the worker is there") {
            try cluster.ask("workers").words.contains { $0.prefix(2) == ["worker-1", "active"] }
        }
    }

    private func address(of name: String, _ cluster: LiveCluster) throws -> String {
        "tcp://\(name):\(try #require(cluster.address.split(separator: ":").last))"
    }

    @Test(
        "A name leads to the coordinator whether it has an IPv4 address, an IPv6 one, or both of which one is dead",
        .enabled(if: LoopbackHost.hasIPv6, "this machine has no ::1"),
        arguments: [
            ("127.0.0.1", ["127.0.0.1"]), ("[::1]", ["::1"]), ("[::1]", ["127.0.0.1", "::1"]),
            ("127.0.0.1", ["::1", "127.0.0.1"]),
        ])
    func families(_ host: String, _ addresses: [String]) throws {
        let folder = try TemporaryFolder()
        let hosts = try HostsFile(folder.file("hosts"), addresses.map { "\($0) \(HostsFile.name)" })
        let cluster = try LiveCluster(in: folder.url, host: host)
        #expect(cluster.address.hasPrefix("tcp://\(host):"))
        try cluster.startWorker(1, at: try address(of: HostsFile.name, cluster), prefix: hosts.prefix)
        try waitForWorker(cluster)
    }

    @Test(
        "A worker finds its coordinator again at the new address of the name, also of the other kind",
        .enabled(if: LoopbackHost.hasIPv6, "this machine has no ::1"),
        arguments: ["127.0.0.3", "[::1]"])
    func newAddress(_ newHost: String) throws {
        let folder = try TemporaryFolder()
        let hosts = try HostsFile(folder.file("hosts"), ["127.0.0.2 \(HostsFile.name)"])
        let cluster = try LiveCluster(in: folder.url, host: "127.0.0.2")
        try cluster.startWorker(1, at: try address(of: HostsFile.name, cluster), prefix: hosts.prefix)
        try waitForWorker(cluster)
        try cluster.killCoordinator()
        let port = try #require(cluster.address.split(separator: ":").last)
        try cluster.restartCoordinator(at: "tcp://\(newHost):\(port)")
        try hosts.write(["\(newHost.trimmingCharacters(in: ["[", "]"])) \(HostsFile.name)"])
        try waitForWorker(cluster)
        #expect(cluster.isRunning(worker: 1))
    }
}
