import CZeroMQ

/// One ZeroMQ socket. It is neither copyable nor Sendable, so that the compiler enforces ZeroMQ's rule of one thread
/// per socket; it keeps its context alive until it is closed.
struct Socket: ~Copyable {
    enum Kind {
        case router, dealer, reply, pair

        var code: Int32 {
            switch self {
            case .router: ZMQ_ROUTER
            case .dealer: ZMQ_DEALER
            case .reply: ZMQ_REP
            case .pair: ZMQ_PAIR
            }
        }
    }

    let handle: UnsafeMutableRawPointer
    private let context: Context

    static func open(_ kind: Kind, in context: Context) throws(TransportError) -> Socket {
        guard let handle = zmq_socket(context.handle, kind.code) else {
            throw .lastError(of: "zmq_socket", on: "\(kind)")
        }
        return Socket(handle: handle, context: context)
    }

    private init(handle: UnsafeMutableRawPointer, context: Context) {
        self.handle = handle
        self.context = context
    }

    deinit { zmq_close(handle) }

    borrowing func set(_ option: Int32, to value: Int32) throws(TransportError) {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Int32>.size) == 0 else {
            throw .lastError(of: "zmq_setsockopt(\(option), \(value))", on: "a socket")
        }
    }

    borrowing func set(_ option: Int32, toLong value: Int64) throws(TransportError) {
        var value = value
        guard zmq_setsockopt(handle, option, &value, MemoryLayout<Int64>.size) == 0 else {
            throw .lastError(of: "zmq_setsockopt(\(option), \(value))", on: "a socket")
        }
    }

    borrowing func set(_ option: Int32, to bytes: [UInt8]) throws(TransportError) {
        guard zmq_setsockopt(handle, option, bytes, bytes.count) == 0 else {
            throw .lastError(of: "zmq_setsockopt(\(option), \(bytes.count) bytes)", on: "a socket")
        }
    }

    borrowing func bind(_ endpoint: String) throws(TransportError) {
        if let failure = bindingFailure(on: endpoint) { throw failure.error }
    }

    /// Binds.
    ///
    /// - Returns: why it cannot, with the system's error number; nil if it has.
    borrowing func bindingFailure(on endpoint: String) -> (code: Int32, error: TransportError)? {
        guard zmq_bind(handle, endpoint) != 0 else { return nil }
        let code = zmq_errno()
        return (code, .lastError(of: "bind", on: endpoint))
    }

    borrowing func connect(_ endpoint: String) throws(TransportError) {
        guard zmq_connect(handle, endpoint) == 0 else { throw .lastError(of: "connect", on: endpoint) }
    }

    /// Closes a connection and stops reconnecting. Errors in the endpoint were reported when it was connected.
    borrowing func disconnect(_ endpoint: String) { zmq_disconnect(handle, endpoint) }

    /// The endpoint as bound, with the port that a wildcard received.
    borrowing func lastEndpoint() throws(TransportError) -> String {
        var size = 1_024
        var text = [CChar](repeating: 0, count: size)
        guard zmq_getsockopt(handle, ZMQ_LAST_ENDPOINT, &text, &size) == 0 else {
            throw .lastError(of: "zmq_getsockopt(LAST_ENDPOINT)", on: "a socket")
        }
        return String(decoding: text.prefix { $0 != 0 }.map { UInt8(bitPattern: $0) }, as: UTF8.self)
    }
}
