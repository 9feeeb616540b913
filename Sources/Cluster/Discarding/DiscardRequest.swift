package import Foundation
package import Identities
package import Ledger
import Transport

/// Which results of a sweep a user found bad; every member narrows the selection.
package struct DiscardRequest: Sendable, Equatable {
    /// The sweep's name or number.
    package var sweep: String
    /// Unit keys, or prefixes that are unique within the sweep; empty selects all units.
    package var units: [String]
    /// The worker that reported the results.
    package var worker: String?
    /// When they were committed, both ends included.
    package var since: Date?
    package var until: Date?

    package init(
        sweep: String, units: [String] = [], worker: String? = nil, since: Date? = nil, until: Date? = nil
    ) {
        self.sweep = sweep
        self.units = units
        self.worker = worker
        self.since = since
        self.until = until
    }
}

/// The results that a request selects.
package struct DiscardSummary: Codable, Sendable, Equatable {
    /// Another sweep that has units among them.
    package struct Sharing: Codable, Sendable, Equatable {
        package var number: SweepID
        package var name: String
        package var units: Int
        package var isCancelled: Bool
    }

    package var number: SweepID
    package var name: String
    package var isCancelled: Bool
    package var results: Int
    /// How many of them each worker reported.
    package var workers: [String: Int]
    package var sharing: [Sharing]
    /// When the results were selected, by the clock that dates them. Applying the request later uses this as its upper
    /// bound, so that nothing trained since is removed.
    package var asOf: Date

    /// What removing them means, in a sentence or two.
    package var announcement: String {
        let count = results == 1 ? "1 result" : "\(results) results"
        let origins = workers.sorted { $0.key < $1.key }.map { "\($0.key): \($0.value)" }.joined(separator: ", ")
        let others = sharing.map { "\($0.name) (\($0.number)): \($0.units)" }.joined(separator: ", ")
        let fate = isTrainedAgain ? "will be trained again" : "will be removed, and no active sweep trains them again"
        return "\(count) of sweep \(name) (\(number)), reported by \(origins), \(fate)."
            + (sharing.isEmpty ? "" : " Other sweeps have the same units: \(others).")
    }

    /// What was done, in a sentence or two.
    package var confirmation: String {
        "\(results == 1 ? "1 result" : "\(results) results") of sweep \(name) (\(number)) removed"
    }

    private var isTrainedAgain: Bool { !isCancelled || sharing.contains { !$0.isCancelled } }
}

/// Why results cannot be discarded.
package enum DiscardError: Error, Equatable, CustomStringConvertible {
    case unknownUnit(String, sweep: String, matches: Int)
    case nothing(sweep: String, there: String)
    /// The sweep is another client's.
    case othersSweep(SweepAddress)
    /// Another client's sweep has units among them.
    case othersUnits(SharingSweep)
    case coordinatorRuns(state: String, holder: String)

    package var description: String {
        switch self {
        case .unknownUnit(let unit, let sweep, let matches):
            """
            --unit \(unit): \(matches == 0 ? "no unit" : "\(matches) units") of sweep \(sweep) \
            \(matches == 1 ? "has" : "have") a key that begins so; probesweep table \(sweep) --format json lists \
            the keys
            """
        case .nothing(let sweep, let there): "no result of sweep \(sweep) matches; \(there)"
        case .othersSweep(let sweep):
            """
            sweep \(sweep.id) (\(sweep.name)) belongs to \(sweep.owner ?? "the operators"); only its owner or an operator \
            may discard its results
            """
        case .othersUnits(let sweep):
            """
            \(sweep.units == 1 ? "1 unit" : "\(sweep.units) units") of these are also in sweep \(sweep.id) \
            (\(sweep.name)) of \(sweep.owner ?? "the operators"); only an operator may discard their results
            """
        case .coordinatorRuns(let state, let holder):
            """
            \(state) is in use by \(holder). Ask that coordinator with --connect and --keys, or end it first
            """
        }
    }
}

extension WireDiscard {
    init(_ request: DiscardRequest, isApplied: Bool) {
        self.init()
        sweep = request.sweep
        units = request.units
        if let name = request.worker { worker = name }
        if let since = request.since { self.since = Int64(since.timeIntervalSince1970.rounded(.down)) }
        if let until = request.until { self.until = Int64(until.timeIntervalSince1970.rounded(.down)) }
        apply = isApplied
    }

    var request: DiscardRequest {
        DiscardRequest(
            sweep: sweep, units: units, worker: hasWorker ? worker : nil,
            since: hasSince ? Date(timeIntervalSince1970: TimeInterval(since)) : nil,
            until: hasUntil ? Date(timeIntervalSince1970: TimeInterval(until)) : nil)
    }
}
