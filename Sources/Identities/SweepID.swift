/// Numbers a sweep in its ledger.
public struct SweepID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    public let number: Int64
    public init(_ number: Int64) { self.number = number }
    public var description: String { String(number) }
    public static func < (first: SweepID, second: SweepID) -> Bool { first.number < second.number }

    /// A plain number.
    public init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(Int64.self))
    }

    public func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}
