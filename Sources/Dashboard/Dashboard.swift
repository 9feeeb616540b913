package import Cluster
import Foundation
import Identities
package import Ledger
import Report

/// The coordinator's web page, metrics and health, read-only.
///
/// It serves `GET /` as a page, `/sweeps/N` as the report of a sweep, `/metrics` in Prometheus' text format and `/status.json`; `/healthz` and `/readyz` for
/// whatever supervises the process; and nothing else. On loopback it needs no token, but rejects foreign Host headers (DNS
/// rebinding). Anywhere else every request but those for health needs the bearer token. It shows no keys, folders or hosts.
package final class Dashboard: Sendable {
    /// Where it is served.
    package let url: String
    private let server: HTTPServer
    private let recorder: HistoryRecorder?

    /// - Parameters:
    ///   - token: expected of every request; required if the address is not loopback.
    ///   - target: seconds within which the workers wanted would end all work.
    ///   - version: the program's, which metrics tell.
    ///   - overview: the coordinator's state; called from other threads.
    ///   - refusal: why the coordinator's ledger takes no results, nil while it does; the same. Anybody may cause it.
    package static func start(
        _ address: SocketAddress, token: String?, ledger: LedgerReader, target: Double, version: String,
        overview: @escaping @Sendable () async -> Overview, refusal: @escaping @Sendable () async -> String?
    ) throws(DashboardError) -> Dashboard {
        let recorder = HistoryRecorder { PendingAnswer.waiting(for: overview) }
        let pages = SweepPages(ledger)
        return try start(
            address, token: token, limits: HTTPServer.Limits(), recorder: recorder, sweepPage: pages.html,
            readiness: { PendingAnswer.waiting(for: { await Readiness(refusal: refusal()) }) ?? .unknown },
            snapshot: {
                Snapshot(
                    overview: PendingAnswer.waiting(for: overview),
                    quarantine: (try? ledger.quarantine(limit: 100)) ?? [], failures: FailureGroup.read(ledger),
                    history: recorder.history, targetSeconds: target, version: version,
                    process: ProcessFigures.current)
            })
    }

    static func start(
        _ address: SocketAddress, token: String?, limits: HTTPServer.Limits, recorder: HistoryRecorder? = nil,
        sweepPage: @escaping @Sendable (SweepID) -> String? = { _ in nil },
        readiness: @escaping @Sendable () -> Readiness, snapshot: @escaping @Sendable () -> Snapshot
    ) throws(DashboardError) -> Dashboard {
        precondition(token != nil || address.isLoopback, "A non-loopback address requires a token.")
        let policy = AccessPolicy(token: token)
        let handler = HTTPServer.Handler(
            refusal: { policy.refusal(of: $0)?.answering($0.method) },
            answer: { request in
                if request.path == "/readyz" {
                    return readiness().response(tellsReason: policy.mayReadEverything(request))
                        .answering(request.method)
                }
                return response(to: request.path, snapshot, sweepPage).answering(request.method)
            })
        return Dashboard(
            address, server: try HTTPServer(address, limits: limits, handler: handler), recorder: recorder)
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

    private static func response(
        to path: String, _ snapshot: () -> Snapshot, _ sweepPage: (SweepID) -> String?
    ) -> HTTPResponse {
        if let number = path.wholeMatch(of: /\/sweeps\/([0-9]{1,18})/).flatMap({ Int64($0.1) }) {
            guard let html = sweepPage(SweepID(number)) else { return .refusal(404, "Not Found") }
            var page = HTTPResponse.page(html)
            page.contentSecurityPolicy = Report.contentSecurityPolicy
            return page
        }
        return switch path {
        case "/": .page(Page.html(snapshot()))
        case "/metrics": .text(PrometheusText.text(snapshot()), type: "text/plain; version=0.0.4; charset=utf-8")
        case "/status.json": .text(snapshot().json, type: "application/json")
        case "/healthz": .text("ok\n")
        default: .refusal(404, "Not Found")
        }
    }
}
