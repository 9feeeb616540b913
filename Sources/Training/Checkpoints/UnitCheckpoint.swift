import Identities
import Numerics
import Units

/// The complete state of a unit's training at the end of an epoch.
struct UnitCheckpoint: Equatable {
    enum Stage: Int { case candidates, refit }

    /// What is being trained: the candidates, or the chosen one on the whole training fold.
    var stage: Stage
    /// Epochs of the stage that are done.
    var epochs: Int
    /// The unit's share of its passes' time so far.
    var seconds: Double
    /// The candidates in their order, or the refit's one head.
    var trainingHeads: [TrainingHeadCheckpoint]
    var selection: SelectionCheckpoint
}

/// A head in training.
struct TrainingHeadCheckpoint: Equatable {
    var steps: Int
    var hasFailed: Bool
    var head: HeadCheckpoint
    /// The optimiser's moments, tensor after tensor.
    var moments: [Float]
}

/// Parameters and running statistics, tensor after tensor.
struct HeadCheckpoint: Equatable {
    var parameters: [Float]
    var buffers: [Float]
}

/// The inner split's results so far.
struct SelectionCheckpoint: Equatable {
    /// Learning rates that the grid was extended by.
    var added: [Double]
    var records: [UnitSelection.Record?]
    var candidate: Int?
    var epochs: Int
    var best: HeadCheckpoint
}

/// A guard against foreign checkpoints: only this unit, trained by the same arithmetic, may resume from one.
struct CheckpointFence: Equatable {
    /// Incremented whenever the order of the fields below, or their meaning, changes.
    static let format = 2

    let key: UnitKey
    let programVersion: String
    let kernelPath: String

    init(_ key: UnitKey, _ settings: PassSettings) {
        self.key = key
        programVersion = settings.provenance.programVersion
        kernelPath = settings.kernel.rawValue
    }

    var text: String { "probesweep checkpoint \(Self.format) \(key) \(kernelPath) \(programVersion)" }
}
