import Identities

/// What the dashboard answers; called on threads of the server, and may wait for the coordinator.
struct DashboardContent: Sendable {
    var sweepPage: @Sendable (SweepID) -> SweepPages.Answer
    var readiness: @Sendable () -> Readiness
    var snapshot: @Sendable () -> Snapshot
    var actions: ActionDesk

    func handler(_ policy: AccessPolicy) -> HTTPServer.Handler {
        HTTPServer.Handler(
            refusal: { request in
                let refusal = policy.refusal(of: request)
                if let refusal, request.isAction { actions.logRefusal(refusal, of: request) }
                return refusal?.answering(request.method)
            },
            answer: { answer($0, policy).answering($0.method) },
            greeting: { request in
                guard request.method == "GET", request.path == "/updates" else { return nil }
                return #"{"mayAct":\#(policy.hasToken(request))}"#
            },
            update: { PageParts(snapshot()) })
    }

    private func answer(_ request: HTTPRequest, _ policy: AccessPolicy) -> HTTPResponse {
        let mayRead = policy.mayReadEverything(request)
        if let sweep = SweepPages.sweep(request.path) { return page(of: sweep, mayRead) }
        switch request.path {
        case ActionRequest.path: return actions.answer(request).response
        case "/": return .page(Page.html(mayRead ? PageParts(snapshot()) : nil), policy: Page.policy)
        case "/updates": return .text("", type: "application/x-ndjson")
        case "/metrics":
            return .text(PrometheusText.text(snapshot()), type: "text/plain; version=0.0.4; charset=utf-8")
        case "/status.json": return .text(snapshot().json, type: "application/json")
        case "/healthz": return .text("ok\n")
        case "/readyz": return readiness().response(tellsReason: mayRead)
        default: return .refusal(404, "Not Found")
        }
    }

    private func page(of sweep: SweepID, _ mayRead: Bool) -> HTTPResponse {
        guard mayRead else { return .page(Page.html(nil), policy: Page.policy) }
        switch sweepPage(sweep) {
        case .report(let html): return .page(html, policy: SweepPages.policy)
        case .beingMade:
            return .unavailable(
                "The report is being made; this page asks again.", ["Retry-After": "2", "Refresh": "2"])
        case .none: return .refusal(404, "Not Found")
        }
    }
}
