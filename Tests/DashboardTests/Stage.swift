import Cluster
import Foundation
import Identities
import Ledger
import Logging
import Scheduling
import Synchronization
import TestKit

@testable import Dashboard

/// A dashboard on a real socket, of a coordinator that a test makes up.
enum Stage {
    static let token = "0123456789abcdef"

    /// - Parameter isOpen: whether reading needs no token.
    static func start(
        at host: String = "127.0.0.1", port: UInt16 = 0, isOpen: Bool = true,
        limits: HTTPServer.Limits = HTTPServer.Limits(), readiness: Readiness = .ready,
        actions: ActionLog = ActionLog(), snapshot: @escaping @Sendable () -> Snapshot = Stage.snapshot
    ) throws -> Dashboard {
        try Dashboard.start(
            SocketAddress("\(host):\(port)"), AccessPolicy(token: token, isReadingOpen: isOpen), limits: limits,
            DashboardContent(
                sweepPage: { $0 == SweepID(3) ? .report("<!DOCTYPE html><p>report of 3") : .none },
                readiness: { readiness },
                snapshot: snapshot, actions: actions.desk))
    }

    static let sweep = SweepStatus(
        number: SweepID(3), name: "<script>alert(1)</script>",
        progress: Progress(total: 100, done: 40, quarantined: 2, workers: 1, rate: 2.5, secondsToGo: 23, paused: nil),
        leased: 8, isCancelled: false)

    static let worker = WorkerStatus(
        name: "one", host: "secret-host", state: "active", reason: nil, threads: 2, kernelPath: "avx2",
        programVersion: "1", finished: 40, failed: 1, held: 8, progress: 0.5, silence: 0.2,
        load: WorkerLoad(residentBytes: 412_000_000, processors: 1.94, loadAverage: 2.1))

    static let overview = Overview(
        sweeps: [sweep], workers: [worker], passes: [PassStatus(name: "digest", pending: 50, leases: 1)],
        workersWanted: WorkersWanted(workerSecondsToGo: 5_000, unfinishedUnits: 58), connections: 2)

    @Sendable static func snapshot() -> Snapshot { snapshot(of: overview) }

    static func snapshot(of overview: Overview) -> Snapshot {
        let quarantine = [
            QuarantinedUnit(
                key: UnitKey(bytes: Array(repeating: 7, count: 32)) ?? UnitKey(words: 0, 0, 0, 0),
                reason: "it <died> & \"left\"")
        ]
        var history = History()
        for second in 0..<3 { history.add(overview, at: 5 * Double(second)) }
        return Snapshot(
            overview: overview, quarantine: quarantine,
            failures: FailureGroup.groups(quarantine, counts: quarantine.map { ($0.reason, 1) }) { _ in nil },
            history: history)
    }
}

/// What was asked of the coordinator, and what was logged.
final class ActionLog: Sendable {
    private let asked = Mutex<[OperatorAction]>([])
    private let log = LogLines { event in
        let fields = (event.metadata ?? [:]).sorted { $0.key < $1.key }.map { "\($0.key)=\($0.value)" }
        return "\(event.level) \(fields.joined(separator: " "))"
    }
    private let outcome: OperatorAction.Outcome

    /// - Parameter outcome: of every action.
    init(_ outcome: OperatorAction.Outcome = .done("well")) { self.outcome = outcome }

    var actions: [OperatorAction] { asked.withLock { $0 } }
    var lines: [String] { log.lines }

    var desk: ActionDesk {
        ActionDesk(
            perform: { [self] action in
                asked.withLock { $0.append(action) }
                return outcome
            }, logger: log.logger)
    }
}
