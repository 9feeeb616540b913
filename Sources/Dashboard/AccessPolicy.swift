import Foundation
import Transport

/// Authorises requests.
struct AccessPolicy: Sendable {
    let token: String
    /// Whether reading needs no token: on loopback.
    let isReadingOpen: Bool

    /// What is answered to whoever has no token: how the coordinator is, and pages without data that ask for the token.
    private enum Openness { case health, shell, closed }

    /// The response that rejects a request; nil if it is allowed.
    func refusal(of request: HTTPRequest) -> HTTPResponse? {
        if request.path == ActionRequest.path {
            return request.isAction
                ? refusal(ofAction: request) : .refusal(405, "Method Not Allowed", ["Allow": "POST"])
        }
        guard request.method == "GET" || request.method == "HEAD" else {
            return .refusal(405, "Method Not Allowed", ["Allow": "GET, HEAD"])
        }
        guard request.headers["content-length"] ?? "0" == "0", request.headers["transfer-encoding"] == nil else {
            return .refusal(413, "Content Too Large")
        }
        if isReadingOpen { return isLocal(request) ? nil : .refusal(421, "Misdirected Request") }
        let mayAsk: Bool =
            switch openness(request.path) {
            case .health: true
            case .shell: request.headers["authorization"] == nil || hasToken(request)
            case .closed: hasToken(request)
            }
        return mayAsk ? nil : .refusal(401, "Unauthorized", ["WWW-Authenticate": "Bearer"])
    }

    /// Whether the sender of an accepted request may read more than whether the coordinator is well.
    func mayReadEverything(_ request: HTTPRequest) -> Bool { isReadingOpen || hasToken(request) }

    func hasToken(_ request: HTTPRequest) -> Bool {
        let words = (request.headers["authorization"] ?? "").split(separator: " ", maxSplits: 1)
        // The name of a scheme is in either case (RFC 9110, 11.1).
        return words.count == 2 && words[0].lowercased() == "bearer" && matches(String(words[1]), token)
    }

    private func openness(_ path: String) -> Openness {
        switch path {
        // Probes of engines have no token; health tells them nothing else.
        case "/healthz", "/readyz": .health
        // A browser sends no token of its own accord; the page asks for it and sends it.
        case "/": .shell
        default: SweepPages.sweep(path) == nil ? .closed : .shell
        }
    }

    /// Actions need the token on every address, so that neither a page of another site nor a program of another user of
    /// this machine can take one.
    private func refusal(ofAction request: HTTPRequest) -> HTTPResponse? {
        let headers = request.headers
        if isReadingOpen, !isLocal(request) {
            return ActionAnswer.refusal(421, "Misdirected Request", "the Host header does not name this machine")
                .response
        }
        guard ["same-origin", "none"].contains(headers["sec-fetch-site"] ?? "none"), isOwnOrigin(request) else {
            return ActionAnswer.refusal(
                403, "Forbidden",
                "the request comes from a page of another origin; a proxy has to pass the Host header on"
            ).response
        }
        guard hasToken(request) else {
            var response = ActionAnswer.refusal(
                401, "Unauthorized", "actions need the bearer token in the coordinator's STATE/dashboard.token"
            ).response
            response.headers["WWW-Authenticate"] = "Bearer"
            return response
        }
        guard let length = request.bodyLength, headers["content-length"] != nil, headers["transfer-encoding"] == nil
        else { return ActionAnswer.refusal(411, "Length Required", "the body needs a Content-Length").response }
        guard length <= ActionRequest.limit else {
            return ActionAnswer.refusal(
                413, "Content Too Large", "the body has more than \(ActionRequest.limit) bytes"
            ).response
        }
        let type = headers["content-type"]?.prefix { $0 != ";" }.trimmingCharacters(in: .whitespaces).lowercased()
        guard type == "application/json" else {
            return ActionAnswer.refusal(415, "Unsupported Media Type", "the body must be application/json").response
        }
        return nil
    }

    /// Whether the Origin header, which browsers send, names what the Host header names. Which scheme it has is up to a
    /// proxy in between.
    private func isOwnOrigin(_ request: HTTPRequest) -> Bool {
        guard let origin = request.headers["origin"] else { return true }
        let host = ["http://", "https://"].first { origin.hasPrefix($0) }.map { origin.dropFirst($0.count) }
        guard let host, let asked = request.headers["host"] else { return false }
        return host.lowercased() == asked.lowercased()
    }

    /// Whether the Host header names this machine, a loopback host, and a port or none. A foreign one comes from a page
    /// whose name was made to lead here (DNS rebinding).
    private func isLocal(_ request: HTTPRequest) -> Bool {
        let header = request.headers["host"] ?? ""
        let host = header.hasPrefix("[") ? header.prefix { $0 != "]" } + "]" : header.prefix { $0 != ":" }
        let port = header.dropFirst(host.count)
        guard port.isEmpty || port.hasPrefix(":") && UInt16(port.dropFirst()) != nil else { return false }
        return NetworkHost(host)?.isLoopback ?? false
    }

    /// Constant-time comparison.
    private func matches(_ given: String, _ expected: String) -> Bool {
        let (given, expected) = (Array(given.utf8), Array(expected.utf8))
        guard given.count == expected.count else { return false }
        return zip(given, expected).reduce(0) { $0 | ($1.0 ^ $1.1) } == 0
    }
}
