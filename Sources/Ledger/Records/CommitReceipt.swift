package import Identities

/// What a commit found.
package struct CommitReceipt: Sendable, Equatable {
    /// Results that are new in the ledger.
    package var committed = 0
    /// Results of units that had one already; the first one stays.
    package var duplicates: [UnitKey] = []

    package init() {}
}
