import Scheduling
import TestKit
import Testing

@Suite("Short tails")
struct TailTests {
    @Test(
        "One worker that is ten times slower costs at most 1.3 times the ideal time",
        arguments: 1...10 as ClosedRange<UInt64>)
    func slowWorker(seed: UInt64) {
        var workers = SimulatedWorker.many(8)
        workers[3].speed = 0.1
        var plan = SimulationPlan(units: SimulatedUnit.many(800, cost: 0.5), workers: workers, seed: seed)
        plan.invariantsEvery = 10
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
        let ideal = 800 * 0.5 / 7.1
        #expect(cluster.now.seconds <= 1.3 * ideal)
    }

    @Test("Units with predictions ten times too short do not delay the end", arguments: 1...5 as ClosedRange<UInt64>)
    func mispredicted(seed: UInt64) {
        let units = (0..<400).map {
            SimulatedUnit($0, pass: "layer \($0 / 100)", cost: $0 / 100 == 3 ? 1 : 0.1, predictedCost: 0.1)
        }
        let cluster = SimulatedCluster(SimulationPlan(units: units, workers: SimulatedWorker.many(8), seed: seed))
        cluster.run()
        #expect(cluster.violations == [])
        let ideal: Double = (300 * 0.1 + 100) / 8
        #expect(cluster.now.seconds <= 1.3 * ideal)
    }

    @Test("Ten thousand units of one second keep sixteen workers busy for 97 % of the time")
    func utilisation() {
        var plan = SimulationPlan(
            units: SimulatedUnit.many(10_000, passes: 12, cost: 1), workers: SimulatedWorker.many(16))
        plan.invariantsEvery = 500
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
        #expect(cluster.now.seconds <= 625 / 0.97)
    }

    @Test("A worker with a limited lifetime exits before its end without losing a unit")
    func lifetimes() {
        var workers = SimulatedWorker.many(4)
        for place in 0..<3 { workers[place].lifetime = 20 + Double(place) }
        let cluster = SimulatedCluster(SimulationPlan(units: SimulatedUnit.many(120, cost: 1), workers: workers))
        cluster.run()
        #expect(cluster.violations == [])
        let isLost = cluster.notes.contains { if case .workerLost = $0.note { true } else { false } }
        #expect(!isLost)
        #expect(cluster.trainings.values.reduce(0, +) <= 126)
    }

    @Test(
        "Half way through a sweep of mispredicted kinds, the time to go is accurate to a tenth",
        arguments: 1...5 as ClosedRange<UInt64>)
    func timeToGo(seed: UInt64) throws {
        let kinds = [("linear", 1.5), ("efficient", 4.0), ("logistic", 0.2)]
        let units = (0..<900).map { number in
            let (kind, seconds) = kinds[number % 3]
            return SimulatedUnit(number, pass: "layer \(number / 150)", cost: seconds, predictedCost: 1, kind: kind)
        }
        var plan = SimulationPlan(units: units, workers: SimulatedWorker.many(4), seed: seed)
        plan.askAt = 214
        let cluster = SimulatedCluster(plan)
        cluster.run()
        #expect(cluster.violations == [])
        let (told, left) = (try #require(cluster.secondsToGo), cluster.now.seconds - 214)
        #expect(abs(told / left - 1) < 0.1)
    }
}
