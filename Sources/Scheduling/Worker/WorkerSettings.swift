public import Identities

/// Everything about a worker that is known when it starts. All times are in seconds.
public struct WorkerSettings: Sendable, Equatable {
    public var protocolVersion = 1
    /// Drawn anew by every process.
    public var id: WorkerID
    public var name: String
    public var threads = 1
    /// Its expected speed, 1 for the worker that costs are predicted for.
    public var speed = 1.0
    /// Seconds from the start until it will be gone, nil if unknown.
    public var lifetime: Double?
    /// The worker drains itself this long before its end.
    public var lifetimeMargin = 10.0
    /// The last standard error of the previous process of this name.
    public var lastWords: String?

    /// Heartbeat interval and silence limit until the coordinator's welcome says otherwise.
    public var welcome = Welcome(heartbeatInterval: 1, silenceLimit: 3.5)
    /// A report without receipt is sent again after this long.
    public var resendDelay = 5.0
    /// Reports go out in messages of at most this many.
    public var reportsPerMessage = 256
    /// Bytes of results in one message, but for a single larger one: kept predictions can make a result large, and a
    /// coordinator takes frames of a limited size.
    public var bytesPerMessage = 2 << 20
    /// How long a drained worker may go on with the pass in training before it gives the units back.
    public var drainGrace = 20.0
    /// How long a drained worker waits for receipts before it leaves its reports to the outbox on disk.
    public var farewellLimit = 2.0

    public init(id: WorkerID, name: String) {
        self.id = id
        self.name = name
    }
}
