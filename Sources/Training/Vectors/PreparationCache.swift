import Numerics
import Probes
import Synchronization
import Units

/// Preparations that units of a pass have in common. What is fitted twice is the same to the last bit, so that it makes
/// no difference what is kept.
final class PreparationCache: Sendable {
    /// Rows of a task and what is read of them.
    struct Key: Hashable {
        let task: TaskReference
        let rows: [Int]
        let input: PooledInput

        /// - Parameter rows: Those that train; of no account where nothing is fitted.
        init(_ unit: PreparedUnit, _ input: PooledInput, trainedOn rows: [Int]) {
            task = unit.unit.task
            self.rows = input.preparation?.isFitted == true ? rows : []
            self.input = input
        }
    }

    /// Fitted by the first who needs it, while the others wait.
    private final class Entry: Sendable {
        let fitted = Mutex<Result<FittedPreparation, TrainingError>?>(nil)
    }

    private struct Entries {
        var byKey: [Key: Entry] = [:]
        /// The oldest first.
        var order: [Key] = []
    }

    private let entries = Mutex(Entries())

    /// The most preparations that are kept.
    static let capacity = 8

    func preparation(
        _ key: Key, fit: () throws(TrainingError) -> FittedPreparation
    ) throws(TrainingError) -> FittedPreparation {
        try entry(key).fitted.withLock { fitted in
            if let fitted { return fitted }
            let result: Result<FittedPreparation, TrainingError>
            do throws(TrainingError) {
                result = .success(try fit())
            } catch {
                result = .failure(error)
            }
            fitted = result
            return result
        }.get()
    }

    private func entry(_ key: Key) -> Entry {
        entries.withLock { entries in
            if let known = entries.byKey[key] { return known }
            let entry = Entry()
            entries.byKey[key] = entry
            entries.order.append(key)
            if entries.order.count > Self.capacity { entries.byKey[entries.order.removeFirst()] = nil }
            return entry
        }
    }
}
