import Identities
import Numerics
import Units

/// A pass's checkpoints: which to resume from, and when to save.
final class PassCheckpoints: @unchecked Sendable {
    // Sendable because only the pass's thread calls `resume` and `keep`, and these share no state with other threads.
    private let store: CheckpointStore
    private let settings: PassSettings
    private let threads: ThreadPool
    private var pace: CheckpointPace
    private let clock = ContinuousClock()
    private let start: ContinuousClock.Instant

    init(_ store: CheckpointStore, settings: PassSettings, threads: ThreadPool) {
        self.store = store
        self.settings = settings
        self.threads = threads
        start = clock.now
        pace = CheckpointPace(interval: store.interval, start: 0)
    }

    private var now: Double { (clock.now - start) / .seconds(1) }

    /// Whether it is time to save.
    var isDue: Bool { pace.isDue(at: now) }

    /// The checkpoints that units may resume from; nil for units that start from the beginning.
    ///
    /// - Parameter isFitting: Whether a checkpoint has the shape of the unit at an index.
    func resume(_ units: [UnitKey], isFitting: @Sendable (Int, UnitCheckpoint) -> Bool) -> [UnitCheckpoint?] {
        let found = SlotArray<UnitCheckpoint>(count: units.count)
        let (store, settings) = (store, settings)
        threads.forEach(units.count) { index in
            guard let bytes = store.load(units[index]),
                let checkpoint = UnitCheckpoint(bytes, behind: CheckpointFence(units[index], settings)),
                isFitting(index, checkpoint)
            else { return }
            found[index] = checkpoint
        }
        var resumed: [UnitKey: Int] = [:]
        for index in units.indices {
            if let checkpoint = found[index] { resumed[units[index]] = checkpoint.epochs }
        }
        if !resumed.isEmpty { store.resumed(resumed) }
        return units.indices.map { found[$0] }
    }

    /// Saves the state of units.
    ///
    /// - Parameter checkpoint: Makes the checkpoint of the unit at an index; called from any thread.
    func keep(_ units: [(place: Int, key: UnitKey)], _ checkpoint: @Sendable (Int) -> UnitCheckpoint) {
        let begin = now
        let (store, settings) = (store, settings)
        threads.forEach(units.count) { index in
            let (place, key) = units[index]
            store.save(key, checkpoint(place).encoded(behind: CheckpointFence(key, settings)))
        }
        pace.wrote(from: begin, to: now)
    }
}
