package import Identities

/// The outcome of a commit.
package struct CommitReceipt: Sendable, Equatable {
    /// Results that are new in the ledger.
    package var committed = 0
    /// Results of units that already had one; the first is kept.
    package var duplicates: [UnitKey] = []

    package init() {}
}
