import Foundation

/// Backpressure: messages to peers whose queues in ZeroMQ are full, oldest first, bounded for each peer and for all
/// together.
struct Backlog {
    private struct Queue {
        var messages: ArraySlice<Data> = []
        var bytes = 0
    }

    private let limit: Int
    private let totalLimit: Int
    private var queues: [ConnectionID: Queue] = [:]
    private var bytes = 0

    /// - Parameters:
    ///   - limit: bytes that may wait for one peer.
    ///   - totalLimit: bytes that may wait for all peers.
    init(limit: Int, totalLimit: Int) {
        self.limit = limit
        self.totalLimit = totalLimit
    }

    var isEmpty: Bool { queues.isEmpty }
    var connections: [ConnectionID] { Array(queues.keys) }

    func contains(_ connection: ConnectionID) -> Bool { queues[connection] != nil }

    /// - Returns: the peer to disconnect when a bound is exceeded: this one, or the one with the longest queue.
    mutating func append(_ message: Data, for connection: ConnectionID) -> ConnectionID? {
        queues[connection, default: Queue()].messages.append(message)
        queues[connection]?.bytes += message.count
        bytes += message.count
        if queues[connection]?.bytes ?? 0 > limit { return connection }
        return bytes > totalLimit ? queues.max { $0.value.bytes < $1.value.bytes }?.key : nil
    }

    /// The oldest message for a peer.
    func first(for connection: ConnectionID) -> Data? { queues[connection]?.messages.first }

    mutating func removeFirst(for connection: ConnectionID) {
        guard let message = queues[connection]?.messages.popFirst() else { return }
        bytes -= message.count
        queues[connection]?.bytes -= message.count
        if queues[connection]?.messages.isEmpty == true { queues[connection] = nil }
    }

    mutating func forget(_ connection: ConnectionID) {
        bytes -= queues.removeValue(forKey: connection)?.bytes ?? 0
    }
}
