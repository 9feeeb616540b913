import Identities
import Ledger
import Sweeps

/// A sweep that somebody hands in, and how.
struct SweepRequest: Sendable {
    var source: SweepSource
    var requester: Requester
    /// Whether its quarantined units are tried again.
    var retry = false
    /// Nil for 0, or for what the sweep has already.
    var priority: Int?
    /// Whether it may take the place of the requester's sweep of the same name.
    var replaces = false
}

/// Why a sweep is not accepted.
enum SweepRequestError: Error, CustomStringConvertible {
    /// The requester has an active sweep of the name, with other content.
    case nameTaken(SweepRecord)

    var description: String {
        switch self {
        case .nameTaken(let sweep):
            """
            "\(sweep.name)" is the name of your sweep \(sweep.id), which has other content and \(sweep.done) of \
            \(sweep.units) units done. Give this one another name, or give --replace: that cancels sweep \(sweep.id), \
            keeps its results, and uses them for units that both have
            """
        }
    }
}

extension SweepRecord {
    /// What became of it when another took its place.
    func note(replacedBy sweep: SweepID) -> String {
        """
        sweep \(id) (\(name)) is cancelled with \(done) of \(units) units done; its results stay, and sweep \(sweep) uses \
        those of units that both have
        """
    }
}
