import CZeroMQ

/// A ZeroMQ context with its I/O thread. It ends when the last of its sockets is closed, after their linger time.
final class Context {
    let handle: UnsafeMutableRawPointer

    init() throws(TransportError) {
        guard let handle = zmq_ctx_new() else { throw .lastError(of: "zmq_ctx_new", on: "the process") }
        self.handle = handle
    }

    deinit {
        // A signal may interrupt the wait for lingering messages.
        while zmq_ctx_term(handle) != 0 && zmq_errno() == EINTR {}
    }
}

extension TransportError {
    /// The error of the calling thread's last ZeroMQ or system call.
    static func lastError(of call: String, on place: String) -> TransportError {
        .call(call, on: place, reason: String(cString: zmq_strerror(zmq_errno())))
    }
}
