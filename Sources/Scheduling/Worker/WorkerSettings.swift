package import Identities

/// Everything about a worker that is known when it starts. All times are in seconds.
package struct WorkerSettings: Sendable, Equatable {
    package var protocolVersion = 1
    /// Drawn anew by every process.
    package var id: WorkerID
    package var name: String
    package var threads = 1
    /// Its expected speed, 1 for the worker that costs are predicted for.
    package var speed = 1.0
    /// Seconds from the start until it will be gone, nil if unknown.
    package var lifetime: Double?
    /// The worker drains itself this long before its end.
    package var lifetimeMargin = 10.0
    /// It leaves when it had nothing to do for this long; nil for never.
    package var idleTimeout: Double?
    /// The last standard error of the previous process of this name.
    package var previousStderr: String?

    /// Heartbeat interval and silence limit until the coordinator's welcome says otherwise.
    package var welcome = Welcome(heartbeatInterval: 1, silenceLimit: 3.5)
    /// A report without receipt is sent again after this long.
    package var resendDelay = 5.0
    /// Reports go out in messages of at most this many.
    package var reportsPerMessage = 256
    /// Answers about inputs go out in messages of at most this many.
    package var inputsPerMessage = 256
    /// Bytes of results in one message, but for a single larger one: kept predictions can make a result large, and a
    /// coordinator takes frames of a limited size.
    package var bytesPerMessage = 2 << 20
    /// How long a drained worker may go on with the pass in training before it gives the units back.
    package var drainGrace = 20.0
    /// How long a drained worker waits for receipts before it leaves its reports to the outbox on disk.
    package var receiptGrace = 2.0

    package init(id: WorkerID, name: String) {
        self.id = id
        self.name = name
    }
}
