import Foundation
import Transport

/// Authorises requests.
struct AccessPolicy: Sendable {
    /// Nil on loopback.
    let token: String?

    /// The response that rejects a request; nil if it is allowed.
    func refusal(of request: HTTPRequest) -> HTTPResponse? {
        guard request.method == "GET" || request.method == "HEAD" else {
            return .refusal(405, "Method Not Allowed", ["Allow": "GET, HEAD"])
        }
        guard request.headers["content-length"] ?? "0" == "0", request.headers["transfer-encoding"] == nil else {
            return .refusal(413, "Content Too Large")
        }
        if token != nil {
            // Probes of engines have no token; health tells them nothing else.
            let mayAsk = Self.healthPaths.contains(request.path) || mayReadEverything(request)
            return mayAsk ? nil : .refusal(401, "Unauthorized", ["WWW-Authenticate": "Bearer"])
        }
        // Rejects foreign Host headers (DNS rebinding).
        return isLocal(request.headers["host"] ?? "") ? nil : .refusal(421, "Misdirected Request")
    }

    private static let healthPaths: Set<String> = ["/healthz", "/readyz"]

    /// Whether the sender of an accepted request may read more than whether the coordinator is well.
    func mayReadEverything(_ request: HTTPRequest) -> Bool {
        token.map { matches(request.headers["authorization"] ?? "", "Bearer \($0)") } ?? true
    }

    /// Whether a Host header names this machine: a loopback host, and a port or none.
    private func isLocal(_ header: String) -> Bool {
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

/// The token of a dashboard that other machines can reach.
package enum DashboardToken {
    /// The token in the file, or a new one if there is no file: 32 random bytes in hexadecimal digits, readable by its
    /// owner alone.
    package static func readOrCreate(_ path: String) throws(DashboardError) -> String {
        if let text = try? String(contentsOfFile: path, encoding: .utf8) {
            let token = text.trimmingCharacters(in: .whitespacesAndNewlines)
            guard token.utf8.count >= 16 else { throw .badToken(path: path, reason: "it has fewer than 16 characters") }
            return token
        }
        var generator = SystemRandomNumberGenerator()
        let token = (0..<4).map { _ in
            let digits = String(generator.next() as UInt64, radix: 16)
            return String(repeating: "0", count: 16 - digits.count) + digits
        }.joined()
        do {
            try PrivateFile.create(path, text: token + "\n")
        } catch {
            throw .badToken(path: path, reason: "\(error)")
        }
        return token
    }
}
