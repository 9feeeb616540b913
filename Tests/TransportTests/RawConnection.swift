import CZeroMQ
import Foundation

@testable import Transport

/// The first 64 bytes of a peer that speaks ZMTP 3.1 and announces CURVE, as a client.
let zmtpGreeting: Data = {
    var greeting = Data([0xFF, 0, 0, 0, 0, 0, 0, 0, 1, 0x7F, 3, 1])
    greeting.append(Data("CURVE".utf8))
    greeting.append(Data(count: 64 - greeting.count))
    return greeting
}()

/// A TCP connection without ZeroMQ at this end, closed with its last reference.
final class RawConnection {
    private let descriptor: Int32

    init(_ endpoint: String) throws {
        guard let colon = endpoint.lastIndex(of: ":"), let port = UInt16(endpoint[endpoint.index(after: colon)...])
        else {
            throw TransportError.insecureEndpoint(endpoint)
        }
        descriptor = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        let status = withUnsafePointer(to: &address) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                connect(descriptor, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
            }
        }
        guard descriptor >= 0, status == 0 else { throw TransportError.lastError(of: "connect", on: endpoint) }
    }

    deinit { close(descriptor) }

    func write(_ bytes: Data) {
        _ = bytes.withUnsafeBytes { Glibc.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL)) }
    }
}

/// A DEALER of our own making that sends whatever it is given.
struct BareSocket: ~Copyable {
    private let socket: Socket

    init(_ endpoint: String, security: DealerSecurity? = nil) throws {
        let socket = try Socket.open(.dealer, in: Context())
        try socket.set(ZMQ_LINGER, to: 0)
        try security?.apply(to: socket, endpoint: endpoint)
        try socket.connect(endpoint)
        self.socket = socket
    }

    borrowing func send(_ frames: Data...) {
        for (index, frame) in frames.enumerated() { _ = socket.send(frame, more: index < frames.count - 1) }
    }
}
