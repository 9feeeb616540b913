import CZeroMQ
import Foundation
import Synchronization

/// Answers ZeroMQ's authentication requests, one for each handshake (ZAP, RFC 27).
///
/// Without it every holder of the coordinator's public key would be admitted, whatever its own key.
final class Authenticator {
    let allowed: AllowList
    let socket: Socket
    private(set) var refused = 0

    /// Must be made before the socket that it guards is bound.
    init(allowed: AllowList, in context: Context) throws(TransportError) {
        self.allowed = allowed
        socket = try Socket.open(.reply, in: context)
        try socket.set(ZMQ_LINGER, to: 0)
        try socket.bind("inproc://zeromq.zap.01")
    }

    /// Answers every queued request.
    func answer() {
        while let request = socket.receiveMessage() {
            // Version, request id, domain, address, identity, mechanism, credentials.
            let key =
                request.count == 7 && request[5].bytes == Data("CURVE".utf8)
                ? CurveKey(bytes: Array(request[6].bytes)) : nil
            allowed.refresh()
            let admitted = key.flatMap { allowed.peer(for: $0) != nil ? $0 : nil }
            if admitted == nil { refused += 1 }
            let id = request.count > 1 ? request[1].bytes : Data()
            reply([
                Data("1.0".utf8), id, Data((admitted == nil ? "400" : "200").utf8),
                Data((admitted == nil ? "not on the allow list" : "OK").utf8), Data((admitted?.text ?? "").utf8),
                Data(),
            ])
        }
    }

    private func reply(_ frames: [Data]) {
        for (index, frame) in frames.enumerated() {
            _ = socket.send(frame, more: index < frames.count - 1)
        }
    }
}
