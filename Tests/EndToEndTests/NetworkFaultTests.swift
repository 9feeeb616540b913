import Foundation
import TestKit
import Testing

@Suite("Network faults", .serialized)
struct NetworkFaultTests {
    @Test(
        "A disconnected host loses its units to others, and can return",
        .enabled(if: HostNetwork.refusal == nil, "\(HostNetwork.refusal ?? "")"),
        arguments: HostNetwork.Partition.allCases)
    func partition(_ kind: HostNetwork.Partition) throws {
        let campaign = try Campaign(repeats: 8)
        let network = try HostNetwork(hosts: 3)
        let cluster = try LiveCluster(in: campaign.folder.url, network: network)
        for worker in 1...2 { try cluster.startWorker(worker) }
        let client = try cluster.submit(campaign.specification)
        try cluster.waitUntil("units are done") { try cluster.ledger.resultCount() > 50 }
        try network.cut(1, kind)
        try cluster.waitUntil("the host is given up") {
            try cluster.coordinatorLogSoFar().contains("worker lost")
        }
        try network.mend(1, kind)
        // What the cut was charged to is forgiven when the worker says that it lives.
        try cluster.waitUntil("the host is back and nothing is charged") { try cluster.ledger.charged() == 0 }
        try campaign.finish(client, cluster)
    }

    @Test(
        "Results that are finished while every host is disconnected are reported later",
        .enabled(if: HostNetwork.refusal == nil, "\(HostNetwork.refusal ?? "")"))
    func everybodyAway() throws {
        let campaign = try Campaign(repeats: 8)
        let network = try HostNetwork(hosts: 3)
        let cluster = try LiveCluster(in: campaign.folder.url, network: network)
        for worker in 1...2 { try cluster.startWorker(worker) }
        let client = try cluster.submit(campaign.specification)
        try cluster.waitUntil("units are done") { try cluster.ledger.resultCount() > 50 }
        for host in 1...2 { try network.cut(host, .linkDown) }
        Thread.sleep(forTimeInterval: 6)
        let entered = try cluster.ledger.attempts()
        for host in 1...2 { try network.mend(host, .linkDown) }
        try campaign.finish(client, cluster)
        let rows = try cluster.ledger.attempts()
        #expect(entered.allSatisfy { rows[$0.key] == $0.value })
    }

    enum LinkFault: String, CaseIterable { case delayed, throttled, halfOpen, reset }

    @Test("A connection that is slow, half open or repeatedly reset costs only time", arguments: LinkFault.allCases)
    func faultyLink(_ fault: LinkFault) throws {
        let campaign = try Campaign(repeats: 8)
        let cluster = try LiveCluster(in: campaign.folder.url)
        let proxy = try TCPProxy(to: cluster.address)
        defer { proxy.close() }
        switch fault {
        case .delayed: proxy.set(TCPProxy.LinkConditions(delay: 0.15))
        case .throttled: proxy.set(TCPProxy.LinkConditions(bytesPerSecond: 100_000))
        case .halfOpen, .reset: break
        }
        try cluster.startWorker(1, at: proxy.address)
        try cluster.startWorker(2)
        let client = try cluster.submit(campaign.specification)
        try cluster.waitUntil("units are done") { try cluster.ledger.resultCount() > 20 }
        switch fault {
        case .delayed, .throttled: break
        case .halfOpen: proxy.leaveHalfOpen()
        case .reset:
            for _ in 0..<15 {
                proxy.cut()
                Thread.sleep(forTimeInterval: 0.2)
            }
        }
        try campaign.finish(client, cluster)
    }
}
