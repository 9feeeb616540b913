import Foundation
import Synchronization

/// A fault-injecting proxy between peers and a server on this host, which a test can cut, freeze, slow down and leave
/// half open.
package final class TCPProxy: Sendable {
    /// What peers connect to instead of the server.
    package let address: String
    private let listener: Int32
    private let target: sockaddr_in
    private let state = Mutex(State())

    private struct State {
        var wires: [Wire] = []
        var quality = Quality()
        var isFrozen = false
        var isClosed = false
    }

    /// What a wire does to everything that passes.
    package struct Quality: Sendable {
        /// Seconds that every piece of up to 64 KiB takes.
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

    /// Resets all connections in both directions, as the kernel does for a process that was killed with unread data.
    package func cut() {
        for wire in takeWires() { wire.cut() }
    }

    /// Forwards nothing any more while both ends stay connected, as in a network that has lost a cable.
    package func freeze() { state.withLock { $0.isFrozen = true } }

    package func thaw() { state.withLock { $0.isFrozen = false } }

    /// Ends all connections for the server alone: peers keep sending into a half-open connection, as to a host that has
    /// lost its power.
    package func leaveHalfOpen() {
        for wire in takeWires() { wire.leaveHalfOpen() }
    }

    /// What wires do from now on.
    package func set(_ quality: Quality) { state.withLock { $0.quality = quality } }

    package func close() {
        state.withLock { $0.isClosed = true }
        shutdown(listener, Int32(SHUT_RDWR))
        cut()
    }

    private func takeWires() -> [Wire] {
        state.withLock { state in
            defer { state.wires = [] }
            return state.wires
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
            let wire = Wire(near, far)
            state.withLock { $0.wires.append(wire) }
            Thread { [self] in relay(from: near, to: far, of: wire) }.start()
            Thread { [self] in relay(from: far, to: near, of: wire) }.start()
        }
        Glibc.close(listener)
    }

    private func relay(from source: Int32, to sink: Int32, of wire: Wire) {
        var bytes = [UInt8](repeating: 0, count: 65_536)
        while true {
            let count = recv(source, &bytes, bytes.count, 0)
            guard count > 0 else { break }
            let quality = state.withLock { $0.quality }
            let seconds = quality.delay + Double(count) / quality.bytesPerSecond
            if seconds > 0 { usleep(useconds_t(min(seconds, 60) * 1e6)) }
            while state.withLock({ $0.isFrozen && !$0.isClosed }) { usleep(2_000) }
            let isPassed = send(sink, bytes, count, Int32(MSG_NOSIGNAL)) == count
            guard isPassed || (wire.isHalfOpen && source == wire.near) else { break }
        }
        if wire.isHalfOpen && source == wire.far { return }
        state.withLock { $0.wires.removeAll { $0 === wire } }
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
private final class Wire: Sendable {
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
