/// Numbers the rows that one directive asks to commit together.
public struct CommitID: Hashable, Sendable, Comparable, Codable {
    public let number: UInt64
    public init(number: UInt64) { self.number = number }
    public static func < (first: CommitID, second: CommitID) -> Bool { first.number < second.number }
}
