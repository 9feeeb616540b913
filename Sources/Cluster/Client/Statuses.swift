public import Identities

/// A sweep as `status` shows it.
public struct SweepStatus: Codable, Sendable, Equatable {
    public var number: SweepID
    public var name: String
    public var progress: Progress
    public var leased: Int
    public var isCancelled: Bool
    /// Why units are in quarantine, the commonest first; not all where there are many.
    public var reasons: [QuarantineReason]

    public init(
        number: SweepID, name: String, progress: Progress, leased: Int, isCancelled: Bool,
        reasons: [QuarantineReason] = []
    ) {
        self.number = number
        self.name = name
        self.progress = progress
        self.leased = leased
        self.isCancelled = isCancelled
        self.reasons = reasons
    }

    /// How it stands, and a line for each reason why units are in quarantine.
    public var lines: [String] {
        ["\(name) (\(number))   \(progress.line)\(isCancelled ? "   cancelled" : "")"] + reasons.map { "  \($0.line)" }
    }
}

/// Why units of a sweep are in quarantine.
public struct QuarantineReason: Codable, Sendable, Equatable {
    public var reason: String
    /// Units that are in quarantine for this reason.
    public var units: Int

    public init(reason: String, units: Int) {
        self.reason = reason
        self.units = units
    }

    /// The first line of the reason; the stderr of a worker that died may have many.
    var line: String {
        "\(units) quarantined: \(reason.split(separator: "\n").first.map(String.init) ?? reason)"
    }
}

/// A worker as `workers` shows it.
public struct WorkerStatus: Codable, Sendable, Equatable {
    public var name: String
    public var host: String
    /// `active`, `draining` or `suspended`.
    public var state: String
    public var reason: String?
    public var threads: Int
    public var kernelPath: String
    public var programVersion: String
    public var finished: Int
    public var failed: Int
    public var held: Int
    public var progress: Double
    /// Seconds since its last sign of life.
    public var silence: Double

    public init(
        name: String, host: String, state: String, reason: String?, threads: Int, kernelPath: String,
        programVersion: String, finished: Int, failed: Int, held: Int, progress: Double, silence: Double
    ) {
        self.name = name
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
    }
}

/// A pass that has units to train, as the dashboard shows it.
public struct PassStatus: Codable, Sendable, Equatable {
    public var name: String
    /// Units that wait to be leased.
    public var pending: Int
    /// Leases that are outstanding.
    public var leases: Int

    public init(name: String, pending: Int, leases: Int) {
        self.name = name
        self.pending = pending
        self.leases = leases
    }
}

/// The state of a coordinator, as its dashboard shows it.
public struct Overview: Codable, Sendable, Equatable {
    public var sweeps: [SweepStatus]
    public var workers: [WorkerStatus]
    public var passes: [PassStatus]
    /// Reports of units that were done already.
    public var duplicatesDropped: Int
    public var connections: Int
    public var handshakesRefused: Int
    public var messagesDropped: Int

    public init(
        sweeps: [SweepStatus], workers: [WorkerStatus], passes: [PassStatus], duplicatesDropped: Int = 0,
        connections: Int = 0, handshakesRefused: Int = 0, messagesDropped: Int = 0
    ) {
        self.sweeps = sweeps
        self.workers = workers
        self.passes = passes
        self.duplicatesDropped = duplicatesDropped
        self.connections = connections
        self.handshakesRefused = handshakesRefused
        self.messagesDropped = messagesDropped
    }
}
