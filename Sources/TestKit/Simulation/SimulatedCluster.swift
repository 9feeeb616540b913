import HeapModule
package import Identities
package import Scheduling

/// A coordinator, its ledger and many workers in one process and in virtual time: no sockets, no threads, no clock.
///
/// Both state machines are the real ones; the simulation is their shell and environment. It performs directives,
/// delivers messages over a network that may lose, duplicate and reorder them, and injects faults. Equal plans run
/// equally.
package final class SimulatedCluster {
    package let plan: SimulationPlan
    package internal(set) var now = Instant(nanoseconds: 0)
    package internal(set) var ledger = LedgerModel()
    /// Violated guarantees.
    package internal(set) var violations: [String] = []
    package internal(set) var notes: [(at: Instant, note: LogEntry)] = []
    /// When the coordinator last said that the sweep is finished.
    package internal(set) var finishedAt: Instant?
    package internal(set) var finishedCounts: SweepCounts?
    /// The coordinator's answers for the time to go.
    package internal(set) var secondsToGo: Double?
    /// Number of passes that trained each unit, completed or not.
    package internal(set) var trainings: [UnitKey: Int] = [:]
    package internal(set) var eventsHandled = 0
    /// Real seconds spent in the coordinator's `handle`.
    package internal(set) var coordinatorSeconds = 0.0

    /// Called with every event of every coordinator; nil for none.
    package var recorder: SimulationRecorder?

    static let sweep = SweepID(1)

    var scheduledActions = Heap<ScheduledAction>()
    var sequence = 0
    var generator: SeededGenerator
    var unitsByDigest: [UnitKey: SimulatedUnit] = [:]
    var head = CoordinatorProcess()
    var processes: [WorkerProcess]
    /// The worker of every connection so far.
    var addresses: UInt64 = 0
    var workerAt: [Address: Int] = [:]
    var ledgerRefusesUntil = Instant(nanoseconds: 0)
    var isCancelled = false

    package init(_ plan: SimulationPlan) {
        self.plan = plan
        generator = SeededGenerator(seed: plan.seed)
        processes = plan.workers.map { WorkerProcess($0) }
        ledger.refusals = plan.refusedResults
        for unit in plan.units { unitsByDigest[unit.digest] = unit }
        schedule(.startCoordinator, at: now)
        for (place, worker) in plan.workers.enumerated() {
            schedule(.startWorker(place), at: Instant(seconds: worker.startsAt))
        }
        if let time = plan.askAt { schedule(.ask, at: Instant(seconds: time)) }
        for (time, fault) in plan.faults { schedule(.fault(fault), at: Instant(seconds: time)) }
    }

    /// Runs until the sweep is finished and all restarts have happened, or until the plan's limit.
    package func run() {
        let limit = Instant(seconds: plan.limit)
        while let next = scheduledActions.popMin() {
            guard next.at <= limit else { break }
            now = max(now, next.at)
            perform(next.action)
            if isOver { break }
        }
        checkEnd()
    }

    /// The sweep is finished for good: no unit, process or message can change it.
    var isOver: Bool {
        guard let finishedAt, head.machine != nil else { return isCancelled && now.seconds > 60 }
        return pendingFaults == 0 && now.seconds(since: finishedAt) >= 0
    }

    private var pendingFaults: Int { plan.faults.count - faultsInjected }
    var faultsInjected = 0

    func schedule(_ action: Action, at time: Instant) {
        sequence += 1
        scheduledActions.insert(ScheduledAction(at: max(time, now), sequence: sequence, action: action))
    }

    func schedule(_ action: Action, in seconds: Double) { schedule(action, at: now + seconds) }

    private func checkEnd() {
        for unit in ledger.doubleRows { violations.append("Unit \(unit) has two rows.") }
        guard !isCancelled else { return }
        for unit in plan.units {
            let isDone = ledger.results[unit.digest] != nil
            switch unit.behaviour {
            case .sound:
                if !isDone { violations.append("Unit \(unit.digest) has no row.") }
                if let reason = ledger.quarantined[unit.digest] {
                    violations.append("Innocent unit \(unit.digest) is in quarantine: \(reason)")
                }
            case .poison, .failing:
                if ledger.quarantined[unit.digest] == nil {
                    violations.append("Unit \(unit.digest) is \(unit.behaviour) and not in quarantine.")
                }
            }
        }
        if finishedAt == nil { violations.append("The sweep did not finish by \(now.seconds) s.") }
    }
}

/// An action at an instant; of equal instants the one that was scheduled first comes first.
struct ScheduledAction: Comparable {
    var at: Instant
    var sequence: Int
    var action: Action

    static func < (first: ScheduledAction, second: ScheduledAction) -> Bool {
        (first.at, first.sequence) < (second.at, second.sequence)
    }

    static func == (first: ScheduledAction, second: ScheduledAction) -> Bool { first.sequence == second.sequence }
}

/// An action of the simulation. Epochs number the processes of a worker, so that no action reaches a later process.
enum Action {
    case startCoordinator
    case startWorker(Int)
    case toCoordinator(epoch: Int, Coordinator.Event)
    case toWorker(Int, epoch: Int, Worker.Event)
    /// A message arrives over the connection that it was sent on, if that still exists.
    case arrives(Int, epoch: Int, Address, Worker.Event)
    case connect(Int, epoch: Int)
    case record(epoch: Int, LeaseHolder, Lease)
    case coordinatorTimer(epoch: Int)
    case workerTimer(Int, epoch: Int)
    case commit(epoch: Int, CommitID, [LedgerRow])
    case passEnds(Int, epoch: Int, generation: Int)
    case lookAtInputs(Int, epoch: Int)
    case thaw(Int, epoch: Int)
    case heal(Int)
    case ask
    case fault(Fault)
}
