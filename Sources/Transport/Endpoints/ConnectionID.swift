import Foundation

/// One connection to the coordinator. A peer that reconnects is a new one, so that an id is never shared or stolen.
package struct ConnectionID: Hashable, Sendable, CustomStringConvertible {
    let routingID: Data

    /// Nil for an id that the peer chose itself: only ZeroMQ's own ids, which begin with a zero, are unique.
    init?(routingID: Data) {
        guard routingID.count == 5, routingID.first == 0 else { return nil }
        self.routingID = routingID
    }

    /// Whether ZeroMQ accepted this connection after another one. Its count may wrap around.
    func isLater(than other: ConnectionID) -> Bool { Int32(bitPattern: number &- other.number) > 0 }

    /// The connection of this number, which may no longer exist.
    package init(number: UInt32) {
        routingID = Data([0] + stride(from: 24, through: 0, by: -8).map { UInt8(truncatingIfNeeded: number >> $0) })
    }

    /// ZeroMQ's count of connections, unique until it wraps around.
    package var number: UInt32 { routingID.dropFirst().reduce(0) { $0 << 8 | UInt32($1) } }

    package var description: String {
        routingID.dropFirst().map { ($0 < 16 ? "0" : "") + String($0, radix: 16) }.joined()
    }
}
