/// Where a worker can be reached for now: one connection. A reconnection has another address.
package struct Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    package let number: UInt64

    package init(number: UInt64) { self.number = number }

    package static func < (first: Address, second: Address) -> Bool { first.number < second.number }

    /// Hexadecimal digits.
    package var description: String { String(number, radix: 16) }
}
