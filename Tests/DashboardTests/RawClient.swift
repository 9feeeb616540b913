import Foundation
import Testing

@testable import Dashboard

/// A plain TCP connection that sends what a test says; used by one thread at a time, which makes it sendable.
final class RawClient: @unchecked Sendable {
    private let descriptor: Int32
    private var unread: [UInt8] = []

    init(_ dashboard: Dashboard) throws {
        let url = try #require(URL(string: dashboard.url))
        let host = try #require(url.host()).trimmingCharacters(in: ["[", "]"])
        var found: UnsafeMutablePointer<addrinfo>?
        try #require(getaddrinfo(host, "\(url.port ?? 80)", nil, &found) == 0)
        defer { freeaddrinfo(found) }
        let address = try #require(found).pointee
        descriptor = socket(address.ai_family, Int32(SOCK_STREAM.rawValue), 0)
        try #require(connect(descriptor, address.ai_addr, address.ai_addrlen) == 0)
    }

    deinit { close(descriptor) }

    func send(_ text: String) {
        let bytes = Array(text.utf8)
        _ = Foundation.send(descriptor, bytes, bytes.count, Int32(MSG_NOSIGNAL))
    }

    /// Everything until the other end closes.
    func received() -> String {
        var all: [UInt8] = []
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while true {
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return String(decoding: all, as: UTF8.self) }
            all += buffer[..<count]
        }
    }

    /// The next line, without its end; nil at the end of the connection.
    func line() -> String? {
        var buffer = [UInt8](repeating: 0, count: 1 << 16)
        while true {
            if let end = unread.firstIndex(of: 10) {
                let line = String(decoding: unread[..<end], as: UTF8.self)
                unread = Array(unread[(end + 1)...])
                return line.trimmingCharacters(in: ["\r"])
            }
            let count = recv(descriptor, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            unread += buffer[..<count]
        }
    }

    /// The status line of a stream, whose lines are then next.
    func openStream(_ headers: String = "") -> String? {
        send("GET /updates HTTP/1.1\r\nHost: localhost\r\n\(headers)\r\n")
        let status = line()
        while let line = line(), !line.isEmpty {}
        return status
    }

    func ask(_ request: String) -> String {
        send(request)
        return received()
    }
}
