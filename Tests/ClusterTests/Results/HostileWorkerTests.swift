import Foundation
import Identities
import Ledger
import Logging
@testable import Results
import Sweeps
import Synchronization
import TestKit
import Testing
import Transport
import Units

@testable import Cluster

private final class Turns: Sendable {
    private let count = Atomic<Int>(0)
    var next: Int { count.wrappingAdd(1, ordering: .relaxed).oldValue }
}

/// A real coordinator, sockets and keys.
@Suite("A worker that reports what no training gives")
struct HostileWorkerTests {
    private static func isFinished(_ service: CoordinatorService, within seconds: Double = 600) async throws -> Bool {
        let deadline = ContinuousClock.now + .seconds(seconds)
        while .now < deadline {
            if await service.progress(of: "small")?.isFinished == true { return true }
            try await Task.sleep(for: .milliseconds(20))
        }
        return false
    }

    /// Nothing, junk, an impossible count, an impossible metric, in turn.
    private static func nonsense(_ key: UnitKey, _ turn: Int) throws -> Data {
        switch turn % 4 {
        case 0: Data()
        case 1: Data("junk".utf8)
        case 2: try SmallSweep.payload(key) { $0.trainingSamples = .max }
        default: try SmallSweep.payload(key) { $0.metrics["top1"] = 1e200 }
        }
    }

    @Test("disturbs nobody: an honest one finishes the sweep, the table is whole, and what is discarded trains again")
    func harmless() async throws {
        let sweep = try SmallSweep()
        let keys = try KeyDirectory.create(at: sweep.folder.file("keys").path)
        let quiet = Logger(label: "coordinator") { _ in SwiftLogNoOpLogHandler() }
        let service = try CoordinatorService.start(
            ledger: try Ledger.open(sweep.state), listen: "tcp://127.0.0.1:*", security: try keys.routerSecurity(),
            logger: quiet)
        let hostile = try RawWorker("hostile", service.address, keys: keys.workerFile)
        let honest = try RawWorker("honest", service.address, keys: keys.workerFile)
        let turns = Turns()
        try await withThrowingTaskGroup(of: Void.self) { group in
            group.addTask {
                try await hostile.work { key in
                    try Self.nonsense(key, turns.next)
                }
            }
            group.addTask {
                try await honest.work { key in
                    // Not before the other has been heard.
                    guard hostile.refusals.withLock({ !$0.isEmpty }) else { return nil }
                    return try SmallSweep.payload(key)
                }
            }
            while await service.workers < 2 { try await Task.sleep(for: .milliseconds(10)) }
            _ = try await service.submit(sweep.source)
            #expect(try await Self.isFinished(service))
            let progress = try #require(await service.progress(of: "small"))
            #expect(progress.done == 12)
            #expect(progress.quarantined == 0)
            #expect(progress.paused == nil)

            let client = try CoordinatorClient.connect(service.address, keys: keys.clientFile)
            let table = try SweepTable.make("small", in: RemoteLedger(client), against: .parameters).rendered(as: .text)
            #expect(table.contains("3/3") && !table.contains("missing"), "\(table)")
            try await discard(client, service)
            await client.close()
            hostile.stop()
            honest.stop()
            try await group.waitForAll()
        }
        let refusals = hostile.refusals.withLock { $0 }
        #expect(refusals.allSatisfy { $0.contains("results were refused, the first of unit") }, "\(refusals)")
        #expect(honest.refusals.withLock { $0 } == [])
        let rows = try SweepTable.rows(
            of: try LedgerReader.open(sweep.state).find("small"), in: try LedgerReader.open(sweep.state))
        #expect(rows.flatMap(\.cells).allSatisfy { $0.result != nil })
        await service.stop()
    }

    private func discard(_ client: CoordinatorClient, _ service: CoordinatorService) async throws {
        var request = DiscardRequest(sweep: "small", worker: "honest")
        let preview = try client.discard(request, isApplied: false)
        #expect(preview.results == 12 && preview.workers == ["honest": 12])
        #expect(await service.progress(of: "small")?.done == 12)
        request.until = preview.asOf
        #expect(try client.discard(request, isApplied: true).results == 12)
        #expect(try await Self.isFinished(service))
        #expect(await service.progress(of: "small")?.done == 12)
        #expect(throws: ClientError.self) {
            try client.discard(DiscardRequest(sweep: "small", worker: "nobody"), isApplied: false)
        }
    }
}
