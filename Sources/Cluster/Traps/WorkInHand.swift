import Foundation
import Scheduling

/// What a coordinator's thread is working on, where a trap report can read it.
struct WorkInHand {
    let machine: UnsafeMutablePointer<Coordinator>
    let journal: JournalWriter?
    /// Nil between two events.
    var event: Coordinator.Event?
    /// The thread that handles the event.
    var thread = pthread_t()

    /// Writes to standard error what the machine was doing, if this thread was running it, and has the journal end with
    /// the event.
    func report() {
        guard let event, pthread_equal(thread, pthread_self()) != 0 else { return }
        journal?.flush(atMost: 200)
        Self.say("the coordinator was handling \(event.summary)")
        for line in machine.pointee.described(for: event) { Self.say("  " + line) }
    }

    private static func say(_ line: String) { TrapReport.write(line + "\n") }
}
