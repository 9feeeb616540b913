extension Coordinator {
    /// What dashboards and `status` show: a value that outlives the moment.
    public struct Status: Sendable, Equatable {
        public var sweeps: [SweepStatus]
        public var workers: [WorkerStatus]
        /// Why nothing is leased, nil while leases are cut.
        public var pausedReason: String?
        /// Reports that were acknowledged and dropped because the unit was done.
        public var duplicatesDropped: Int
        /// Predicted seconds until nothing is left, nil while no worker can be counted on.
        public var secondsToGo: Double?
    }

    public struct SweepStatus: Sendable, Equatable {
        public var sweep: SweepID
        public var counts: SweepCounts
        public var isCancelled: Bool
    }

    public struct WorkerStatus: Sendable, Equatable {
        public enum State: String, Sendable, Equatable { case active, draining, suspended }

        public var name: String
        public var peer: PeerID
        public var state: State
        /// Why the worker is suspended.
        public var reason: String?
        public var threads: Int
        /// Cost done per second: declared at first, then measured.
        public var speed: Double
        public var finished: Int
        public var failed: Int
        /// Units held, and those of them that are in training.
        public var held: Int
        public var training: Int
        /// Part of the running pass that is done, 0 … 1.
        public var progress: Double
        /// Seconds since its last sign of life.
        public var silence: Double
    }
}
