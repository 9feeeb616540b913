import Scheduling
import TestKit
import Testing

@Suite("No unit is lost or counted twice")
struct FaultTests {
    @Test("Without faults every unit is trained once, and the sweep ends in the ideal time")
    func undisturbed() {
        let units = SimulatedUnit.many(400, cost: 0.1)
        let cluster = SimulatedCluster(SimulationPlan(units: units, workers: SimulatedWorker.many(4)))
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.finishedCounts == SweepCounts(done: 400))
        #expect(cluster.trainings.values.allSatisfy { $0 == 1 })
        #expect(cluster.now.seconds < 10.5)
    }

    @Test(
        "With kills, freezes, stalls and partitions, every unit gets one row",
        arguments: 1...60 as ClosedRange<UInt64>)
    func everyFault(seed: UInt64) {
        var plan = SimulationPlan(
            units: SimulatedUnit.many(300, cost: 0.2), workers: SimulatedWorker.many(5), seed: seed)
        plan.addRandomFaults(rate: 1, over: 30)
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
    }

    @Test(
        "The same on a network that loses, duplicates and reorders messages", arguments: 1...60 as ClosedRange<UInt64>)
    func hostileNetwork(seed: UInt64) {
        var plan = SimulationPlan(
            units: SimulatedUnit.many(300, cost: 0.2), workers: SimulatedWorker.many(5), seed: seed)
        plan.network = .hostile
        plan.addRandomFaults(rate: 1, over: 30)
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
    }

    /// 200 kills in every run, 1,000 where PROBESWEEP_LONG_TESTS is set.
    @Test("Hundreds of random kills of workers and coordinator lose no row")
    func kills() {
        let kills = isLongRun ? 1000 : 200
        let seed: UInt64 = 1
        var plan = SimulationPlan(
            units: SimulatedUnit.many(20_000, passes: 12, cost: 0.05), workers: SimulatedWorker.many(4), seed: seed)
        plan.invariantsEvery = 200
        var generator = SeededGenerator(seed: seed)
        var time = 1.0
        for _ in 0..<kills {
            let worker = Int.random(in: 0..<4, using: &generator)
            let restart = Double.random(in: 0.1...1, using: &generator)
            let isHead = generator.chance(0.3)
            plan.faults.append(
                (time, isHead ? .killCoordinator(restartAfter: restart) : .killWorker(worker, restartAfter: restart)))
            time += Double.random(in: 0.1...0.9, using: &generator)
        }
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.finishedCounts == SweepCounts(done: 20_000))
    }

    @Test("Results that were finished during a coordinator outage of a minute are reported, not trained again")
    func outage() {
        var plan = SimulationPlan(units: SimulatedUnit.many(200, cost: 1), workers: SimulatedWorker.many(4))
        plan.faults = [(10, .killCoordinator(restartAfter: 60))]
        let cluster = SimulatedCluster(plan.withoutCopies())
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.trainings.values.allSatisfy { $0 == 1 })
    }

    @Test(
        "A frozen worker that returns after its units were leased again adds no second row",
        arguments: 1...10 as ClosedRange<UInt64>)
    func zombie(seed: UInt64) {
        var plan = SimulationPlan(
            units: SimulatedUnit.many(60, passes: 1, cost: 0.5), workers: SimulatedWorker.many(3), seed: seed)
        plan.faults = [(2.2, .freezeWorker(0, seconds: 9)), (3.1, .freezeWorker(1, seconds: 6))]
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.ledger.failures == [])
    }
}
