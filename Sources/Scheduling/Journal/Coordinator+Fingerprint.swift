extension Coordinator {
    /// A cheap summary of the state, so that a journal can hold it often: machines that differ in anything that matters
    /// soon differ in this.
    package struct Fingerprint: Sendable, Equatable, Codable {
        package var lastAttempt: UInt32
        package var lastCommit: UInt64
        package var units: Int
        package var leases: Int
        package var workers: Int
        package var openPasses: Int
        package var openCommits: Int
        package var unitsWithFailures: Int
        package var finished: Int
        package var failed: Int
        package var duplicates: Int
        /// The speeds of all workers, to the bit.
        package var speed: Double
        package var deadline: Instant
    }

    /// - Complexity: O(1).
    package var fingerprint: Fingerprint {
        Fingerprint(
            lastAttempt: lastAttempt, lastCommit: commits.lastNumber, units: units.count, leases: leases.count,
            workers: workers.count, openPasses: passes.open.count, openCommits: commits.batches.count,
            unitsWithFailures: failureHistories.count, finished: totals.finished, failed: totals.failed,
            duplicates: duplicatesDropped,
            speed: workers.totalSpeed, deadline: nextDeadline)
    }
}

extension Coordinator.Fingerprint {
    /// What differs, in words.
    package func differences(from other: Coordinator.Fingerprint) -> [String] {
        zip(Mirror(reflecting: self).children, Mirror(reflecting: other).children).compactMap { own, others in
            let (mine, theirs) = ("\(own.value)", "\(others.value)")
            return mine == theirs ? nil : "\(own.label ?? ""): \(mine), not \(theirs)"
        }
    }
}
