import Scheduling
import TestKit
import Testing

@Suite("Scale")
struct ScaleTests {
    /// 10,000 workers and 200,000 units where PROBESWEEP_LONG_TESTS is set, a twentieth of both otherwise.
    @Test(
        "Thousands of workers at one heartbeat a second, one per cent failing every minute, finish everything once"
    )
    func manyWorkers() {
        let workers = isLongRun ? 10_000 : 500
        var plan = SimulationPlan(
            units: SimulatedUnit.many(20 * workers, passes: 48, cost: 2), workers: SimulatedWorker.many(workers),
            seed: 3)
        plan.invariantsEvery = .max
        var generator = SeededGenerator(seed: 3)
        for _ in 0..<workers / 100 {
            let worker = Int.random(in: 0..<workers, using: &generator)
            let time = Double.random(in: 1...40, using: &generator)
            let fault: Fault =
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: .killWorker(worker, restartAfter: 1)
                case 1: .freezeWorker(worker, seconds: 6)
                default: .partition(worker, seconds: 6)
                }
            plan.faults.append((time, fault))
        }
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.finishedCounts == SweepCounts(done: 20 * workers))
        if isLongRun {
            let microseconds = cluster.coordinatorSeconds / Double(20 * workers) * 1e6
            print(
                "\(workers) workers, \(20 * workers) units, \(cluster.now.seconds) s, \(cluster.eventsHandled) events:",
                "\(microseconds) µs of the scheduler a unit")
        }
    }
}
