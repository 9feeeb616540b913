import Identities
import Scheduling
import Testing

@Suite("How many workers would be of use")
struct WorkersWantedTests {
    @Test(
        "As many as end the work within the target, one at least, and no more than there are units",
        arguments: [
            (7_200, 100, 4), (7_201, 100, 5), (7_200, 3, 3), (10, 100, 1), (0, 1, 1), (0, 0, 0), (7_200, 0, 0),
        ])
    func count(seconds: Double, units: Int, expected: Int) {
        #expect(
            WorkersWanted(workerSecondsToGo: seconds, unfinishedUnits: units).count(
                target: WorkersWanted.standardTarget) == expected)
    }

    @Test(
        "The bounds hold, the upper one before the lower, and nothing is wanted where nothing is left",
        arguments: [
            (2, 8, 4), (6, 8, 6), (0, 3, 3), (6, 3, 3), (0, 0, 0), (200, 300, 100),
        ])
    func bounds(atLeast: Int, atMost: Int, expected: Int) {
        let wanted = WorkersWanted(workerSecondsToGo: 7_200, unfinishedUnits: 100)
        #expect(wanted.count(target: 1_800, atLeast: atLeast, atMost: atMost) == expected)
        #expect(WorkersWanted.none.count(target: 1_800, atLeast: atLeast, atMost: atMost) == 0)
    }

    @Test(
        "Seconds and targets that are no numbers ask for what there is work for",
        arguments: [(Double.nan, 60), (.infinity, 60), (1, .nan), (1, 0), (1, -5), (0, 0)] as [(Double, Double)])
    func odd(seconds: Double, target: Double) {
        #expect(WorkersWanted(workerSecondsToGo: seconds, unfinishedUnits: 9).count(target: target) == 9)
    }

    @Test("Without workers the cost is that of the reference speed")
    func noWorkers() {
        var scene = Scene()
        #expect(scene.coordinator.workersWanted == .none)
        scene.submit(10, cost: 3)
        #expect(scene.coordinator.workersWanted == WorkersWanted(workerSecondsToGo: 30, unfinishedUnits: 10))
    }

    @Test("What is leased counts by its progress, and cost by the mean speed of the workers")
    func leased() {
        var scene = Scene()
        scene.submit(10)
        var fast = hello("a")
        fast.speed = 3
        scene.tell(.hello(address("a"), fast))
        scene.join("b")
        // Twelve units' worth of a lease is more than there are: the fast one has all ten.
        scene.tell(.heartbeat(address("a"), [.training(1, 10, progress: 0.5)]))
        #expect(scene.coordinator.workersWanted == WorkersWanted(workerSecondsToGo: 5 / 2, unfinishedUnits: 10))
    }

    @Test("A copy whose original is gone counts in full")
    func soleCopy() {
        var scene = Scene()
        scene.trainSlowly()
        scene.tell(.timerFired, after: 0.25)
        #expect(scene.coordinator.status(at: scene.now).workers.map(\.held) == [1, 1])
        scene.tell(.goodbye(address("a")))
        #expect(scene.coordinator.workersWanted == WorkersWanted(workerSecondsToGo: 4, unfinishedUnits: 1))
        scene.tell(.heartbeat(address("b"), [.training(2, 1, progress: 0.5)]))
        #expect(scene.coordinator.workersWanted == WorkersWanted(workerSecondsToGo: 2, unfinishedUnits: 1))
    }

    @Test("Finished and cancelled units are not left; units that are held twice count once")
    func ends() {
        var scene = Scene()
        scene.trainSlowly()
        scene.tell(.timerFired, after: 0.25)
        #expect(scene.coordinator.status(at: scene.now).workers.map(\.held) == [1, 1])
        #expect(scene.coordinator.workersWanted == WorkersWanted(workerSecondsToGo: 4, unfinishedUnits: 1))
        scene.tell(.reported(address("b"), [finished(0, attempt(2))]))
        scene.tell(.committed(commit(1)))
        #expect(scene.coordinator.workersWanted == .none)
        scene.submit(3, to: SweepID(2))
        scene.tell(.sweepCancelled(SweepID(2)))
        #expect(scene.coordinator.workersWanted == .none)
    }

    @Test("Units that workers looked for in vain keep one worker wanted, and a crowd of them no more")
    func unreadable() {
        var scene = Scene()
        let vit = UnitInputs(id: InputID("21f0"), content: "vit/12", folder: "/data/vit")
        scene.tell(
            .sweepSubmitted(
                SweepSubmission(
                    sweep: sweep,
                    passes: [WorkPass(PassID("layer 0"), (0..<9).map { WorkItem(unit($0), cost: 100, inputs: 1) })],
                    inputs: [vit])))
        #expect(scene.coordinator.workersWanted == WorkersWanted(workerSecondsToGo: 900, unfinishedUnits: 9))
        scene.join("blind")
        scene.tell(.inputsChecked(address("blind"), [InputState(id: vit.id, problem: "no such folder")], roots: []))
        #expect(scene.coordinator.workersWanted == WorkersWanted(workerSecondsToGo: 0, unfinishedUnits: 9))
        #expect(scene.coordinator.workersWanted.count(target: 60) == 1)
        scene.tell(.goodbye(address("blind")))
        #expect(scene.coordinator.workersWanted.workerSecondsToGo == 900)
    }
}
