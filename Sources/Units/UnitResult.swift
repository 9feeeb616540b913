package import Attention
package import Identities

/// The result of training a unit. Every field but `provenance` is a function of the unit key on one kernel path.
package struct UnitResult: Codable, Hashable, Sendable {
    package var key: UnitKey
    /// Metric name → value on the test fold; absent where the metric is undefined there.
    package var metrics: [String: Double]
    /// What was chosen on the inner split, by name: `learningRate`, `weightDecay`, `epoch`, `penalty`, `neighbours`,
    /// `temperature`.
    package var choice: [String: Double]
    /// The task's metric of each candidate on the inner split, of its best epoch, in the order of the candidates.
    package var candidateScores: [Double]
    package var trainingSamples: Int
    package var testSamples: Int
    /// Trainable parameters of one head.
    package var parameters: Int
    /// Multiply–accumulates that training executed for this unit, forward and backward, all candidates and epochs.
    package var trainingMACs: Double
    /// How the head was found; nil in results of protocol versions before 3.
    package var diagnostics: TrainingDiagnostics?
    /// What the test rows say of the figure; nil in results of protocol versions before 3.
    package var observations: TestObservations?
    /// What the head attends to; nil for a unit that is no analysis.
    package var attention: AttentionFindings?
    package var provenance: Provenance

    package init(
        key: UnitKey, metrics: [String: Double], choice: [String: Double], candidateScores: [Double],
        trainingSamples: Int, testSamples: Int, parameters: Int, trainingMACs: Double,
        diagnostics: TrainingDiagnostics? = nil, observations: TestObservations? = nil, provenance: Provenance
    ) {
        self.key = key
        self.metrics = metrics
        self.choice = choice
        self.candidateScores = candidateScores
        self.trainingSamples = trainingSamples
        self.testSamples = testSamples
        self.parameters = parameters
        self.trainingMACs = trainingMACs
        self.diagnostics = diagnostics
        self.observations = observations
        self.provenance = provenance
        attention = nil
    }
}

/// Who trained a unit, with what and for how long: what is needed to repeat a result or to doubt it.
package struct Provenance: Codable, Hashable, Sendable {
    package var programVersion: String
    package var kernelPath: String
    package var host: String
    package var worker: String
    package var threads: Int
    /// 1 in every result of a worker: training calls no BLAS. Kept because stored results have it, and their bytes and
    /// those of new results are compared and read by one reader.
    package var blasThreads: Int
    package var attempt: UInt64
    /// This unit's share of the wall time of its pass.
    package var seconds: Double

    package init(
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
