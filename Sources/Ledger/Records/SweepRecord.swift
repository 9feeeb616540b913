package import Foundation
package import Identities

/// A sweep in the ledger.
package struct SweepRecord: Sendable, Equatable, Identifiable {
    package enum State: String, Sendable, Equatable { case active, cancelled }

    package var id: SweepID
    package var name: String
    /// The client that submitted it, by its name on the allow list; nil for the operators.
    package var owner: String?
    /// Higher ones go first.
    package var priority: Int
    package var state: State
    /// By whom or by what it was cancelled, if that is known.
    package var cancellation: String?
    package var createdAt: Date
    package var units: Int
    package var done: Int
    package var quarantined: Int

    package var address: SweepAddress {
        SweepAddress(id: id, name: name, owner: owner, isCancelled: state == .cancelled)
    }

    /// Neither done nor in quarantine.
    package var unfinished: Int { units - done - quarantined }
}

/// A pass of a sweep.
package struct PassRecord: Sendable, Equatable, Identifiable {
    package var id: Int64
    package var name: PassID
    package var folder: String

    package init(id: Int64, name: PassID, folder: String) {
        self.id = id
        self.name = name
        self.folder = folder
    }
}

/// A unit without a result, as a restarted coordinator needs it.
package struct UnfinishedUnit: Sendable, Equatable {
    package var key: UnitKey
    /// ``PassRecord/id``.
    package var pass: Int64
    package var cost: Double
    /// Its kind's number, nil where an earlier version has planned the sweep.
    package var kind: Int64?
    /// The numbers of those members of its form that were asked for.
    package var members: [Int64] = []
}

/// A unit that will not be trained, and why.
package struct QuarantinedUnit: Sendable, Equatable {
    package var key: UnitKey
    package var reason: String

    package init(key: UnitKey, reason: String) {
        self.key = key
        self.reason = reason
    }
}

/// The failures that count against unfinished units of a sweep.
package struct UnitHistory: Sendable, Equatable {
    package var quarantined: [UnitKey: String] = [:]
    /// Failures that count, oldest attempt first.
    package var failures: [FailureRecord] = []
}

/// One cell of a sweep's grid, finished or not.
package struct SweepRow: Sendable, Equatable {
    package var position: Int
    package var key: UnitKey
    package var canonicalForm: CanonicalForm
    /// JSON of a `UnitResult`; nil while there is none.
    package var payload: Data?
    /// Why it will not be trained, if it is in quarantine.
    package var quarantine: String?
}
