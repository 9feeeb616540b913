import Foundation
import Synchronization

/// A fault-injecting proxy between peers and a server on this host, which a test can cut, freeze, slow down and leave
/// half open.
package final class TCPProxy: Sendable {
    /// The address that peers connect to instead of the server's.
    package let address: String
    private let listener: Int32
    private let target: sockaddr_in
    private let state = Mutex(State())

    private struct State {
        var connections: [ProxiedConnection] = []
        var conditions = LinkConditions()
        var isFrozen = false
        var isClosed = false
    }

    /// Delay and bandwidth of all connections.
    package struct LinkConditions: Sendable {
        /// Seconds of delay for every chunk of up to 64 KiB.
        package var delay = 0.0
        package var bytesPerSecond = Double.infinity

        package init(delay: Double = 0, bytesPerSecond: Double = .infinity) {
            self.delay = delay
            self.bytesPerSecond = bytesPerSecond
        }
    }

    /// - Parameter endpoint: `tcp://HOST:PORT` of a server, its host as four numbers.
    package init(to endpoint: String) throws {
        let parts = endpoint.split(whereSeparator: { ":/".contains($0) })
        target = Self.address(String(parts.dropLast().last ?? ""), port: UInt16(parts.last ?? "") ?? 0)
        let listener = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
        var local = Self.address("127.0.0.1", port: 0)
        var length = socklen_t(MemoryLayout<sockaddr_in>.size)
        let isListening = withUnsafeMutablePointer(to: &local) {
            $0.withMemoryRebound(to: sockaddr.self, capacity: 1) { local in
                guard bind(listener, local, length) == 0, listen(listener, 16) == 0 else { return false }
                return getsockname(listener, local, &length) == 0
            }
        }
        guard isListening else { throw POSIXError(POSIXErrorCode(rawValue: errno) ?? .EIO) }
        self.listener = listener
        address = "tcp://127.0.0.1:\(UInt16(bigEndian: local.sin_port))"
        Thread { [self] in acceptAll() }.start()
    }

    /// Resets all connections in both directions, as the kernel does when a process dies with unread data.
    package func cut() {
        for connection in takeConnections() { connection.cut() }
    }

    /// Stops forwarding while both ends stay connected, like an unplugged cable.
    package func freeze() { state.withLock { $0.isFrozen = true } }

    package func thaw() { state.withLock { $0.isFrozen = false } }

    /// Closes all connections towards the server only: peers keep sending into half-open connections, as to a host
    /// without power.
    package func leaveHalfOpen() {
        for connection in takeConnections() { connection.leaveHalfOpen() }
    }

    /// Sets the conditions of all connections from now on.
    package func set(_ conditions: LinkConditions) { state.withLock { $0.conditions = conditions } }

    package func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private func takeConnections() -> [ProxiedConnection] {
        state.withLock { state in
            defer { state.connections = [] }
            return state.connections
        }
    }

    private func acceptAll() {
        while true {
            let near = accept(listener, nil, nil)
            guard near >= 0 else { break }
            let far = socket(AF_INET, Int32(SOCK_STREAM.rawValue) | Int32(SOCK_CLOEXEC.rawValue), 0)
            var remote = target
            let status = withUnsafePointer(to: &remote) {
                $0.withMemoryRebound(to: sockaddr.self, capacity: 1) {
                    connect(far, $0, socklen_t(MemoryLayout<sockaddr_in>.size))
                }
            }
            guard status == 0 else {
                _ = (Glibc.close(near), Glibc.close(far))
                continue
            }
            let connection = ProxiedConnection(near, far)
            state.withLock { $0.connections.append(connection) }
            Thread { [self] in relay(from: near, to: far, of: connection) }.start()
            Thread { [self] in relay(from: far, to: near, of: connection) }.start()
        }
        Glibc.close(listener)
    }

    private func relay(from source: Int32, to sink: Int32, of connection: ProxiedConnection) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            let conditions = state.withLock { $0.conditions }
            let seconds = conditions.delay + Double(count) / conditions.bytesPerSecond
            if seconds > 0 { usleep(useconds_t(min(seconds, 60) * 1e6)) }
            while state.withLock({ $0.isFrozen && !$0.isClosed }) { usleep(2_000) }
            let isPassed = send(sink, bytes, count, Int32(MSG_NOSIGNAL)) == count
            guard isPassed || (connection.isHalfOpen && source == connection.near) else { break }
        }
        if connection.isHalfOpen && source == connection.far { return }
        state.withLock { $0.connections.removeAll { $0 === connection } }
        shutdown(sink, Int32(SHUT_RDWR))
        shutdown(source, Int32(SHUT_RDWR))
    }

    private static func address(_ host: String, port: UInt16) -> sockaddr_in {
        var address = sockaddr_in()
        address.sin_family = sa_family_t(AF_INET)
        address.sin_port = port.bigEndian
        address.sin_addr.s_addr = inet_addr(host)
        return address
    }
}

/// The two descriptors of one connection, reference-counted: the last owner closes both.
private final class ProxiedConnection: Sendable {
    let near: Int32
    let far: Int32
    private let halfOpen = Atomic<Bool>(false)

    init(_ near: Int32, _ far: Int32) { (self.near, self.far) = (near, far) }

    deinit { _ = (close(near), close(far)) }

    var isHalfOpen: Bool { halfOpen.load(ordering: .acquiring) }

    func cut() {
        for descriptor in [near, far] {
            var now = linger(l_onoff: 1, l_linger: 0)
            setsockopt(descriptor, SOL_SOCKET, SO_LINGER, &now, socklen_t(MemoryLayout<linger>.size))
            shutdown(descriptor, Int32(SHUT_RDWR))
        }
    }

    func leaveHalfOpen() {
        halfOpen.store(true, ordering: .releasing)
        shutdown(far, Int32(SHUT_RDWR))
    }
}
