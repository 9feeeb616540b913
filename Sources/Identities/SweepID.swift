/// Numbers a sweep in its ledger.
package struct SweepID: Hashable, Sendable, Comparable, Codable, CustomStringConvertible {
    package let number: Int64
    package init(_ number: Int64) { self.number = number }
    package var description: String { String(number) }
    package static func < (first: SweepID, second: SweepID) -> Bool { first.number < second.number }

    /// A plain number.
    package init(from decoder: any Decoder) throws {
        self.init(try decoder.singleValueContainer().decode(Int64.self))
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(number)
    }
}
