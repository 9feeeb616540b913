public import Identities

// The messages between a worker and the coordinator, independent of the wire format.

/// How a worker registers, after every connection and whenever it is asked to.
public struct WorkerHello: Sendable, Equatable, Codable {
    public var protocolVersion: Int
    /// The process's identity, the same on every connection.
    public var id: WorkerID
    /// Stable over restarts of the process; what operators see and what deaths are counted by.
    public var name: String
    /// For operators and provenance; it decides only which old process a new one replaces.
    public var host: String
    public var kernelPath: String
    public var programVersion: String
    public var threads: Int
    /// Its expected speed, 1 for the worker that costs are predicted for; corrected by measurement.
    public var speed: Double
    /// Seconds until it will be gone (`--until`, `--lifetime`), nil if unknown.
    public var lifetime: Double?
    /// The leases it holds, first the one in training.
    public var held: [HeldLease]
    /// Reports in its outbox, which it sends as soon as it is welcome.
    public var waitingReports: Int
    /// The last standard error of the previous process of this name, if it was captured.
    public var lastWords: String?

    public init(
        protocolVersion: Int, id: WorkerID, name: String, host: String = "", kernelPath: String = "",
        programVersion: String = "", threads: Int = 1, speed: Double = 1, lifetime: Double? = nil,
        held: [HeldLease] = [], waitingReports: Int = 0, lastWords: String? = nil
    ) {
        self.protocolVersion = protocolVersion
        self.id = id
        self.name = name
        self.host = host
        self.kernelPath = kernelPath
        self.programVersion = programVersion
        self.threads = threads
        self.speed = speed
        self.lifetime = lifetime
        self.held = held
        self.waitingReports = waitingReports
        self.lastWords = lastWords
    }
}

/// Units of one pass for one worker under one attempt number.
public struct Lease: Sendable, Equatable {
    public var attempt: Attempt
    public var pass: PassID
    public var units: [UnitKey]

    public init(attempt: Attempt, pass: PassID, units: [UnitKey]) {
        self.attempt = attempt
        self.pass = pass
        self.units = units
    }
}

/// What the pass of a lease needs beside its units' keys: carried from the ledger to the trainer, never looked at here.
public struct LeaseContent: Sendable, Equatable {
    /// Where the client saw the feature set.
    public var folder: String
    public var keepsPredictions: Bool
    /// Canonical forms.
    public var forms: [UnitKey: [UInt8]]

    public init(folder: String = "", keepsPredictions: Bool = false, forms: [UnitKey: [UInt8]] = [:]) {
        self.folder = folder
        self.keepsPredictions = keepsPredictions
        self.forms = forms
    }
}

/// A lease as its holder describes it when it registers.
public struct HeldLease: Sendable, Equatable, Codable {
    public var attempt: Attempt
    /// Units that it has neither finished nor failed.
    public var units: [UnitKey]
    public var isTraining: Bool

    public init(attempt: Attempt, units: [UnitKey], isTraining: Bool) {
        self.attempt = attempt
        self.units = units
        self.isTraining = isTraining
    }
}

/// A lease as heartbeats list it. A worker lists a lease until every report of it has its receipt.
public struct LeaseStatus: Sendable, Equatable, Codable {
    public var attempt: Attempt
    /// How many units it has neither finished nor failed.
    public var unfinished: Int
    public var isTraining: Bool
    /// Share of the pass that is done, 0 … 1.
    public var progress: Double

    public init(attempt: Attempt, unfinished: Int, isTraining: Bool, progress: Double = 0) {
        self.attempt = attempt
        self.unfinished = unfinished
        self.isTraining = isTraining
        self.progress = progress
    }
}

/// The outcome of a unit.
public enum UnitOutcome: Sendable, Equatable {
    /// The encoded result; opaque here, its bytes only pass from the worker to the ledger.
    case finished([UInt8])
    /// Training failed with this reason; the worker lives.
    case failed(String)
}

/// A worker's report of one unit. Reports are kept until their receipt arrives, and sent again if it does not.
public struct UnitReport: Sendable, Equatable {
    public var unit: UnitKey
    public var attempt: Attempt
    public var outcome: UnitOutcome
    /// The unit's share of the time that its pass took, nil if unmeasured.
    public var seconds: Double?

    public init(unit: UnitKey, attempt: Attempt, outcome: UnitOutcome, seconds: Double? = nil) {
        self.unit = unit
        self.attempt = attempt
        self.outcome = outcome
        self.seconds = seconds
    }

    public var receipt: Receipt { Receipt(unit: unit, attempt: attempt) }
}

/// The coordinator's acknowledgement that a report is in the ledger or is not needed any more.
public struct Receipt: Sendable, Hashable, Codable {
    public var unit: UnitKey
    public var attempt: Attempt

    public init(unit: UnitKey, attempt: Attempt) {
        self.unit = unit
        self.attempt = attempt
    }
}

/// The coordinator's acceptance of a worker.
public struct Welcome: Sendable, Equatable {
    /// Seconds between two heartbeats of the worker.
    public var heartbeatInterval: Double
    /// Seconds of silence after which either side considers the other lost.
    public var silenceLimit: Double

    public init(heartbeatInterval: Double, silenceLimit: Double) {
        self.heartbeatInterval = heartbeatInterval
        self.silenceLimit = silenceLimit
    }
}

extension UnitReport {
    /// Its size in a message, besides key and attempt.
    var bytes: Int {
        switch outcome {
        case .finished(let result): result.count
        case .failed(let reason): reason.utf8.count
        }
    }
}
