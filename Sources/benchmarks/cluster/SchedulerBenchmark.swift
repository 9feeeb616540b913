import ArgumentParser
import Scheduling
import TestKit

/// Measures the coordinator's decisions: both state machines with thousands of workers in virtual time.
struct SchedulerBenchmark: ParsableCommand {
    static let configuration = CommandConfiguration(
        commandName: "scheduler",
        abstract: "Measure the scheduler's processor time a unit, with simulated workers of which some fail.",
        discussion: """
            Workers give a sign of life each second of virtual time; one per cent of them are killed, frozen or cut \
            off within each minute. Every unit must be finished once. No sockets, ledger or training take part.
            """)

    @Option(help: "Simulated workers.")
    var workers = 10_000

    @Option(help: "Units for each worker, of two seconds each.")
    var unitsPerWorker = 20

    @Option(help: "Counted repetitions; the median is printed.")
    var runs = 3

    func run() throws {
        var microseconds: [Double] = []
        for seed in 1...UInt64(runs) {
            let cluster = SimulatedCluster(plan(seed: seed))
            cluster.run()
            let units = workers * unitsPerWorker
            let isWhole = cluster.violations.isEmpty && cluster.finishedCounts == SweepCounts(done: units)
            guard isWhole else { throw ValidationError("seed \(seed): \(cluster.violations.prefix(5))") }
            microseconds.append(cluster.coordinatorSeconds / Double(units) * 1e6)
            print(
                "  seed \(seed): \(cluster.now.seconds.rounded(to: 1)) s of virtual time, "
                    + "\(cluster.eventsHandled) events, "
                    + "\(microseconds[microseconds.count - 1].rounded(to: 1)) µs a unit, every unit finished once")
        }
        let median = microseconds.sorted()[runs / 2]
        print(
            "\(workers) workers, \(workers * unitsPerWorker) units: \(median.rounded(to: 1)) µs of the scheduler "
                + "a unit (100 µs)")
    }

    private func plan(seed: UInt64) -> SimulationPlan {
        var plan = SimulationPlan(
            units: SimulatedUnit.many(workers * unitsPerWorker, passes: 48, cost: 2),
            workers: SimulatedWorker.many(workers), seed: seed)
        plan.invariantsEvery = .max
        var generator = SeededGenerator(seed: seed)
        let seconds = Double(2 * unitsPerWorker)
        for _ in 0..<Int(Double(workers) / 100 * seconds / 60) {
            let worker = Int.random(in: 0..<workers, using: &generator)
            let fault: Fault =
                switch Int.random(in: 0..<3, using: &generator) {
                case 0: .killWorker(worker, restartAfter: 1)
                case 1: .freezeWorker(worker, seconds: 6)
                default: .partition(worker, seconds: 6)
                }
            plan.faults.append((Double.random(in: 1...seconds, using: &generator), fault))
        }
        return plan
    }
}
