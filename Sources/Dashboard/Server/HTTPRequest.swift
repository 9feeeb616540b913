import Foundation

/// An HTTP/1.1 request, as far as a server of a few pages needs it.
struct HTTPRequest: Equatable {
    /// Bytes of the longest head that is read.
    static let limit = 8 << 10
    private static let end = Data("\r\n\r\n".utf8)

    var method: String
    /// Without the query.
    var path: String
    /// Names in lower case.
    var headers: [String: String]
    var body = Data()
    /// The address of the other end, without its port.
    var peer = ""

    /// Bytes of the body that the head announces; nil if that is no number.
    var bodyLength: Int? {
        guard let text = headers["content-length"] else { return 0 }
        return text.utf8.allSatisfy { (48...57).contains($0) } ? Int(text) : nil
    }

    /// The request without its body, and where its head ends; nil while the head is incomplete.
    ///
    /// - Throws: the ``HTTPResponse`` to a head that can never become valid.
    static func read(_ bytes: Data) throws(HTTPResponse) -> (request: HTTPRequest, end: Data.Index)? {
        guard let end = bytes.range(of: Self.end) else {
            if bytes.count >= limit { throw .refusal(431, "Request Header Fields Too Large") }
            return nil
        }
        guard end.upperBound - bytes.startIndex <= limit else { throw .refusal(431, "Request Header Fields Too Large") }
        guard let text = String(data: bytes[..<end.lowerBound], encoding: .utf8) else {
            throw .refusal(400, "Bad Request")
        }
        var lines = text.split(separator: "\r\n", omittingEmptySubsequences: false)[...]
        let words = (lines.popFirst() ?? "").split(separator: " ", omittingEmptySubsequences: false)
        guard words.count == 3, words[2] == "HTTP/1.1" || words[2] == "HTTP/1.0", words[1].hasPrefix("/") else {
            throw .refusal(400, "Bad Request")
        }
        var headers: [String: String] = [:]
        for line in lines {
            guard let colon = line.firstIndex(of: ":"), colon != line.startIndex else {
                throw .refusal(400, "Bad Request")
            }
            let name = line[..<colon].lowercased()
            // Duplicate headers enable request smuggling.
            guard headers[name] == nil, !name.contains(where: \.isWhitespace) else {
                throw .refusal(400, "Bad Request")
            }
            headers[name] = line[line.index(after: colon)...].trimmingCharacters(in: .whitespaces)
        }
        let path = words[1].prefix { $0 != "?" }
        let request = HTTPRequest(method: String(words[0]), path: String(path), headers: headers)
        return (request, end.upperBound)
    }
}
