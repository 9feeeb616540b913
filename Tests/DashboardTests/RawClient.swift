import Foundation
import Testing

@testable import Dashboard

/// A plain TCP connection that sends what a test says.
final class RawClient {
    private let descriptor: Int32

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

    func ask(_ request: String) -> String {
        send(request)
        return received()
    }
}
