package import Cluster
import Foundation
package import Ledger
import Synchronization

/// The coordinator's web page, metrics and health, read-only.
///
/// It serves `GET /` as a page, `/metrics` in Prometheus' text format and `/status.json`; `/healthz` and `/readyz` for
/// whatever supervises the process; and nothing else. On loopback it needs no token, but rejects foreign Host headers (DNS
/// rebinding). Anywhere else every request but those for health needs the bearer token. It shows no keys, folders or hosts.
package final class Dashboard: Sendable {
    /// Where it is served.
    package let url: String
    private let server: HTTPServer

    /// - Parameters:
    ///   - token: expected of every request; required if the address is not loopback.
    ///   - target: seconds within which the workers wanted would end all work.
    ///   - overview: the coordinator's state; called from other threads.
    package static func start(
        _ address: SocketAddress, token: String?, ledger: LedgerReader, target: Double,
        overview: @escaping @Sendable () async -> Overview
    ) throws(DashboardError) -> Dashboard {
        try start(address, token: token, limits: HTTPServer.Limits()) {
            Snapshot(
                overview: waiting(for: overview), quarantine: (try? ledger.quarantine(limit: 100)) ?? [],
                targetSeconds: target)
        }
    }

    static func start(
        _ address: SocketAddress, token: String?, limits: HTTPServer.Limits,
        snapshot: @escaping @Sendable () -> Snapshot
    ) throws(DashboardError) -> Dashboard {
        precondition(token != nil || address.isLoopback, "A non-loopback address requires a token.")
        let policy = AccessPolicy(token: token)
        let handler = HTTPServer.Handler(
            refusal: { policy.refusal(of: $0)?.answering($0.method) },
            answer: { request in
                response(to: request.path, mayReadEverything: policy.mayReadEverything(request), snapshot)
                    .answering(request.method)
            })
        return Dashboard(address, server: try HTTPServer(address, limits: limits, handler: handler))
    }

    private init(_ address: SocketAddress, server: HTTPServer) {
        url = "http://\(address.bracketed):\(server.port)/"
        self.server = server
    }

    package func stop() { server.stop() }

    private static func response(
        to path: String, mayReadEverything: Bool, _ snapshot: () -> Snapshot
    ) -> HTTPResponse {
        switch path {
        case "/": .page(Page.html(snapshot()))
        case "/metrics": .text(PrometheusText.text(snapshot()), type: "text/plain; version=0.0.4; charset=utf-8")
        case "/status.json": .text(snapshot().json, type: "application/json")
        case "/healthz": .text("ok\n")
        case "/readyz": readiness(snapshot().overview, tellsReason: mayReadEverything)
        default: .refusal(404, "Not Found")
        }
    }

    /// Whether results are taken. The reason may name files, so that it is for those who may read everything.
    private static func readiness(_ overview: Overview?, tellsReason: Bool) -> HTTPResponse {
        guard let overview else { return .unavailable("the coordinator does not respond") }
        guard let reason = overview.commitRefusal else { return .text("ok\n") }
        return .unavailable("the ledger takes no results" + (tellsReason ? ": \(reason)" : ""))
    }

    /// Blocks one of the server's threads, which do nothing else.
    private static func waiting(for overview: @escaping @Sendable () async -> Overview) -> Overview? {
        let answer = PendingOverview()
        Task {
            let value = await overview()
            answer.value.withLock { $0 = value }
            answer.isReady.signal()
        }
        _ = answer.isReady.wait(timeout: .now() + 2)
        return answer.value.withLock { $0 }
    }
}
