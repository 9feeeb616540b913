import Foundation
import Transport

/// An address of this machine to listen on.
package struct SocketAddress: Sendable, Equatable {
    package var host: String
    package var port: UInt16

    /// Reads `HOST:PORT`; an IPv6 address stands in brackets.
    /// - Throws: ``DashboardError/badAddress(_:)``.
    package init(_ text: String) throws(DashboardError) {
        guard let colon = text.lastIndex(of: ":"), colon != text.startIndex,
            let port = UInt16(text[text.index(after: colon)...])
        else { throw .badAddress(text) }
        let host = text[..<colon]
        let isBracketed = host.hasPrefix("[") && host.hasSuffix("]")
        guard NetworkHost(host) != nil else { throw .badAddress(text) }
        self.host = String(isBracketed ? host.dropFirst().dropLast() : host)
        self.port = port
    }

    /// Whether only this machine can connect to it.
    package var isLoopback: Bool { NetworkHost(bracketed)?.isLoopback ?? false }

    /// The host as URLs write it.
    var bracketed: String { host.contains(":") ? "[\(host)]" : host }

    /// A listening descriptor.
    func listen() throws(DashboardError) -> Int32 {
        var hints = addrinfo()
        hints.ai_socktype = Int32(SOCK_STREAM.rawValue)
        hints.ai_flags = Int32(AI_PASSIVE)
        var found: UnsafeMutablePointer<addrinfo>?
        let status = getaddrinfo(host, "\(port)", &hints, &found)
        defer { if let found { freeaddrinfo(found) } }
        guard status == 0, let first = found?.pointee else {
            throw .cannotListen(host: host, port: port, reason: String(cString: gai_strerror(status)))
        }
        let descriptor = socket(first.ai_family, first.ai_socktype | Int32(SOCK_CLOEXEC.rawValue), first.ai_protocol)
        var yes: Int32 = 1
        setsockopt(descriptor, SOL_SOCKET, SO_REUSEADDR, &yes, socklen_t(MemoryLayout<Int32>.size))
        guard descriptor >= 0, bind(descriptor, first.ai_addr, first.ai_addrlen) == 0,
            Foundation.listen(descriptor, Int32(SOMAXCONN)) == 0
        else {
            let reason = String(cString: strerror(errno))
            if descriptor >= 0 { close(descriptor) }
            throw .cannotListen(host: host, port: port, reason: reason)
        }
        return descriptor
    }

    /// The port of a listening socket.
    static func port(of descriptor: Int32) -> UInt16 {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { _ = getsockname(descriptor, $0, &size) }
            // Both address families have the port at the same offset.
            return storage.withMemoryRebound(to: sockaddr_in.self, capacity: 1) {
                UInt16(bigEndian: $0.pointee.sin_port)
            }
        }
    }
}

/// Why the dashboard cannot start.
package enum DashboardError: Error, Equatable, CustomStringConvertible {
    case badAddress(String)
    case cannotListen(host: String, port: UInt16, reason: String)
    case badToken(path: String, reason: String)

    package var description: String {
        switch self {
        case .badAddress(let text):
            "--dashboard must be HOST:PORT, for example 127.0.0.1:7302, not \"\(text)\"; "
                + "an IPv6 address is written in brackets"
        case .cannotListen(let host, let port, let reason):
            "the dashboard cannot listen on \(host) port \(port) (\(reason)); choose another --dashboard"
        case .badToken(let path, let reason):
            "\(path) has no valid token for the dashboard (\(reason)); delete it to create a new one"
        }
    }
}
