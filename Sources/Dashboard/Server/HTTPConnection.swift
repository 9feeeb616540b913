import Foundation

/// A connection's socket, what has arrived there and what is still to be sent. Nothing here waits for the peer.
struct HTTPConnection {
    let descriptor: Int32
    private var received = Data()
    /// The head that was accepted, while its body arrives.
    private var head: HTTPRequest?
    private var unsent = Data()

    enum Arrival {
        /// The request is not complete.
        case nothing
        case request(HTTPRequest)
        /// The head can never become valid, or is not accepted.
        case refused(HTTPResponse)
        case ended
    }

    /// A new connection and the peer's address, without its port.
    typealias Accepted = (connection: HTTPConnection, peer: String)

    /// Accepts a connection from a listening socket; nil if there is none.
    static func accept(from listener: Int32) -> Accepted? {
        var storage = sockaddr_storage()
        var size = socklen_t(MemoryLayout<sockaddr_storage>.size)
        return withUnsafeMutablePointer(to: &storage) { storage in
            storage.withMemoryRebound(to: sockaddr.self, capacity: 1) { address -> Accepted? in
                let descriptor = Foundation.accept(listener, address, &size)
                guard descriptor >= 0 else { return nil }
                makeNonblocking(descriptor)
                var name = [CChar](repeating: 0, count: Int(NI_MAXHOST))
                getnameinfo(address, size, &name, socklen_t(name.count), nil, 0, NI_NUMERICHOST)
                let peer = name.withUnsafeBufferPointer(text)
                return (HTTPConnection(descriptor: descriptor), peer)
            }
        }
    }

    static func makeNonblocking(_ descriptor: Int32) {
        _ = fcntl(descriptor, F_SETFL, fcntl(descriptor, F_GETFL) | O_NONBLOCK)
        _ = fcntl(descriptor, F_SETFD, FD_CLOEXEC)
    }

    private init(descriptor: Int32) { self.descriptor = descriptor }

    /// Whether everything that there was to send was sent.
    var hasSentAll: Bool { unsent.isEmpty }

    /// Reads what has arrived, at most a few kilobytes.
    ///
    /// - Parameters:
    ///   - peer: whom requests are from.
    ///   - refusal: the response to a head that is not accepted, before its body is read.
    mutating func receive(from peer: String, _ refusal: (HTTPRequest) -> HTTPResponse?) -> Arrival {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        if count < 0, errno == EAGAIN || errno == EINTR { return .nothing }
        guard count > 0 else { return .ended }
        received.append(contentsOf: buffer[..<count])
        do throws(HTTPResponse) {
            if head == nil, let (read, end) = try HTTPRequest.read(received) {
                var request = read
                request.peer = peer
                if let response = refusal(request) { return .refused(response) }
                head = request
                received = Data(received[end...])
            }
        } catch {
            return .refused(error)
        }
        return complete() ?? .nothing
    }

    /// The request, once its body is there.
    private func complete() -> Arrival? {
        guard var request = head else { return nil }
        guard let length = request.bodyLength else { return .refused(.refusal(400, "Bad Request")) }
        guard received.count >= length else { return nil }
        request.body = received.prefix(length)
        return .request(request)
    }

    mutating func queue(_ bytes: Data) { unsent.append(bytes) }

    /// Lets the system buffer little for this peer, so that one that does not read is noticed soon.
    func limitBuffer() {
        var bytes: Int32 = 32 << 10
        setsockopt(descriptor, SOL_SOCKET, SO_SNDBUF, &bytes, socklen_t(MemoryLayout<Int32>.size))
    }

    /// Sends what the socket takes.
    ///
    /// - Returns: Whether everything was sent; nil if the connection is broken.
    mutating func send() -> Bool? {
        while !unsent.isEmpty {
            let count = unsent.withUnsafeBytes {
                Foundation.send(descriptor, $0.baseAddress, $0.count, Int32(MSG_NOSIGNAL))
            }
            if count < 0, errno == EINTR { continue }
            if count < 0, errno == EAGAIN { return false }
            guard count > 0 else { return nil }
            unsent = unsent.dropFirst(count)
        }
        return true
    }

    /// Tells the peer that nothing more comes. What it still sends has to be drained: otherwise close() sends RST and
    /// the peer may lose the response.
    func finish() { shutdown(descriptor, Int32(SHUT_WR)) }

    /// Drops what has arrived, at most a few kilobytes; false at the end of the connection.
    func drain() -> Bool {
        var buffer = [UInt8](repeating: 0, count: 4_096)
        let count = recv(descriptor, &buffer, buffer.count, 0)
        return count > 0 || count < 0 && (errno == EAGAIN || errno == EINTR)
    }

    private static func text(_ name: UnsafeBufferPointer<CChar>) -> String {
        String(decoding: name.prefix { $0 != 0 }.map(UInt8.init(bitPattern:)), as: UTF8.self)
    }
}
