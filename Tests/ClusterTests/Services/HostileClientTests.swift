import Foundation
import Ledger
import Logging
import Sweeps
import SwiftProtobuf
import TestKit
import Testing
import Transport
import Units

@testable import Cluster

@Suite("A client that sends what no specification can say", .serialized)
struct HostileClientTests {
    /// A client over a real connection, which writes its own JSON.
    private final class Client {
        private let events = EventQueue<DealerEvent>()
        private let dealer: DealerEndpoint
        private var request: UInt64 = 0

        init(_ endpoint: String, keys: String) throws {
            let security = try KeyFile.read(keys).dealerSecurity(path: keys)
            dealer = try DealerEndpoint.connect(endpoint, security: security, into: events) { $0 }
        }

        func close() async { await dealer.close() }

        /// The answer to a submission; nil where none comes within a minute.
        func submit(_ specification: String, _ facts: String) throws -> WireCoordinatorToClient.OneOf_Body? {
            request += 1
            let submit = WireSubmit.with {
                $0.name = "small"
                $0.specification = specification
                $0.facts = Data(facts.utf8)
            }
            try send(submit)
            let deadline = ContinuousClock.now + .seconds(60)
            while deadline > .now {
                for event in events.takeAll(within: 100_000_000) {
                    switch event {
                    // What was sent before is lost.
                    case .connected: try send(submit)
                    case .message(let message):
                        if case .client(let reply) = message.recipient, reply.request == request { return reply.body }
                    default: break
                    }
                }
            }
            return nil
        }

        private func send(_ submit: WireSubmit) throws {
            try dealer.send(
                .submit(submit), request: request, protocolVersion: UInt32(ProbeUnit.currentProtocolVersion))
        }
    }

    /// The JSON with one of its numbers replaced.
    private static func variants(of json: String) -> [String] {
        let values = ["-1", "0", "4611686018427387904", "1e300", "1000000000"]
        return json.matches(of: /[:,\[](-?[0-9.]+)[,}\]]/).map(\.1).enumerated().flatMap { index, number in
            [0, 2].map { offset in
                json.replacingCharacters(
                    in: number.startIndex..<number.endIndex, with: values[(index + offset) % values.count])
            }
        }
    }

    private static func start(_ sweep: SmallSweep) throws -> (CoordinatorService, Client) {
        let keys = try KeyDirectory.create(at: sweep.folder.file("keys").path)
        let service = try CoordinatorService.start(
            ledger: try Ledger.open(sweep.state), listen: "tcp://127.0.0.1:*", security: try keys.routerSecurity(),
            logger: Logger(label: "coordinator") { _ in SwiftLogNoOpLogHandler() })
        return (service, try Client(service.address, keys: keys.clientFile))
    }

    @Test("Every number that is out of bounds, wherever it stands, is answered, and the coordinator goes on")
    func numbers() async throws {
        let sweep = try SmallSweep()
        let (service, client) = try Self.start(sweep)
        let specification = String(decoding: try JSONEncoder().encode(sweep.source.specification), as: UTF8.self)
        let facts = String(decoding: try JSONEncoder().encode(sweep.source.facts), as: UTF8.self)
        let nested = String(repeating: "[", count: 100_000)
        let hostile =
            Self.variants(of: specification).map { ($0, facts) } + Self.variants(of: facts).map { (specification, $0) }
            + [(nested, facts), (specification, nested), ("", ""), (facts, specification)]
        #expect(hostile.count > 50)
        for (specification, facts) in hostile {
            #expect(try client.submit(specification, facts) != nil, "\(specification) \(facts)")
        }
        #expect(await service.workers == 0)
        await client.close()
        await service.stop()
    }

    @Test("A submission of more units than the bound is refused with their count")
    func tooMany() async throws {
        let sweep = try SmallSweep()
        let (service, client) = try Self.start(sweep)
        var source = sweep.source
        // On two layers.
        source.specification.folds.count = 10
        source.specification.folds.repeats = 10_000
        source.specification.probes = Array(repeating: source.specification.probes[0], count: 26)
        let answer = try client.submit(
            String(decoding: try JSONEncoder().encode(source.specification), as: UTF8.self),
            String(decoding: try JSONEncoder().encode(source.facts), as: UTF8.self))
        guard case .refused(let refused)? = answer else {
            Issue.record("\(String(describing: answer))")
            return
        }
        #expect(refused.reason.contains("5200000 units"), "\(refused.reason)")
        #expect(await service.overview().sweeps.isEmpty)
        await client.close()
        await service.stop()
    }
}
