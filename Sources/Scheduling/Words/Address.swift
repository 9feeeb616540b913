/// Where a worker can be reached for now: one connection. A reconnection has another address.
public struct Address: Hashable, Sendable, Comparable, CustomStringConvertible {
    public let number: UInt64

    public init(number: UInt64) { self.number = number }

    public static func < (first: Address, second: Address) -> Bool { first.number < second.number }

    /// Hexadecimal digits.
    public var description: String { String(number, radix: 16) }
}
