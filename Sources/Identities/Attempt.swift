/// The number of a lease. Attempts only grow, over restarts of the coordinator too, because its incarnation leads.
package struct Attempt: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let number: UInt64

    package init(number: UInt64) { self.number = number }

    package init(incarnation: UInt32, counter: UInt32) {
        number = UInt64(incarnation) << 32 | UInt64(counter)
    }

    /// Which start of the coordinator issued it, from 1.
    package var incarnation: UInt32 { UInt32(truncatingIfNeeded: number >> 32) }
    /// Its place among the leases of that incarnation, from 1.
    package var counter: UInt32 { UInt32(truncatingIfNeeded: number) }

    package static func < (first: Attempt, second: Attempt) -> Bool { first.number < second.number }
    package var description: String { "\(incarnation).\(counter)" }
}
