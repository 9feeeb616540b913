import Foundation
import Scheduling

/// The coordinator's machine behind a write-ahead journal: every event is journaled before it is handled.
///
/// The machine lies behind a pointer, so that a trap report in the middle of an event can read it.
final class JournaledMachine {
    private let state: UnsafeMutablePointer<Coordinator>
    private let work: UnsafeMutablePointer<WorkInHand>
    private let journal: JournalWriter?
    private let trapPoint = TrapPoint.fromEnvironment()
    private var handled = 0

    init(_ machine: Coordinator, journal: JournalWriter?) {
        state = .allocate(capacity: 1)
        state.initialize(to: machine)
        work = .allocate(capacity: 1)
        work.initialize(to: WorkInHand(machine: state, journal: journal))
        self.journal = journal
        TrapReport.watch(work)
    }

    deinit {
        TrapReport.forget(work)
        work.deinitialize(count: 1)
        work.deallocate()
        state.deinitialize(count: 1)
        state.deallocate()
    }

    var current: Coordinator { _read { yield state.pointee } }

    func handle(_ event: Coordinator.Event, at now: Instant) -> [Coordinator.Directive] {
        journal?.record(event, at: now, state)
        begin(event)
        defer { work.pointee.event = nil }
        handled += 1
        if trapPoint?.event == handled { state.pointee.trap() }
        return state.pointee.handle(event, at: now)
    }

    /// Replays an event of a journal, with the same trap report: the replay may be there to reproduce a trap.
    func replay(_ journaled: JournaledEvent) throws -> [Coordinator.Directive] {
        begin(journaled.event)
        defer { work.pointee.event = nil }
        return try state.pointee.replay(journaled)
    }

    private func begin(_ event: Coordinator.Event) {
        work.pointee.event = event
        work.pointee.thread = pthread_self()
    }

    /// Ends the journal in order.
    func close() { journal?.close(state.pointee) }
}

/// Fault injection: the event at which the environment asks for a trap, `PROBESWEEP_TRAP_AT=N` for the N-th.
private struct TrapPoint {
    let event: Int

    static func fromEnvironment() -> TrapPoint? {
        ProcessInfo.processInfo.environment["PROBESWEEP_TRAP_AT"].flatMap(Int.init).map(TrapPoint.init)
    }
}
