public import Identities

/// What a commit found.
public struct CommitReceipt: Sendable, Equatable {
    /// Results that are new in the ledger.
    public var committed = 0
    /// Results of units that had one already; the first one stays.
    public var duplicates: [UnitKey] = []

    public init() {}
}
