package import Identities
package import Numerics
package import Units

/// How a pass may use the machine. Nothing of this but the kernel path changes any bit of a result.
package struct PassSettings: Sendable {
    package var threads: Int
    /// The processor that each thread keeps to; none for wherever the system puts it. No bit of a result depends on it.
    package var processors: [Int]
    package var kernel: KernelPath
    /// Bytes of memory that the process may hold while the pass runs. Mapped tokens do not count: the operating system
    /// evicts them when memory is short. A pass is cut to fit; a unit whose smallest step does not fit fails with the
    /// smallest budget that would do.
    package var memoryBudget: Int
    /// Bytes of the budget that the process holds already.
    package var memoryHeld: Int
    /// Who trains. `seconds`, `threads`, `kernelPath` and `blasThreads` are filled in by the pass.
    package var provenance: Provenance

    package init(
        threads: Int, processors: [Int] = [], kernel: KernelPath, memoryBudget: Int, memoryHeld: Int = 0,
        provenance: Provenance
    ) {
        self.threads = threads
        self.processors = processors
        self.kernel = kernel
        self.memoryBudget = memoryBudget
        self.memoryHeld = memoryHeld
        self.provenance = provenance
    }
}

/// Where a pass reports to, and asks whether to go on. `finished` and `progressed` are called from the thread that runs
/// the pass, the others from any of its threads.
package struct PassObserver: Sendable {
    /// Called once for each unit that was not cancelled, as soon as it is done.
    package var finished: @Sendable (TrainingOutcome) -> Void
    /// The share of the pass's arithmetic that is done, 0 to 1, rising.
    package var progressed: @Sendable (Double) -> Void
    /// Where the pass is, in words, whenever it comes to another place; called from any of its threads.
    package var reached: @Sendable (String) -> Void
    /// Whether a unit is no longer wanted. Asked before every batch, block of similarities and step of a search; a
    /// unit that was cancelled is never finished.
    package var isCancelled: @Sendable (UnitKey) -> Bool

    package init(
        finished: @escaping @Sendable (TrainingOutcome) -> Void,
        progressed: @escaping @Sendable (Double) -> Void = { _ in },
        reached: @escaping @Sendable (String) -> Void = { _ in },
        isCancelled: @escaping @Sendable (UnitKey) -> Bool = { _ in false }
    ) {
        self.finished = finished
        self.progressed = progressed
        self.reached = reached
        self.isCancelled = isCancelled
    }
}

/// The outcome of a unit.
package enum TrainingOutcome: Sendable {
    case trained(TrainedUnit)
    /// The unit cannot be trained; trying again gives the same reason.
    case failed(UnitKey, TrainingError)

    package var key: UnitKey {
        switch self {
        case .trained(let unit): unit.result.key
        case .failed(let key, _): key
        }
    }
}

/// A unit's result, and what it was computed from.
package struct TrainedUnit: Sendable {
    package var result: UnitResult
    /// What the chosen head says of the test fold.
    package var predictions: Predictions
    private let makeHead: @Sendable () -> TrainedHead?

    /// The chosen head, copied whenever it is asked for, since few ask; nil for k-NN, which has none.
    package var head: TrainedHead? { makeHead() }

    init(result: UnitResult, predictions: Predictions, head: @escaping @Sendable () -> TrainedHead?) {
        self.result = result
        self.predictions = predictions
        makeHead = head
    }
}

/// A trained head as named tensors.
package struct TrainedHead: Hashable, Sendable {
    package var tensors: [HeadTensor]
}

/// One tensor of a trained head.
package struct HeadTensor: Hashable, Sendable {
    package var name: String
    package var shape: [Int]
    /// Row-major.
    package var values: [Float]
}
