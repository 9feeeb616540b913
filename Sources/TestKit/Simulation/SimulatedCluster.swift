import HeapModule
package import Identities
package import Scheduling

/// A coordinator, its ledger and many workers in one process and in virtual time: no sockets, no threads, no clock.
///
/// Both state machines are the real ones; the simulation is their shell and their world. It performs directives,
/// carries messages over a network that may lose, duplicate and reorder them, and injects faults. Equal plans run
/// deterministically.
package final class SimulatedCluster {
    package let plan: SimulationPlan
    package internal(set) var now = Instant(nanoseconds: 0)
    package internal(set) var ledger = LedgerModel()
    /// Violations: what must never happen, and did.
    package internal(set) var violations: [String] = []
    package internal(set) var notes: [(at: Instant, note: LogEntry)] = []
    /// When the coordinator last said that the sweep is finished.
    package internal(set) var finishedAt: Instant?
    package internal(set) var finishedCounts: SweepCounts?
    /// What the coordinator said is to go when it was asked.
    package internal(set) var secondsToGo: Double?
    /// Passes that trained each unit, to their end or not.
    package internal(set) var trainings: [UnitKey: Int] = [:]
    package internal(set) var eventsHandled = 0
    /// Real seconds spent in the coordinator's `handle`.
    package internal(set) var coordinatorSeconds = 0.0

    /// Called with every event of every coordinator; nil for none.
    package var recorder: SimulationRecorder?

    static let sweep = SweepID(1)

    var agenda = Heap<Appointment>()
    var sequence = 0
    var generator: SeededGenerator
    var unitsByDigest: [UnitKey: SimulatedUnit] = [:]
    var head = CoordinatorProcess()
    var hands: [WorkerProcess]
    /// Connections so far, and whose each of them is or was.
    var addresses: UInt64 = 0
    var workerAt: [Address: Int] = [:]
    var ledgerRefusesUntil = Instant(nanoseconds: 0)
    var isCancelled = false

    package init(_ plan: SimulationPlan) {
        self.plan = plan
        generator = SeededGenerator(seed: plan.seed)
        hands = plan.workers.map { WorkerProcess($0) }
        ledger.refusals = plan.refusedResults
        for unit in plan.units { unitsByDigest[unit.digest] = unit }
        appoint(.startCoordinator, at: now)
        for (place, worker) in plan.workers.enumerated() {
            appoint(.startWorker(place), at: Instant(seconds: worker.startsAt))
        }
        if let time = plan.askAt { appoint(.ask, at: Instant(seconds: time)) }
        for (time, fault) in plan.faults { appoint(.fault(fault), at: Instant(seconds: time)) }
    }

    /// Runs until the sweep is finished and every process that is to come back has, or the plan's limit.
    package func run() {
        let limit = Instant(seconds: plan.limit)
        while let next = agenda.popMin() {
            guard next.at <= limit else { break }
            now = max(now, next.at)
            perform(next.action)
            if isOver { break }
        }
        checkEnd()
    }

    /// The sweep is finished and stays so: no unit, process or message can change it.
    var isOver: Bool {
        guard let finishedAt, head.machine != nil else { return isCancelled && now.seconds > 60 }
        return pendingFaults == 0 && now.seconds(since: finishedAt) >= 0
    }

    private var pendingFaults: Int { plan.faults.count - faultsInjected }
    var faultsInjected = 0

    func appoint(_ action: Action, at time: Instant) {
        sequence += 1
        agenda.insert(Appointment(at: max(time, now), sequence: sequence, action: action))
    }

    func appoint(_ action: Action, in seconds: Double) { appoint(action, at: now + seconds) }

    private func checkEnd() {
        for unit in ledger.doubleRows { violations.append("Unit \(unit) has two rows.") }
        guard !isCancelled else { return }
        for unit in plan.units {
            let isDone = ledger.results[unit.digest] != nil
            switch unit.nature {
            case .sound:
                if !isDone { violations.append("Unit \(unit.digest) has no row.") }
                if let reason = ledger.quarantined[unit.digest] {
                    violations.append("Innocent unit \(unit.digest) is in quarantine: \(reason)")
                }
            case .poison, .failing:
                if ledger.quarantined[unit.digest] == nil {
                    violations.append("Unit \(unit.digest) is \(unit.nature) and not in quarantine.")
                }
            }
        }
        if finishedAt == nil { violations.append("The sweep did not finish by \(now.seconds) s.") }
    }
}

/// An event at an instant; ties go to the one that was scheduled first.
struct Appointment: Comparable {
    var at: Instant
    var sequence: Int
    var action: Action

    static func < (first: Appointment, second: Appointment) -> Bool {
        (first.at, first.sequence) < (second.at, second.sequence)
    }

    static func == (first: Appointment, second: Appointment) -> Bool { first.sequence == second.sequence }
}

/// What can happen. Epochs number the processes of one place, so that nothing reaches a process that is gone.
enum Action {
    case startCoordinator
    case startWorker(Int)
    case toCoordinator(epoch: Int, Coordinator.Event)
    case toWorker(Int, epoch: Int, Worker.Event)
    /// A message comes in over the connection that it was sent on, if that is still there.
    case arrives(Int, epoch: Int, Address, Worker.Event)
    case connect(Int, epoch: Int)
    case record(epoch: Int, LeaseHolder, Lease)
    case coordinatorTimer(epoch: Int)
    case workerTimer(Int, epoch: Int)
    case commit(epoch: Int, CommitID, [LedgerRow])
    case passEnds(Int, epoch: Int, generation: Int)
    case thaw(Int, epoch: Int)
    case heal(Int)
    case ask
    case fault(Fault)
}
