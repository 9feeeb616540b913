extension Coordinator {
    /// A cheap summary of the state, so that a journal can hold it often: machines that differ in anything that matters
    /// soon differ in this.
    public struct Fingerprint: Sendable, Equatable, Codable {
        public var lastAttempt: UInt32
        public var lastCommit: UInt64
        public var units: Int
        public var leases: Int
        public var workers: Int
        public var openPasses: Int
        public var openCommits: Int
        public var blamedUnits: Int
        public var finished: Int
        public var failed: Int
        public var duplicates: Int
        /// The speeds of all workers, to the bit.
        public var speed: Double
        public var deadline: Instant
    }

    /// - Complexity: O(1).
    public var fingerprint: Fingerprint {
        Fingerprint(
            lastAttempt: lastAttempt, lastCommit: commits.lastNumber, units: units.count, leases: leases.count,
            workers: workers.count, openPasses: passes.open.count, openCommits: commits.batches.count,
            blamedUnits: blame.count, finished: totals.finished, failed: totals.failed, duplicates: duplicatesDropped,
            speed: workers.totalSpeed, deadline: nextDeadline)
    }
}

extension Coordinator.Fingerprint {
    /// What differs, in words.
    public func differences(from other: Coordinator.Fingerprint) -> [String] {
        zip(Mirror(reflecting: self).children, Mirror(reflecting: other).children).compactMap { own, others in
            let (mine, theirs) = ("\(own.value)", "\(others.value)")
            return mine == theirs ? nil : "\(own.label ?? ""): \(mine), not \(theirs)"
        }
    }
}
