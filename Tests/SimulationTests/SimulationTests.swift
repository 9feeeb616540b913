import Scheduling
import TestKit
import Testing

@Suite("The simulated cluster")
struct SimulationTests {
    @Test("Without faults every unit is trained once and gets one row")
    func undisturbed() {
        let cluster = SimulatedCluster(SimulationPlan(units: .init(SimulatedUnit.many(400, cost: 0.1)), workers: SimulatedWorker.many(4)))
        cluster.run()
        #expect(cluster.violations == [])
        print(cluster.now.seconds, cluster.eventsHandled, cluster.coordinatorSeconds, cluster.finishedCounts as Any, cluster.trainings.values.reduce(0,+))
    }
}
