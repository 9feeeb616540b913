package import Identities
package import Scheduling

/// A sweep as `status` shows it.
package struct SweepStatus: Codable, Sendable, Equatable {
    package var number: SweepID
    package var name: String
    package var progress: Progress
    package var leased: Int
    package var isCancelled: Bool
    /// Why units are in quarantine, the commonest first; not all where there are many.
    package var reasons: [QuarantineReason]
    /// What people should know of it: what it waits for.
    package var notes: [String]
    /// The client that submitted it; nil for the operators.
    package var owner: String?
    /// Higher ones go first.
    package var priority: Int
    /// By whom or by what it was cancelled, if that is known.
    package var cancellation: String?

    package init(
        number: SweepID, name: String, progress: Progress, leased: Int, isCancelled: Bool,
        reasons: [QuarantineReason] = [], notes: [String] = [], owner: String? = nil, priority: Int = 0,
        cancellation: String? = nil
    ) {
        self.owner = owner
        self.priority = priority
        self.cancellation = cancellation
        self.number = number
        self.name = name
        self.progress = progress
        self.leased = leased
        self.isCancelled = isCancelled
        self.reasons = reasons
        self.notes = notes
    }

    /// How far it is, and why it went no further.
    package var line: String {
        var progress = progress
        // A note says it whole.
        if !notes.isEmpty { progress.waiting = nil }
        return progress.line + (cancellation.map { " (\($0))" } ?? "")
    }
}

/// Why units of a sweep are in quarantine.
package struct QuarantineReason: Codable, Sendable, Equatable {
    package var reason: String
    /// Units that are in quarantine for this reason.
    package var units: Int

    package init(reason: String, units: Int) {
        self.reason = reason
        self.units = units
    }

    /// The first line of the reason; the stderr of a worker that died may have many.
    var line: String {
        "\(units) quarantined: \(reason.split(separator: "\n").first.map(String.init) ?? reason)"
    }
}

/// A worker as `workers` shows it.
package struct WorkerStatus: Codable, Sendable, Equatable {
    package var name: String
    /// The identity that its process drew at its start, 32 hexadecimal digits.
    package var id: String
    package var host: String
    /// `active`, `draining` or `suspended`.
    package var state: String
    package var reason: String?
    package var threads: Int
    package var kernelPath: String
    package var programVersion: String
    package var finished: Int
    package var failed: Int
    package var held: Int
    package var progress: Double
    /// The layer that it trains on, as `SET/LAYER`; nil while it trains nothing.
    package var pass: String?
    /// Why the pass in training seems stuck, and where it is; nil if it does not.
    package var stuck: String?
    /// Seconds since its last sign of life.
    package var silence: Double
    /// What it takes of its machine; nil while it is away, and for a worker of an older version.
    package var load: WorkerLoad?

    package init(
        name: String, id: String = "", host: String, state: String, reason: String?, threads: Int, kernelPath: String,
        programVersion: String, finished: Int, failed: Int, held: Int, progress: Double, silence: Double,
        stuck: String? = nil, pass: String? = nil, load: WorkerLoad? = nil
    ) {
        self.name = name
        self.id = id
        self.host = host
        self.state = state
        self.reason = reason
        self.threads = threads
        self.kernelPath = kernelPath
        self.programVersion = programVersion
        self.finished = finished
        self.failed = failed
        self.held = held
        self.progress = progress
        self.silence = silence
        self.stuck = stuck
        self.pass = pass
        self.load = load
    }
}

/// A pass that has units to train, as the dashboard shows it.
package struct PassStatus: Codable, Sendable, Equatable {
    package var name: String
    /// Units that wait to be leased.
    package var pending: Int
    /// Leases that are outstanding.
    package var leases: Int

    package init(name: String, pending: Int, leases: Int) {
        self.name = name
        self.pending = pending
        self.leases = leases
    }
}

/// The state of a coordinator, as its dashboard shows it.
package struct Overview: Codable, Sendable, Equatable {
    package var sweeps: [SweepStatus]
    package var workers: [WorkerStatus]
    package var passes: [PassStatus]
    /// What people should know of the cluster: what is on no worker, which hosts are suspended.
    package var notes: [String]
    /// What is left to do, and so how many workers would be of use.
    package var workersWanted: WorkersWanted
    /// Reports of units that were done already.
    package var duplicatesDropped: Int
    package var connections: Int
    package var handshakesRefused: Int
    package var messagesDropped: Int
    /// How long units took, by kind.
    package var unitSeconds: [UnitSeconds]

    package init(
        sweeps: [SweepStatus], workers: [WorkerStatus], passes: [PassStatus], notes: [String] = [],
        workersWanted: WorkersWanted = .none, duplicatesDropped: Int = 0,
        connections: Int = 0, handshakesRefused: Int = 0, messagesDropped: Int = 0, unitSeconds: [UnitSeconds] = []
    ) {
        self.unitSeconds = unitSeconds
        self.sweeps = sweeps
        self.workers = workers
        self.passes = passes
        self.notes = notes
        self.workersWanted = workersWanted
        self.duplicatesDropped = duplicatesDropped
        self.connections = connections
        self.handshakesRefused = handshakesRefused
        self.messagesDropped = messagesDropped
    }
}
