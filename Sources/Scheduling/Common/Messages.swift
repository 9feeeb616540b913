package import Identities

// The messages between a worker and the coordinator, independent of the wire format.

/// How a worker registers, after every connection and whenever it is asked to.
package struct WorkerHello: Sendable, Equatable, Codable {
    package var protocolVersion: Int
    /// The process's identity, the same on every connection.
    package var id: WorkerID
    /// Stable over restarts of the process; what operators see and what deaths are counted by.
    package var name: String
    /// For operators and provenance; it decides only which old process a new one replaces.
    package var host: String
    /// The identity of the machine and of the mount namespace or container on it; empty if unknown.
    package var machine: String
    package var kernelPath: String
    package var programVersion: String
    package var threads: Int
    /// Its expected speed, 1 for the worker that costs are predicted for; corrected by measurement.
    package var speed: Double
    /// Seconds until it will be gone (`--until`, `--lifetime`), nil if unknown.
    package var lifetime: Double?
    /// The leases it holds, first the one in training.
    package var held: [HeldLease]
    /// Reports in its outbox, which it sends as soon as it is welcome.
    package var waitingReports: Int
    /// The last standard error of the previous process of this name, if it was captured.
    package var previousStderr: String?

    package init(
        protocolVersion: Int, id: WorkerID, name: String, host: String = "", machine: String = "",
        kernelPath: String = "",
        programVersion: String = "", threads: Int = 1, speed: Double = 1, lifetime: Double? = nil,
        held: [HeldLease] = [], waitingReports: Int = 0, previousStderr: String? = nil
    ) {
        self.protocolVersion = protocolVersion
        self.id = id
        self.name = name
        self.host = host
        self.machine = machine
        self.kernelPath = kernelPath
        self.programVersion = programVersion
        self.threads = threads
        self.speed = speed
        self.lifetime = lifetime
        self.held = held
        self.waitingReports = waitingReports
        self.previousStderr = previousStderr
    }
}

/// Units of one pass for one worker under one attempt number.
package struct Lease: Sendable, Equatable {
    package var attempt: Attempt
    package var pass: PassID
    package var units: [UnitKey]

    package init(attempt: Attempt, pass: PassID, units: [UnitKey]) {
        self.attempt = attempt
        self.pass = pass
        self.units = units
    }
}

/// What the pass of a lease needs beside its units' keys: carried from the ledger to the trainer, never looked at here.
package struct LeaseContent: Sendable, Equatable {
    /// Where the client saw the feature set.
    package var folder: String
    package var keepsPredictions: Bool
    /// Canonical forms.
    package var forms: [UnitKey: [UInt8]]

    package init(folder: String = "", keepsPredictions: Bool = false, forms: [UnitKey: [UInt8]] = [:]) {
        self.folder = folder
        self.keepsPredictions = keepsPredictions
        self.forms = forms
    }
}

/// A lease as its holder describes it when it registers.
package struct HeldLease: Sendable, Equatable, Codable {
    package var attempt: Attempt
    /// Units that it has neither finished nor failed.
    package var units: [UnitKey]
    package var isTraining: Bool

    package init(attempt: Attempt, units: [UnitKey], isTraining: Bool) {
        self.attempt = attempt
        self.units = units
        self.isTraining = isTraining
    }
}

/// A lease as heartbeats list it. A worker lists a lease until every report of it has its receipt.
package struct LeaseStatus: Sendable, Equatable, Codable {
    package var attempt: Attempt
    /// How many units it has neither finished nor failed.
    package var unfinished: Int
    package var isTraining: Bool
    /// Share of the pass that is done, 0 … 1.
    package var progress: Double
    /// Why the pass seems stuck, and where it is; nil if it does not.
    package var stuck: String?

    package init(
        attempt: Attempt, unfinished: Int, isTraining: Bool, progress: Double = 0, stuck: String? = nil
    ) {
        self.attempt = attempt
        self.unfinished = unfinished
        self.isTraining = isTraining
        self.progress = progress
        self.stuck = stuck
    }
}

/// The outcome of a unit.
package enum UnitOutcome: Sendable, Equatable {
    /// The encoded result; opaque here, its bytes only pass from the worker to the ledger.
    case finished([UInt8])
    /// Training failed with this reason; the worker lives.
    case failed(String)
}

/// A worker's report of one unit. Reports are kept until their receipt arrives, and sent again if it does not.
package struct UnitReport: Sendable, Equatable {
    package var unit: UnitKey
    package var attempt: Attempt
    package var outcome: UnitOutcome
    /// The unit's share of the time that its pass took, nil if unmeasured.
    package var seconds: Double?

    package init(unit: UnitKey, attempt: Attempt, outcome: UnitOutcome, seconds: Double? = nil) {
        self.unit = unit
        self.attempt = attempt
        self.outcome = outcome
        self.seconds = seconds
    }

    package var receipt: Receipt { Receipt(unit: unit, attempt: attempt) }
}

/// The coordinator's acknowledgement that a report is in the ledger or is not needed any more.
package struct Receipt: Sendable, Hashable, Codable {
    package var unit: UnitKey
    package var attempt: Attempt

    package init(unit: UnitKey, attempt: Attempt) {
        self.unit = unit
        self.attempt = attempt
    }
}

/// The coordinator's acceptance of a worker.
package struct Welcome: Sendable, Equatable {
    /// Seconds between two heartbeats of the worker.
    package var heartbeatInterval: Double
    /// Seconds of silence after which either side considers the other lost.
    package var silenceLimit: Double

    package init(heartbeatInterval: Double, silenceLimit: Double) {
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
