import Features
import Numerics
import Units

/// What every part of a pass works with.
struct PassContext: Sendable {
    let layer: LayerTokens
    var pooled: PooledVectors?
    let preparations = PreparationCache()
    /// Nil where no probe asks for anything of it.
    var frozen: FrozenTokens?
    let settings: PassSettings
    let threads: ThreadPool
    let observer: PassObserver
    let progress: PassProgress
    /// Nil if a killed pass is to start over.
    var checkpoints: PassCheckpoints?
    /// Whether Z is kept in single precision where heads would get it rounded: somebody writes parts of it anew.
    var keepsReadings = false
    /// Layers and weights, held against what was verified.
    var files = VerifiedFiles()

    var path: KernelPath { settings.kernel }

    /// Bytes that are taken for the whole pass.
    var standing = 0

    /// Bytes of the budget that nothing takes for the whole pass.
    var freeMemory: Int { settings.memoryBudget - settings.memoryHeld - standing }

    /// Whether so many bytes are free for a unit; fails it if not.
    func admits(_ unit: PreparedUnit, needing bytes: Int) -> Bool {
        if bytes <= freeMemory { return true }
        let smallest = settings.memoryHeld + standing + bytes
        observer.finished(.failed(unit.key, TrainingError(budget: settings.memoryBudget, smallest: smallest)))
        return false
    }
}

/// How much of a pass's arithmetic is done.
final class PassProgress: @unchecked Sendable {
    // Sendable because only one thread at a time touches it: the one that runs the pass, or one that holds a lock.
    private let total: Double
    private var done = 0.0
    private let report: @Sendable (Double) -> Void

    init(total: Double, report: @escaping @Sendable (Double) -> Void) {
        self.total = total
        self.report = report
    }

    func advance(by work: Double) {
        done += work
        if total > 0 { report(min(1, done / total)) }
    }
}
