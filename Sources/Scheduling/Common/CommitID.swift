/// Numbers the rows that one directive asks to commit together.
package struct CommitID: Hashable, Sendable, Comparable, Codable {
    package let number: UInt64
    package init(number: UInt64) { self.number = number }
    package static func < (first: CommitID, second: CommitID) -> Bool { first.number < second.number }
}
