package import Identities
import Units

/// Storage for checkpoints of units, which later passes of any process resume from.
///
/// A checkpoint belongs to a unit, not to a pass: a unit's training is a function of its key alone, so the next pass
/// that trains the unit, with any other units, resumes from it bit for bit.
package struct CheckpointStore: Sendable {
    /// Minimum seconds of training between two checkpoints; 0 for one at the end of every epoch.
    package var interval: Double
    /// Loads a unit's checkpoint; nil if there is none. Called from any thread, once per unit.
    package var load: @Sendable (UnitKey) -> [UInt8]?
    /// Atomically replaces the unit's last checkpoint. Called from any thread.
    package var save: @Sendable (UnitKey, [UInt8]) -> Void
    /// Called before units resume, with their finished epochs.
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

    /// The same storage, where units are kept under other names.
    package func renaming(_ name: @escaping @Sendable (UnitKey) -> UnitKey) -> CheckpointStore {
        CheckpointStore(
            interval: interval, load: { [load] unit in load(name(unit)) },
            save: { [save] unit, bytes in save(name(unit), bytes) }, resumed: resumed)
    }
}

/// Decides when the next checkpoint is due: no sooner than the interval after the last one, and so late that writing
/// takes at most a twentieth of the time.
struct CheckpointPace {
    private let interval: Double
    private var due: Double

    /// - Parameter start: Seconds on a monotonic clock.
    init(interval: Double, start: Double) {
        self.interval = interval
        due = start + interval
    }

    func isDue(at now: Double) -> Bool { now >= due }

    mutating func wrote(from start: Double, to end: Double) {
        due = end + max(interval, interval > 0 ? 19 * (end - start) : 0)
    }
}
