import Scheduling
import TestKit
import Testing

@Suite("Recovery times")
struct RecoveryTests {
    /// Seconds from a fault until units of the lost worker were leased again.
    private func secondsUntilLost(_ cluster: SimulatedCluster, after fault: Double) -> Double? {
        cluster.notes.first {
            if case .workerLost = $0.note { $0.at.seconds >= fault } else { false }
        }.map { $0.at.seconds - fault }
    }

    @Test("The units of a killed worker are pending within a second")
    func killed() throws {
        var plan = SimulationPlan(units: SimulatedUnit.many(200, cost: 0.5), workers: SimulatedWorker.many(4))
        plan.faults = [(5.3, .killWorker(1, restartAfter: 10))]
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
        #expect(try #require(secondsUntilLost(cluster, after: 5.3)) < 1)
    }

    @Test(
        "The units of a frozen or disconnected worker are pending within four seconds",
        arguments: [Fault.freezeWorker(1, seconds: 20), .partition(1, seconds: 20)])
    func silent(fault: Fault) throws {
        var plan = SimulationPlan(units: SimulatedUnit.many(200, cost: 0.5), workers: SimulatedWorker.many(4))
        plan.faults = [(5.3, fault)]
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
        #expect(try #require(secondsUntilLost(cluster, after: 5.3)) < 4)
    }

    @Test(
        "A coordinator that was killed adopts the leases of its workers and trains nothing twice",
        arguments: 1...10 as ClosedRange<UInt64>)
    func adoption(seed: UInt64) {
        var plan = SimulationPlan(
            units: SimulatedUnit.many(100, cost: 1), workers: SimulatedWorker.many(4), seed: seed)
        plan.faults = [(5.3, .killCoordinator(restartAfter: 1)), (11.1, .killCoordinator(restartAfter: 2))]
        let cluster = SimulatedCluster(plan.withoutCopies())
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.trainings.values.allSatisfy { $0 == 1 })
        let isAdopted = cluster.notes.contains { if case .leaseAdopted = $0.note { true } else { false } }
        #expect(isAdopted)
    }

    @Test(
        "A ledger that rejects rows pauses dispatch with the reason, and nothing is lost",
        arguments: 1...5 as ClosedRange<UInt64>)
    func fullDisk(seed: UInt64) {
        var plan = SimulationPlan(
            units: SimulatedUnit.many(300, cost: 0.2), workers: SimulatedWorker.many(4), seed: seed)
        plan.faults = [(3, .stallLedger(seconds: 10))]
        let cluster = SimulatedCluster(plan.withoutCopies())
        cluster.run()
        #expect(cluster.violations == [])
        let story = cluster.notes.map(\.note).filter {
            $0 == .paused(reason: "database or disk is full") || $0 == .resumed
        }
        #expect(story == [.paused(reason: "database or disk is full"), .resumed])
        #expect(cluster.trainings.values.allSatisfy { $0 == 1 })
    }

    @Test("Draining every worker in turn trains nothing twice and charges no unit")
    func drain() {
        var plan = SimulationPlan(units: SimulatedUnit.many(300, cost: 0.2), workers: SimulatedWorker.many(4))
        plan.coordinator.maximumLeaseSeconds = 1.5
        for worker in 0..<4 { plan.faults.append((2 + Double(worker), .drainWorker(worker, restartAfter: 0))) }
        let cluster = SimulatedCluster(plan.withoutCopies())
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.ledger.failures == [])
        #expect(cluster.trainings.values.allSatisfy { $0 == 1 })
    }
}
