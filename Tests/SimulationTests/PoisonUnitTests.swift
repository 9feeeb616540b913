import Identities
import Scheduling
import TestKit
import Testing

@Suite("Poison units and broken workers")
struct PoisonUnitTests {
    @Test(
        "A unit that kills its workers is quarantined after three deaths, and no other unit is charged",
        arguments: 1...20 as ClosedRange<UInt64>)
    func poison(seed: UInt64) {
        var units = SimulatedUnit.many(150, passes: 2, cost: 0.05)
        units[37].behaviour = .poison
        let cluster = SimulatedCluster(SimulationPlan(units: units, workers: SimulatedWorker.many(5), seed: seed))
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.finishedCounts == SweepCounts(done: 149, quarantined: 1))
        #expect(cluster.ledger.failures.allSatisfy { $0.unit == units[37].digest && $0.cause == .death })
        #expect(Set(cluster.ledger.failures.map(\.worker)).count == 3)
    }

    @Test(
        "Several poison units are found on few workers, among other faults",
        arguments: 1...20 as ClosedRange<UInt64>)
    func severalPoisons(seed: UInt64) {
        var units = SimulatedUnit.many(150, passes: 2, cost: 0.05)
        for place in [3, 4, 90] { units[place].behaviour = .poison }
        units[120].behaviour = .failing
        var plan = SimulationPlan(units: units, workers: SimulatedWorker.many(2), seed: seed)
        plan.addRandomFaults(rate: 0.3, over: 30)
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
    }

    @Test("With a single worker a unit is quarantined after it killed the worker three times")
    func loneWorker() {
        var units = SimulatedUnit.many(20, passes: 1, cost: 0.05)
        units[7].behaviour = .poison
        let cluster = SimulatedCluster(SimulationPlan(units: units, workers: SimulatedWorker.many(1)))
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.ledger.failures.count == 3)
    }

    @Test("A unit that fails wherever it is trained is quarantined after three attempts")
    func failing() {
        var units = SimulatedUnit.many(40, cost: 0.1)
        units[11].behaviour = .failing
        let cluster = SimulatedCluster(SimulationPlan(units: units, workers: SimulatedWorker.many(4)))
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.ledger.failures.map(\.cause) == [.error, .error, .error])
        #expect(Set(cluster.ledger.failures.map(\.worker)).count == 3)
    }

    @Test(
        "A broken machine among twenty is suspended, and failures there do not count",
        arguments: 1...10 as ClosedRange<UInt64>)
    func brokenMachine(seed: UInt64) {
        var workers = SimulatedWorker.many(20)
        workers[4].isBroken = true
        var plan = SimulationPlan(units: SimulatedUnit.many(2000, cost: 0.5), workers: workers, seed: seed)
        plan.invariantsEvery = 50
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.ledger.failures == [])
        let suspended = cluster.notes.compactMap {
            if case .hostSuspended(let name, _) = $0.note { name } else { nil }
        }
        #expect(suspended == ["worker-4"])
    }

    @Test(
        "Four broken workers on one machine beside a good one spoil nothing: the machine is suspended, and all is done",
        arguments: 1...10 as ClosedRange<UInt64>)
    func brokenHost(seed: UInt64) {
        var workers = (0..<4).map { SimulatedWorker("bad-\($0)", isBroken: true, machine: "m1") }
        workers.append(SimulatedWorker("good", machine: "m2"))
        var plan = SimulationPlan(units: SimulatedUnit.many(600, cost: 0.1), workers: workers, seed: seed)
        plan.invariantsEvery = 50
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.ledger.quarantined.isEmpty)
        #expect(cluster.ledger.failures == [])
    }

    @Test(
        "What workers cannot read costs nothing: not with a good one beside them, not alone until their mount comes back",
        arguments: 1...10 as ClosedRange<UInt64>)
    func blindWorkers(seed: UInt64) {
        let units = (0..<600).map {
            SimulatedUnit($0, pass: "layer \($0 / 200)", cost: 0.1, inputs: "layer \($0 / 200)")
        }
        for hasGoodOne in [true, false] {
            var workers = (0..<4).map {
                SimulatedWorker("blind-\($0)", mountsAt: hasGoodOne ? .infinity : 20, machine: "m1")
            }
            if hasGoodOne { workers.append(SimulatedWorker("good", startsAt: 10, machine: "m2")) }
            var plan = SimulationPlan(units: units, workers: workers, seed: seed)
            plan.network = .hostile
            plan.invariantsEvery = 50
            plan.addRandomFaults(rate: 0.3, over: 60)
            let cluster = SimulatedCluster(plan)
            cluster.run()
            #expect(cluster.violations == [])
            #expect(cluster.ledger.results.count == 600)
            #expect(cluster.ledger.quarantined.isEmpty)
        }
    }
}
