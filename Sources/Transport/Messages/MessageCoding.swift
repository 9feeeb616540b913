import Foundation
import SwiftProtobuf

/// Bytes ↔ messages, with every limit that a message must respect.
package enum MessageCoding {
    static func encode(_ message: some Message, limit: Int) throws(TransportError) -> Data {
        let bytes: Data
        do {
            bytes = try message.serializedBytes()
        } catch {
            throw .malformed(field: "\(type(of: message))", problem: "\(error)")
        }
        guard bytes.count <= limit else { throw .oversize(bytes: bytes.count, limit: limit) }
        return bytes
    }

    /// A message to the coordinator, from a peer whose role decides what it may send.
    static func decode(_ bytes: Data, from peer: Peer?) throws(TransportError) -> WireToCoordinator {
        let message: WireToCoordinator = try parse(bytes)
        try MessageLimits.check(message)
        if let peer {
            switch (message.sender, peer.role) {
            case (.worker, .worker), (.client, .client), (.enrol, .invitation): break
            case (.nextKeyKnown, .worker), (.nextKeyKnown, .client): break
            case (.client(let request), _):
                throw .notPermitted(role: peer.role.rawValue, name: peer.name, request: request.request)
            default: throw .notPermitted(role: peer.role.rawValue, name: peer.name)
            }
        }
        return message
    }

    /// A message from the coordinator.
    static func decode(_ bytes: Data) throws(TransportError) -> WireFromCoordinator {
        let message: WireFromCoordinator = try parse(bytes)
        try MessageLimits.check(message)
        return message
    }

    private static func parse<M: Message>(_ bytes: Data) throws(TransportError) -> M {
        do {
            var options = BinaryDecodingOptions()
            // The messages nest five deep; anything deeper is an attack on the stack.
            options.messageDepthLimit = 16
            options.discardUnknownFields = true
            return try M(serializedBytes: bytes, options: options)
        } catch {
            throw .malformed(field: "\(M.self)", problem: "it is not a protobuf message of this type (\(error))")
        }
    }
}
