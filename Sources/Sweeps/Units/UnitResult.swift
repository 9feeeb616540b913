public import Identities

/// The result of training a unit. Every field but `provenance` is a function of the unit key on one kernel path.
public struct UnitResult: Codable, Hashable, Sendable {
    public var key: UnitKey
    /// Metric name → value on the test fold; absent where the metric is undefined there.
    public var metrics: [String: Double]
    /// What was chosen on the inner split, by name: `learningRate`, `weightDecay`, `epoch`, `penalty`, `neighbours`,
    /// `temperature`.
    public var choice: [String: Double]
    /// The selection metric of each candidate on the inner split, in the order of the candidates.
    public var candidateScores: [Double]
    public var trainingSamples: Int
    public var testSamples: Int
    /// Trainable parameters of one head.
    public var parameters: Int
    /// Multiply–accumulates that training executed for this unit, forward and backward, all candidates and epochs.
    public var trainingMACs: Double
    public var provenance: Provenance

    public init(
        key: UnitKey, metrics: [String: Double], choice: [String: Double], candidateScores: [Double],
        trainingSamples: Int, testSamples: Int, parameters: Int, trainingMACs: Double, provenance: Provenance
    ) {
        self.key = key
        self.metrics = metrics
        self.choice = choice
        self.candidateScores = candidateScores
        self.trainingSamples = trainingSamples
        self.testSamples = testSamples
        self.parameters = parameters
        self.trainingMACs = trainingMACs
        self.provenance = provenance
    }
}

/// Who trained a unit, with what and for how long: what is needed to repeat a result or to doubt it.
public struct Provenance: Codable, Hashable, Sendable {
    public var programVersion: String
    public var kernelPath: String
    public var host: String
    public var worker: String
    public var threads: Int
    /// BLAS threads that the library reports during training.
    public var blasThreads: Int
    public var attempt: UInt64
    /// This unit's share of the wall time of its pass.
    public var seconds: Double

    public init(
        programVersion: String, kernelPath: String, host: String, worker: String, threads: Int, blasThreads: Int,
        attempt: UInt64, seconds: Double
    ) {
        self.programVersion = programVersion
        self.kernelPath = kernelPath
        self.host = host
        self.worker = worker
        self.threads = threads
        self.blasThreads = blasThreads
        self.attempt = attempt
        self.seconds = seconds
    }
}
