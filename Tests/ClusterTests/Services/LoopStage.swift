import Foundation
import GRDB
import Identities
import Scheduling
import SwiftProtobuf
import Synchronization
import TestKit
import Testing
import Units

@testable import Cluster
@testable import Ledger
@testable import Transport

/// A coordinator's loop without sockets and threads: a test says what arrives, lets it take a turn, and reads what it
/// sends. Its ledger is real and holds one sweep, `small`.
final class LoopStage {
    let folder: TemporaryFolder
    let clock = TestClock()
    let router = TestRouter()
    let log = LogLines()
    let inputs = EventQueue<CoordinatorService.Input>()
    let ledger: Ledger
    let loop: CoordinatorLoop
    let units: [NewUnit]

    /// - Parameters:
    ///   - hasJournal: whether the loop keeps a journal beside its ledger.
    ///   - suspended: names of hosts that an earlier coordinator suspended.
    init(units count: UInt64 = 4, leases: Int = 1, hasJournal: Bool = false, suspended: [String] = []) throws {
        folder = try TemporaryFolder()
        ledger = try Ledger.open(folder.url.path)
        for name in suspended {
            try ledger.suspend(SuspendedHost(host: name, label: name, reason: "its disk is full"))
        }
        units = (0..<count).map { number in
            let members = [#""fold":{"heldOut":\#(number)}"#, #""seed":1"#]
            let form = CanonicalForm(members.map { FormMember(Array($0.utf8)) })
            return NewUnit(key: UnitKey(words: number, 2, 3, 4), canonicalForm: form, cost: 0.1)
        }
        _ = try ledger.insert(
            NewSweep(name: "small", specification: "{}", facts: Data("{}".utf8)),
            passes: [NewPass(name: PassID("layer"), folder: "/features", units: units)])
        var settings = CoordinatorSettings()
        settings.leasesPerWorker = leases
        settings.maximumLeaseUnits = 2
        loop = try CoordinatorLoop(
            router, inputs, ledger: ledger, settings: settings,
            journal: hasJournal ? JournalSettings(state: folder.url.path, program: "test") : nil, logger: log.logger,
            clock: { [clock] in clock.now })
    }

    var workers: Int { loop.machine.status(at: clock.now).workers.count }
    var paused: String? { loop.machine.status(at: clock.now).pausedReason }

    /// A worker's message arrives.
    func hear(_ body: WireWorkerToCoordinator.OneOf_Body, from worker: UInt32 = 1) {
        inputs.post(message(.with { $0.worker.body = body }, from: worker))
    }

    /// A client's request arrives.
    func ask(_ body: WireClientToCoordinator.OneOf_Body, _ request: UInt64 = 1, as peer: Peer? = nil) {
        inputs.post(
            message(
                .with {
                    $0.client.protocolVersion = UInt32(ProbeUnit.currentProtocolVersion)
                    $0.client.request = request
                    $0.client.body = body
                }, from: 99, peer))
    }

    /// A peer's message breaks the rules.
    func hear(_ error: TransportError, from peer: UInt32 = 1) {
        let connection = Connection(id: ConnectionID(number: peer), peer: nil)
        inputs.post(.network(.malformed(error, from: connection)))
        loop.turn()
    }

    private func message(
        _ message: WireToCoordinator, from connection: UInt32, _ peer: Peer? = nil
    ) -> CoordinatorService.Input {
        .network(.message(message, from: Connection(id: ConnectionID(number: connection), peer: peer)))
    }

    /// Takes turns, while other threads answer the loop, until something holds.
    func turn(until holds: () throws -> Bool, _ location: SourceLocation = #_sourceLocation) rethrows {
        for _ in 0..<100 {
            if try holds() { return }
            loop.turn()
        }
        Issue.record("It never became true; logged: \(log.lines)", sourceLocation: location)
    }

    /// A worker registers and is sent its first leases.
    func join(_ worker: UInt32 = 1, leases: Int = 1) -> [WireLease] {
        hear(.hello(.joining(worker)), from: worker)
        turn { sentLeases(to: worker).count == leases }
        return sentLeases(to: worker)
    }

    func sentLeases(to worker: UInt32 = 1) -> [WireLease] {
        router.sent(to: worker).compactMap { if case .lease(let lease) = $0 { lease } else { nil } }
    }

    /// What a worker was acknowledged.
    func receipts(of worker: UInt32 = 1) -> [Receipt] {
        router.sent(to: worker).flatMap { body -> [Receipt] in
            if case .acknowledged(let receipts) = body { receipts.scheduling } else { [] }
        }
    }

    /// Units whose results the ledger has.
    func finished() throws -> [UnitKey] {
        try ledger.reader.rows(of: SweepID(1)).filter { $0.payload != nil }.map(\.key)
    }

    /// Whether the ledger can be written.
    func setWritable(_ isWritable: Bool) throws {
        try ledger.database.writeWithoutTransaction {
            try $0.execute(sql: "PRAGMA query_only = \(isWritable ? "OFF" : "ON")")
        }
    }
}

extension WireHello {
    static func joining(_ worker: UInt32, version: UInt32 = 1) -> WireHello {
        .with {
            $0.protocolVersion = version
            $0.workerName = "worker-\(worker)"
            $0.host = "node-\(worker)"
            $0.incarnation = Data(repeating: UInt8(worker), count: 16)
            $0.threads = 1
            $0.speed = 1
        }
    }
}

extension WireReports {
    /// A sound result of every unit of a lease.
    static func finished(_ lease: WireLease) throws -> WireReports {
        try reports(of: lease) { unit, key in unit.result = try SmallSweep.payload(key) }
    }

    static func failed(_ lease: WireLease, _ reason: String) throws -> WireReports {
        try reports(of: lease) { unit, _ in unit.error = reason }
    }

    private static func reports(
        of lease: WireLease, _ fill: (inout WireUnitReport, UnitKey) throws -> Void
    ) throws -> WireReports {
        var reports = WireReports()
        for unit in lease.units {
            var report = WireUnitReport()
            report.key = unit.key
            report.attempt = lease.attempt
            try fill(&report, try #require(UnitKey(bytes: unit.key)))
            reports.units.append(report)
        }
        return reports
    }
}
