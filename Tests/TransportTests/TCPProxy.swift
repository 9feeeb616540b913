import Foundation
import Synchronization

@testable import Transport

/// A wire between a peer and the coordinator that a test can cut or freeze. One connection at a time.
final class TCPProxy: Sendable {
    let address: String
    private let listener: Int32
    private let target: UInt16
    private let state = Mutex(State())

    private struct State {
        var descriptors: [Int32] = []
        var isFrozen = false
        var isClosed = false
    }

    init(to endpoint: String) throws {
        target = UInt16(endpoint.split(separator: ":").last ?? "") ?? 0
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var local = Self.loopback(port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &local) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { local in
                guard bind(listener, local, length) == 0, listen(listener, 16) == 0 else { return false }
                return getsockname(listener, local, &length) == 0
            }
        }
        guard isListening else { throw TransportError.lastError(of: "listen", on: "127.0.0.1") }
        self.listener = listener
        address = "tcp://127.0.0.1:\(UInt16(bigEndian: local.sin_port))"
        Thread { [self] in acceptAll() }.start()
    }

    /// Resets the connection in both directions, as the kernel does for a process that was killed with unread data.
    func cut() {
        let descriptors = state.withLock { state in
            defer { state.descriptors = [] }
            return state.descriptors
        }
        for descriptor in descriptors {
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }

    /// Passes nothing on any more while both ends stay connected, as a network that has lost a cable does.
    func freeze() { state.withLock { $0.isFrozen = true } }

    func thaw() { state.withLock { $0.isFrozen = false } }

    func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private func acceptAll() {
        while true {
            let near = accept(listener, nil, nil)
            guard near >= 0 else { break }
            let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var remote = Self.loopback(port: target)
            let status = withUnsafePointer(to: &remote) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(far, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard status == 0 else {
                _ = (Glibc.close(near), Glibc.close(far))
                continue
            }
            state.withLock { $0.descriptors = [near, far] }
            // The last of the two directions to end closes both descriptors.
            let ends = Ends(near, far)
            Thread { [self] in relay(near, far, ends) }.start()
            Thread { [self] in relay(far, near, ends) }.start()
        }
        Glibc.close(listener)
    }

    private final class Ends: Sendable {
        let near: Int32
        let far: Int32

        init(_ near: Int32, _ far: Int32) { (self.near, self.far) = (near, far) }

        deinit { _ = (Glibc.close(near), Glibc.close(far)) }
    }

    private func relay(_ source: Int32, _ sink: Int32, _ ends: Ends) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            while state.withLock({ $0.isFrozen && !$0.isClosed }) { usleep(2_000) }
            guard send(sink, bytes, count, Int32(MSG_NOSIGNAL)) == count else { break }
        }
        shutdown(sink, Int32(SHUT_RDWR))
        shutdown(source, Int32(SHUT_RDWR))
        withExtendedLifetime(ends) {}
    }

    private static func loopback(port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr("127.0.0.1")
        return address
    }
}
