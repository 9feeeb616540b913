import Foundation
import SwiftProtobuf
import TestKit
import Testing

@testable import Transport

@Suite("IPv4 and IPv6")
struct AddressFamilyTests {
    /// A coordinator on an endpoint, and the port that it took.
    private func coordinator(_ endpoint: String) throws -> (TestCoordinator, port: Substring) {
        let coordinator = try TestCoordinator(endpoint)
        return (coordinator, try #require(coordinator.router.address.split(separator: ":").last))
    }

    /// Whether a worker that looks there says Hello to the coordinator.
    private func checkHello(_ coordinator: TestCoordinator, at address: String) async throws {
        let file = coordinator.keys.workerFile
        let worker = try TestPeer(address, try KeyFile.read(file).dealerSecurity(path: file))
        try await worker.hello(address)
        #expect(try await coordinator.events.message().0.worker.hello.workerName == address)
        await worker.close()
        _ = try await coordinator.events.loss()
    }

    @Test(
        "A listener on an IPv6 address says so in brackets, and is reached there",
        .enabled(if: LoopbackHost.hasIPv6, "this machine has no ::1"))
    func ipv6() async throws {
        let (coordinator, port) = try coordinator("tcp://[::1]:*")
        #expect(coordinator.router.address == "tcp://[::1]:\(port)")
        try await checkHello(coordinator, at: coordinator.router.address)
        await coordinator.close()
    }

    @Test(
        "A listener on all addresses serves IPv6 and IPv4 peers at once",
        .enabled(if: LoopbackHost.hasIPv6, "this machine has no ::1"), arguments: ["[::]", "*"])
    func dualStack(_ wildcard: String) async throws {
        let (coordinator, port) = try coordinator("tcp://\(wildcard):*")
        #expect(coordinator.router.address == "tcp://[::]:\(port)")
        let file = coordinator.keys.workerFile
        let security = try KeyFile.read(file).dealerSecurity(path: file)
        let hosts = ["127.0.0.1", "[::1]"]
        let workers = try hosts.map { try TestPeer("tcp://\($0):\(port)", security) }
        for (worker, host) in zip(workers, hosts) { try await worker.hello(host) }
        var heard: Set<String> = []
        for _ in hosts { heard.insert(try await coordinator.events.message().0.worker.hello.workerName) }
        #expect(heard == Set(hosts) && coordinator.router.statistics.connections == hosts.count)
        for worker in workers { await worker.close() }
        await coordinator.close()
    }

    @Test("A listener on an interface whose IPv4 address has the port taken says so, and does not go to the other kind")
    func taken() async throws {
        let (coordinator, port) = try coordinator("tcp://127.0.0.1:*")
        let error = #expect(throws: TransportError.self) { try TestCoordinator("tcp://lo:\(port)") }
        #expect(error?.description.contains("in use") == true, "\(error?.description ?? "")")
        await coordinator.close()
    }

    @Test("An endpoint tries the kinds of addresses that it can have: a literal its own, a name both")
    func candidates() {
        #expect(AddressFamily.candidates(for: "tcp://10.0.0.1:1").candidates == [.ipv4])
        #expect(AddressFamily.candidates(for: "tcp://[fe80::1%eth0]:1").candidates == [.ipv6])
        #expect(AddressFamily.candidates(for: "tcp://head:1").candidates == [.ipv4, .ipv6])
        #expect(!AddressFamily.candidates(for: "ipc:///socket").hasAlternatives)
    }

    @Test("No candidate is tried twice in a round, and a round begins with the one that did last")
    func rounds() {
        var round = Round(["a", "b"])
        #expect([round.advance(), round.advance(), round.advance()] == [true, false, true])
        #expect(round.current == "b")
        round.prefer()
        #expect([round.advance(), round.advance()] == [true, false])
        var single = Round(["a"])
        #expect(!single.advance() && !single.hasAlternatives && single.current == "a")
    }
}
