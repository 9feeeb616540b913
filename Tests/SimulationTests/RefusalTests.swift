import Identities
import Scheduling
import TestKit
import Testing

@Suite("A ledger that rejects results permanently")
struct RefusalTests {
    @Test("causes another training of their units, and no pause", arguments: 1...10 as ClosedRange<UInt64>)
    func trainedAgain(seed: UInt64) {
        var plan = SimulationPlan(
            units: SimulatedUnit.many(200, cost: 0.1), workers: SimulatedWorker.many(4), seed: seed)
        for unit in plan.units where unit.digest.words.0 % 20 == 0 { plan.refusedResults[unit.digest] = 1 }
        let quiet = SimulatedCluster(plan)
        quiet.run()
        #expect(quiet.violations == [])
        #expect(quiet.finishedCounts == SweepCounts(done: 200))
        plan.addRandomFaults(rate: 0.5, over: 5)
        let faulty = SimulatedCluster(plan)
        faulty.run()
        #expect(faulty.violations == [])
    }

    @Test("leads to quarantine of a unit whose results are always rejected, and the others finish")
    func never() {
        var plan = SimulationPlan(units: SimulatedUnit.many(100, cost: 0.1), workers: SimulatedWorker.many(4))
        plan.refusedResults[plan.units[50].digest] = .max
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.finishedCounts == SweepCounts(done: 99, quarantined: 1))
        #expect(!cluster.notes.contains { if case .paused = $0.note { true } else { false } })
    }
}
