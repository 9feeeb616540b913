import Foundation
import Synchronization

/// A small HTTP/1.1 server: one request and one thread per connection, with limits on connections, bytes and time.
final class HTTPServer: Sendable {
    struct Limits: Sendable {
        var connections = 16
        /// Timeout in seconds for receiving a request, and for sending the response.
        var patience = 5.0
    }

    let port: UInt16
    private let descriptor: Int32
    private let limits: Limits
    private let answer: @Sendable (HTTPRequest) -> HTTPResponse
    private let open = Mutex(0)
    private let isStopped = Atomic<Bool>(false)

    /// Listens on an address of this machine; port 0 selects a free one.
    init(
        _ address: SocketAddress, limits: Limits = Limits(),
        answer: @escaping @Sendable (HTTPRequest) -> HTTPResponse
    ) throws(DashboardError) {
        descriptor = try address.listen()
        port = SocketAddress.port(of: descriptor)
        self.limits = limits
        self.answer = answer
        let thread = Thread { [self] in accept() }
        thread.name = "dashboard"
        thread.start()
    }

    /// Stops accepting connections.
    func stop() {
        isStopped.store(true, ordering: .relaxed)
        // Ends the wait in accept; the thread closes the descriptor.
        shutdown(descriptor, Int32(SHUT_RDWR))
    }

    private func accept() {
        while !isStopped.load(ordering: .relaxed) {
            let connection = Foundation.accept(descriptor, nil, nil)
            guard connection >= 0 else {
                // Out of descriptors, or interrupted: retrying at once would spin.
                if errno != EINTR { Thread.sleep(forTimeInterval: 0.02) }
                continue
            }
            guard
                open.withLock({ open in
                    open += 1
                    return open <= limits.connections
                })
            else {
                end(connection)
                continue
            }
            let thread = Thread { [self] in
                serve(connection)
                end(connection)
            }
            thread.stackSize = 512 << 10
            thread.start()
        }
        close(descriptor)
    }

    private func end(_ connection: Int32) {
        close(connection)
        open.withLock { $0 -= 1 }
    }

    private func serve(_ connection: Int32) {
        let deadline = ContinuousClock.now + .seconds(limits.patience)
        let response: HTTPResponse
        do throws(HTTPResponse) {
            guard let request = try receive(connection, until: deadline) else { return }
            response = answer(request)
        } catch {
            response = error
        }
        // A slow client still gets a response.
        send(response.bytes, to: connection, until: max(deadline, .now + .seconds(1)))
        // Lingering close: drain unread input, otherwise close() sends RST and the client may lose the response.
        shutdown(connection, Int32(SHUT_WR))
        var rest = [UInt8](repeating: 0, count: 4_096)
        let drained = ContinuousClock.now + .milliseconds(200)
        while wait(for: connection, Int16(POLLIN), until: drained), recv(connection, &rest, rest.count, 0) > 0 {}
    }

    /// Nil if the peer closes the connection or takes too long.
    private func receive(
        _ connection: Int32, until deadline: ContinuousClock.Instant
    ) throws(HTTPResponse) -> HTTPRequest? {
        var head = Data()
        var buffer = [UInt8](repeating: 0, count: 4_096)
        while wait(for: connection, Int16(POLLIN), until: deadline) {
            let count = recv(connection, &buffer, buffer.count, 0)
            guard count > 0 else { return nil }
            head.append(contentsOf: buffer[..<count])
            if let request = try HTTPRequest.read(head) { return request }
        }
        throw .refusal(408, "Request Timeout")
    }

    private func send(_ bytes: Data, to connection: Int32, until deadline: ContinuousClock.Instant) {
        var rest = bytes[...]
        while !rest.isEmpty, wait(for: connection, Int16(POLLOUT), until: deadline) {
            let count = rest.withUnsafeBytes {
                Foundation.send(connection, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL) | Int32(MSG_DONTWAIT))
            }
            if count < 0, errno == EAGAIN { continue }
            guard count > 0 else { return }
            rest = rest.dropFirst(count)
        }
    }

    private func wait(for connection: Int32, _ events: Int16, until deadline: ContinuousClock.Instant) -> Bool {
        let milliseconds = (deadline - .now) / .milliseconds(1)
        guard milliseconds > 0 else { return false }
        var item = pollfd(fd: connection, events: events, revents: 0)
        return poll(&item, 1, Int32(milliseconds.rounded(.up))) > 0
    }
}
