import Foundation

/// The response to a request; the connection is closed after it.
struct HTTPResponse: Error, Equatable {
    var status: Int
    var reason: String
    var type = "text/plain; charset=utf-8"
    var body: String
    var headers: [String: String] = [:]
    /// False for the answer to a HEAD request, which says how long the body would be.
    var hasBody = true
    /// False where the body ends with the connection.
    var hasLength = true
    var contentSecurityPolicy = "default-src 'none'"

    /// - Parameter policy: what a browser may load and run in it.
    static func page(_ html: String, policy: String) -> HTTPResponse {
        HTTPResponse(
            status: 200, reason: "OK", type: "text/html; charset=utf-8", body: html, contentSecurityPolicy: policy)
    }

    static func text(_ text: String, type: String = "text/plain; charset=utf-8") -> HTTPResponse {
        HTTPResponse(status: 200, reason: "OK", type: type, body: text)
    }

    static func refusal(_ status: Int, _ reason: String, _ headers: [String: String] = [:]) -> HTTPResponse {
        HTTPResponse(status: status, reason: reason, body: reason + "\n", headers: headers)
    }

    static func unavailable(_ reason: String, _ headers: [String: String] = [:]) -> HTTPResponse {
        HTTPResponse(status: 503, reason: "Service Unavailable", body: reason + "\n", headers: headers)
    }

    /// The head of a stream, which ends with its connection.
    static let stream: Data = {
        var response = HTTPResponse.text("", type: "application/x-ndjson")
        response.hasLength = false
        return response.bytes
    }()

    /// The same for a request of this method.
    func answering(_ method: String) -> HTTPResponse {
        var response = self
        response.hasBody = method != "HEAD"
        return response
    }

    var bytes: Data {
        var head = "HTTP/1.1 \(status) \(reason)\r\n"
        var fields = headers
        fields["Content-Type"] = type
        if hasLength { fields["Content-Length"] = "\(body.utf8.count)" }
        fields["Connection"] = "close"
        fields["Cache-Control"] = "no-store"
        fields["X-Content-Type-Options"] = "nosniff"
        fields["X-Frame-Options"] = "DENY"
        fields["Referrer-Policy"] = "no-referrer"
        fields["Content-Security-Policy"] = "\(contentSecurityPolicy); frame-ancestors 'none'"
        for (name, value) in fields.sorted(by: { $0.key < $1.key }) { head += "\(name): \(value)\r\n" }
        return Data((head + "\r\n" + (hasBody ? body : "")).utf8)
    }
}
