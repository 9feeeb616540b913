package import Identities
import Units

/// Where passes save their progress, and find what another process saved.
///
/// A checkpoint belongs to a unit, not to a pass: a unit's training is a function of its key alone, so whichever pass
/// trains the unit next, beside whatever other units, resumes from it bit by bit.
package struct CheckpointStore: Sendable {
    /// Seconds of training between two checkpoints, at least; 0 for one at the end of every epoch.
    package var interval: Double
    /// Loads what was saved for a unit; nil if nothing was. Called from any thread, once per unit.
    package var load: @Sendable (UnitKey) -> [UInt8]?
    /// Atomically replaces the unit's last checkpoint. Called from any thread.
    package var save: @Sendable (UnitKey, [UInt8]) -> Void
    /// Called with the units that resume and after how many of their epochs, before they do.
    package var resumed: @Sendable ([UnitKey: Int]) -> Void

    package init(
        interval: Double, load: @escaping @Sendable (UnitKey) -> [UInt8]?,
        save: @escaping @Sendable (UnitKey, [UInt8]) -> Void,
        resumed: @escaping @Sendable ([UnitKey: Int]) -> Void = { _ in }
    ) {
        self.interval = interval
        self.load = load
        self.save = save
        self.resumed = resumed
    }
}

/// When the next checkpoint is due: not sooner than the interval after the last one, and so late that writing takes at
/// most a twentieth of the time.
struct CheckpointPace {
    private let interval: Double
    private var due: Double

    /// - Parameter start: Seconds on any clock that only rises.
    init(interval: Double, start: Double) {
        self.interval = interval
        due = start + interval
    }

    func isDue(at now: Double) -> Bool { now >= due }

    mutating func wrote(from start: Double, to end: Double) {
        due = end + max(interval, interval > 0 ? 19 * (end - start) : 0)
    }
}
