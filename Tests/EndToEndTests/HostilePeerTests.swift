import Foundation
import Identities
import Scheduling
import TestKit
import Testing
import Transport

@testable import Cluster

@Suite("Byzantine peers over real sockets", .serialized)
struct HostilePeerTests {
    @Test("A thousand well-formed, false messages of several peers crash no coordinator and change no row of the table")
    func liars() async throws {
        let campaign = try Campaign(repeats: 8)
        let cluster = try LiveCluster(in: campaign.folder.url)
        var peers = try (0..<3).map { try Self.connect(to: cluster, number: $0) }
        for peer in peers { try await Self.greet(peer) }
        try cluster.waitUntil("they are believed") { try cluster.ask("workers").output.contains("liar") }
        let client = try cluster.submit(campaign.specification)
        var messages = HostileMessages(
            seed: 7, units: [],
            identities: (0..<4).map { number in
                WorkerHello(protocolVersion: 1, id: WorkerID(words: 1, UInt64(number)), name: "liar", host: "nowhere")
            })
        // They are there before anybody else.
        try cluster.waitUntil("they are leased something") {
            for peer in peers {
                try Self.learn(peer, &messages)
                try peer.dealer.send(.heartbeat(WireHeartbeat()))
            }
            return !messages.leases.isEmpty
        }
        try cluster.startWorker(1)
        messages.payloads = [[], Array("junk".utf8), Array(#"{"key":"00"}"#.utf8)]
        for number in 0..<1_000 {
            // Now and then one leaves without a word and another comes.
            if number % 50 == 0 { peers.append(try Self.connect(to: cluster, number: 3)) }
            if peers.count > 4 { await peers.removeFirst().dealer.close() }
            messages.doubles = number % 4 == 0
            try peers[number % peers.count].dealer.send(Self.wire(messages.next()))
            for peer in peers { try Self.learn(peer, &messages) }
            try await Task.sleep(for: .milliseconds(3))
        }
        for peer in peers {
            try peer.dealer.send(.goodbye(WireGoodbye()))
            await peer.dealer.close()
        }
        try campaign.finish(client, cluster)
    }

    private struct Peer {
        let events = EventQueue<DealerEvent>()
        let dealer: DealerEndpoint
        /// Who it first says it is.
        let hello: WorkerHello

        init(_ endpoint: String, _ security: DealerSecurity, number: UInt64) throws {
            hello = WorkerHello(protocolVersion: 1, id: WorkerID(words: 1, number), name: "liar", host: "nowhere")
            dealer = try DealerEndpoint.connect(endpoint, security: security, into: events) { $0 }
        }
    }

    private static func connect(to cluster: LiveCluster, number: Int) throws -> Peer {
        let keys = cluster.state.appending(path: "keys/worker.keys").path
        let security = try KeyFile.read(keys).dealerSecurity(path: keys)
        return try Peer(cluster.address, security, number: UInt64(number))
    }

    /// As any worker does first.
    private static func greet(_ peer: Peer) async throws {
        while try peer.dealer.send(wire(.hello(peer.hello, key: ""))) != .queued {
            try await Task.sleep(for: .milliseconds(10))
        }
    }

    /// Remembers leases, and claims to have whatever is asked for.
    private static func learn(_ peer: Peer, _ messages: inout HostileMessages) throws {
        for case .message(let message) in peer.events.takeAll(within: 0) {
            guard case .worker(let worker) = message.recipient else { continue }
            switch worker.body {
            case .lease(let lease):
                messages.learn(lease.scheduling)
                messages.units += lease.scheduling.units
            case .askInputs(let question):
                let states = question.scheduling.map { InputState(id: $0.id) }
                try peer.dealer.send(.inputs(WireInputs(states, roots: [])))
            case .reregister: try peer.dealer.send(wire(.hello(peer.hello, key: "")))
            default: break
            }
        }
    }

    /// On a machine of their own: what they fail is held against theirs.
    private static let identity: WorkerIdentity = {
        var identity = WorkerIdentity(programVersion: "0", name: "liar", kernelPath: "none")
        identity.machine = "elsewhere"
        return identity
    }()

    private static func wire(_ message: HostileMessage) -> WireWorkerToCoordinator.OneOf_Body {
        switch message {
        case .hello(let hello, _): .hello(WireHello(hello, identity: identity))
        case .heartbeat(let statuses): .heartbeat(WireHeartbeat(statuses))
        case .reports(let reports): .reports(WireReports(reports))
        case .returned(let attempt, let units): .returned(WireReturned(attempt, units))
        case .draining: .draining(WireDraining())
        case .goodbye: .goodbye(WireGoodbye())
        }
    }
}
