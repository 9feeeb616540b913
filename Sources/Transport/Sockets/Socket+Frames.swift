import CZeroMQ
import Foundation

extension Socket {
    /// The outcome of a non-blocking attempt to hand a frame to ZeroMQ.
    enum SendOutcome: Equatable {
        case sent
        /// The queue to this peer, or to every peer, is full, or nobody is connected.
        case wouldBlock
        /// A router knows no such peer, or no longer.
        case unreachable
        case failed(Int32)
    }

    borrowing func send(_ bytes: some ContiguousBytes, more: Bool = false) -> SendOutcome {
        let flags = ZMQ_DONTWAIT | (more ? ZMQ_SNDMORE : 0)
        while true {
            let sent = bytes.withUnsafeBytes { zmq_send(handle, $0.baseAddress, $0.count, flags) }
            if sent >= 0 { return .sent }
            switch zmq_errno() {
            case EINTR: continue
            case EAGAIN: return .wouldBlock
            case EHOSTUNREACH: return .unreachable
            case let code: return .failed(code)
            }
        }
    }

    /// One frame and what ZeroMQ knows of the connection that it came from.
    struct Frame {
        var bytes: Data
        /// Whether another frame of the same message follows.
        var more: Bool
        /// The descriptor of the connection; none in process.
        var descriptor: Int32?
        /// The authenticator's name for the peer; none without CURVE.
        var user: String?
    }

    /// The next frame, or nil if none is queued.
    borrowing func receive() -> Frame? {
        var message = zmq_msg_t()
        zmq_msg_init(&message)
        defer { zmq_msg_close(&message) }
        while zmq_msg_recv(&message, handle, ZMQ_DONTWAIT) < 0 {
            if zmq_errno() != EINTR { return nil }
        }
        let size = zmq_msg_size(&message)
        let bytes = zmq_msg_data(&message).map { Data(bytes: $0, count: size) } ?? Data()
        let descriptor = zmq_msg_get(&message, ZMQ_SRCFD)
        return Frame(
            bytes: bytes, more: zmq_msg_more(&message) != 0, descriptor: descriptor < 0 ? nil : descriptor,
            user: zmq_msg_gets(&message, "User-Id").map { String(cString: $0) })
    }

    /// The frames of the next message, or nil if none is queued. ZeroMQ delivers whole messages or nothing.
    borrowing func receiveMessage() -> [Frame]? {
        guard var frame = receive() else { return nil }
        var frames = [frame]
        while frame.more, let next = receive() {
            frame = next
            frames.append(next)
        }
        return frames
    }
}
