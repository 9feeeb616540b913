package import Cluster
import Foundation
import Identities
import KernelFiles
package import Ledger
package import Logging
import Report

/// The coordinator's web page, metrics and health, and its operators' actions.
///
/// It serves `GET /` as a page, `/updates` as a stream of what changes on it, `/sweeps/N` as the report of a sweep,
/// `/metrics` in Prometheus' text format and `/status.json`; `/healthz` and `/readyz` for whatever supervises the process;
/// `POST /actions` for operators; and nothing else. On loopback reading needs no token, but foreign Host headers are
/// rejected (DNS rebinding). Anywhere else every request for data needs the bearer token, and actions need it everywhere.
/// It shows no keys, folders or hosts.
package final class Dashboard: Sendable {
    /// Where it is served.
    package let url: String
    private let server: HTTPServer
    private let recorder: HistoryRecorder?

    /// What the dashboard asks of a coordinator; called from other threads.
    package struct Coordinator: Sendable {
        /// The state of everything.
        var overview: @Sendable () async -> Overview
        /// Why the ledger takes no results, nil while it does. Anybody may cause it to be asked.
        var refusal: @Sendable () async -> String?
        var perform: @Sendable (OperatorAction) async -> OperatorAction.Outcome

        package init(_ service: CoordinatorService) {
            overview = { await service.overview() }
            refusal = { await service.commitRefusal() }
            perform = { await service.perform($0) }
        }
    }

    /// - Parameters:
    ///   - token: expected of every action, and of every request for data if the address is not loopback.
    ///   - target: seconds within which the workers wanted would end all work.
    ///   - version: the program's, which metrics tell.
    ///   - logger: told of actions.
    package static func start(
        _ address: SocketAddress, token: String, ledger: LedgerReader, target: Double, version: String,
        of coordinator: Coordinator, logger: Logger
    ) throws(DashboardError) -> Dashboard {
        let recorder = HistoryRecorder { PendingAnswer.waiting(for: coordinator.overview) }
        let content = DashboardContent(
            sweepPage: SweepPages(ledger).answer,
            readiness: {
                PendingAnswer.waiting(for: { await Readiness(refusal: coordinator.refusal()) }) ?? .unknown
            },
            snapshot: {
                let quarantine = (try? ledger.quarantine(limit: 100)) ?? []
                return Snapshot(
                    overview: PendingAnswer.waiting(for: coordinator.overview), quarantine: quarantine,
                    failures: FailureGroup.read(ledger, named: quarantine),
                    history: recorder.history, targetSeconds: target, version: version,
                    process: ProcessFigures.current)
            },
            actions: ActionDesk(
                perform: { action in PendingAnswer.waiting { await coordinator.perform(action) } }, logger: logger))
        return try start(
            address, AccessPolicy(token: token, isReadingOpen: address.isLoopback), recorder: recorder, content)
    }

    static func start(
        _ address: SocketAddress, _ policy: AccessPolicy, limits: HTTPServer.Limits = HTTPServer.Limits(),
        recorder: HistoryRecorder? = nil, _ content: DashboardContent
    ) throws(DashboardError) -> Dashboard {
        precondition(!policy.isReadingOpen || address.isLoopback, "A non-loopback address requires a token.")
        let server = try HTTPServer(address, limits: limits, handler: content.handler(policy))
        return Dashboard(address, server: server, recorder: recorder)
    }

    private init(_ address: SocketAddress, server: HTTPServer, recorder: HistoryRecorder?) {
        self.recorder = recorder
        url = "http://\(address.bracketed):\(server.port)/"
        self.server = server
    }

    package func stop() {
        server.stop()
        recorder?.stop()
    }
}
