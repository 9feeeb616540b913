/// The number of a lease. Attempts only increase, even over restarts of the coordinator, since the incarnation is in
/// the upper bits.
package struct Attempt: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let number: UInt64

    package init(number: UInt64) { self.number = number }

    package init(incarnation: UInt32, counter: UInt32) {
        number = UInt64(incarnation) << 32 | UInt64(counter)
    }

    /// The coordinator's incarnation that issued it, from 1.
    package var incarnation: UInt32 { UInt32(truncatingIfNeeded: number >> 32) }
    /// Its number among the leases of that incarnation, from 1.
    package var counter: UInt32 { UInt32(truncatingIfNeeded: number) }

    package static func < (first: Attempt, second: Attempt) -> Bool { first.number < second.number }
    package var description: String { "\(incarnation).\(counter)" }
}
