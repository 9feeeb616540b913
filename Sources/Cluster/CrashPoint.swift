import Foundation
import Synchronization

/// Crash points: the steps of a result from the end of its pass to its removal from the outbox, in order.
///
/// A process with `PROBESWEEP_KILL_AT=STEP` or `=STEP:N` in its environment kills itself the N-th time it reaches the
/// step, as a power cut would: fault injection that shows that nothing is lost between any two steps.
package enum CrashPoint: String, CaseIterable, Sendable {
    /// Worker: the result is in memory.
    case finished
    /// Worker: it is in the outbox.
    case stored
    /// Worker: it has been sent.
    case sent
    /// Coordinator: it has arrived.
    case received
    /// Coordinator: its row is written, in a transaction that has not ended.
    case written
    /// Coordinator: the transaction is on disk.
    case committed
    /// Coordinator: the receipt has been sent.
    case acknowledged
    /// Worker: the receipt has arrived.
    case receipted
    /// Worker: it is out of the outbox.
    case erased

    /// Ends the process here if its environment asks for it.
    static func reached(_ step: CrashPoint) {
        guard let ending, ending.step == step else { return }
        if ending.visits.wrappingAdd(1, ordering: .relaxed).newValue == ending.visit { kill(getpid(), SIGKILL) }
    }

    private final class Ending: Sendable {
        let step: CrashPoint
        let visit: Int
        let visits = Atomic<Int>(0)

        /// Nil for a text that names no step.
        init?(_ text: String) {
            let parts = text.split(separator: ":", maxSplits: 1).map(String.init)
            guard let step = parts.first.flatMap(CrashPoint.init(rawValue:)) else { return nil }
            self.step = step
            visit = parts.count > 1 ? Int(parts[1]) ?? 1 : 1
        }
    }

    private static let ending = ProcessInfo.processInfo.environment["PROBESWEEP_KILL_AT"].flatMap(Ending.init)
}
