import Identities

/// Leases that the previous coordinator may have issued and not recorded: it was killed in the milliseconds between.
///
/// Attempts count up and are recorded in order, so these are the few numbers after the last one on record. Each belongs
/// to the first worker that names it.
struct UnrecordedLeases: Sendable, Codable {
    private let last: Attempt
    private let incarnation: UInt32
    private let limit: Int
    private var holders: [Attempt: LeaseHolder] = [:]

    /// - Parameters:
    ///   - last: the last attempt on record; nil on a new ledger.
    ///   - incarnation: this coordinator's.
    ///   - limit: how many leases can have been in flight.
    init(after last: Attempt?, before incarnation: UInt32, limit: Int) {
        self.last = last ?? Attempt(number: 0)
        self.incarnation = incarnation
        self.limit = limit
    }

    /// Whether the lease may have been issued to the worker.
    mutating func admits(_ attempt: Attempt, of holder: LeaseHolder) -> Bool {
        let counter = attempt.incarnation == last.incarnation ? last.counter : 0
        guard attempt > last, attempt.incarnation < incarnation, attempt.counter > 0,
            Int(attempt.counter) <= Int(counter) + limit
        else { return false }
        if let known = holders[attempt] { return holder.mayReport(for: known) }
        holders[attempt] = holder
        return true
    }
}
