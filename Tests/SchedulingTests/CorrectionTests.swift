import Identities
import Scheduling
import Testing

@Suite("Correction of predictions by finished units")
struct CorrectionTests {
    @Test("Nothing is corrected before a unit has finished")
    func atFirst() {
        #expect(CostCorrection().factor == 1)
        #expect(CostCorrection(units: 3, predicted: 0, measured: 5).factor == 1)
    }

    @Test("The factor converges to the ratio of measured to predicted time", arguments: [0.15, 0.5, 1, 1.7, 6])
    func converges(ratio: Double) {
        var correction = CostCorrection()
        for number in 1...200 {
            let seconds = 0.5 + Double(number % 7)
            correction.learn(predicted: seconds, measured: ratio * seconds)
        }
        #expect(abs(correction.factor / ratio - 1) < 0.02)
    }

    @Test("The first unit corrects by the square root of its ratio")
    func first() {
        var correction = CostCorrection()
        correction.learn(predicted: 1, measured: 4)
        #expect(abs(correction.factor - 2) < 1e-12)
    }

    @Test("A unit whose process was stopped for an hour has little effect")
    func outlier() {
        var correction = CostCorrection()
        for _ in 1...200 { correction.learn(predicted: 1, measured: 1) }
        correction.learn(predicted: 1, measured: 3600)
        #expect(correction.factor < 1.06)
    }

    @Test("Invalid times are ignored", arguments: [0, -1, .nan, .infinity])
    func nonsense(seconds: Double) {
        var correction = CostCorrection()
        correction.learn(predicted: 1, measured: seconds)
        correction.learn(predicted: seconds, measured: 1)
        #expect(correction == CostCorrection())
    }

    @Test("Old measurements decay, so that the factor follows changes of machines")
    func fades() {
        var correction = CostCorrection()
        for _ in 1...10_000 { correction.learn(predicted: 1, measured: 1) }
        for _ in 1...2_000 { correction.learn(predicted: 1, measured: 2) }
        #expect(correction.factor > 1.7)
    }

    /// Units 0 ..< 10 of one kind, 10 ..< 20 of another, each predicted to take a second.
    private var twoKinds: SweepSubmission {
        SweepSubmission(
            sweep: sweep,
            passes: [
                WorkPass(
                    PassID("layer 0"), (0..<20).map { WorkItem(unit($0), cost: 1, kind: $0 < 10 ? 0 : 1) })
            ], kinds: [CostKind("long"), CostKind("right")])
    }

    private func report(_ number: Int, _ counter: UInt32, seconds: Double) -> UnitReport {
        UnitReport(unit: unit(number), attempt: attempt(counter), outcome: .finished([1]), seconds: seconds)
    }

    @Test("Leases of units that take sixteen times as long as predicted get shorter, and those of other kinds do not")
    func leases() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(twoKinds))
        scene.tell(.hello(address("a"), hello("a")))
        let reports = (0..<4).map { report($0, 1, seconds: 16) }
        scene.wait(64)
        // 16^(4/5) is 9.2 times as long; four seconds are not enough for one, which is leased nevertheless.
        let next = scene.tell(.reported(address("a"), reports))
        #expect(next.last == .lease(address("a"), lease(2, [4])))
        #expect(scene.coordinator.learnedCosts.corrections[CostKind("long")]?.units == 4)
        #expect(scene.coordinator.learnedCosts.corrections[CostKind("right")] == nil)
    }

    @Test("The time to go follows the measured times of each kind")
    func timeToGo() throws {
        var scene = Scene()
        scene.tell(.sweepSubmitted(twoKinds))
        scene.tell(.hello(address("a"), hello("a")))
        #expect(try #require(scene.coordinator.status(at: scene.now).secondsToGo) == 20)
        scene.wait(8)
        scene.tell(.reported(address("a"), (0..<4).map { report($0, 1, seconds: 2) }))
        let factor = CostCorrection(units: 4, predicted: 4, measured: 8).factor
        let speed = 4 * factor / 8
        let expected = (6 * factor + 10) / speed
        #expect(abs(try #require(scene.coordinator.status(at: scene.now).secondsToGo) - expected) < 1e-9)
    }

    @Test("Kinds are corrected relative to the declared speed of workers")
    func declaredSpeed() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(twoKinds))
        var fast = hello("a")
        fast.speed = 2
        scene.tell(.hello(address("a"), fast))
        scene.tell(.reported(address("a"), [report(0, 1, seconds: 0.5)]), after: 0.5)
        #expect(scene.coordinator.learnedCosts.corrections[CostKind("long")]?.factor == 1)
    }

    @Test("A duplicate result is counted once")
    func twice() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(twoKinds))
        scene.tell(.hello(address("a"), hello("a")))
        for _ in 1...2 { scene.tell(.reported(address("a"), [report(0, 1, seconds: 2)]), after: 1) }
        #expect(scene.coordinator.learnedCosts.corrections[CostKind("long")]?.units == 1)
    }

    @Test("Seconds are counted once a unit, by kind, and only of results that are taken")
    func unitSeconds() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(twoKinds))
        scene.tell(.hello(address("a"), hello("a")))
        #expect(scene.coordinator.unitSeconds.isEmpty)
        // Nobody has introduced itself there, nobody was leased the last unit, and a failed one has no result.
        scene.tell(.reported(address("b"), [report(0, 1, seconds: 2)]))
        scene.tell(.hello(address("b"), hello("b")))
        scene.tell(.reported(address("b"), [report(0, 1, seconds: 2)]))
        scene.tell(.reported(address("a"), [report(15, 1, seconds: 2)]))
        scene.tell(
            .reported(
                address("a"),
                [UnitReport(unit: unit(1), attempt: attempt(1), outcome: .failed("it broke"), seconds: 2)]))
        #expect(scene.coordinator.unitSeconds.isEmpty)
        for _ in 1...2 { scene.tell(.reported(address("a"), [report(0, 1, seconds: 2)]), after: 1) }
        let found = scene.coordinator.unitSeconds
        #expect(found.map(\.kind) == [CostKind("long")] && found.map(\.sum) == [2])
        #expect(found.map { $0.counts.reduce(0, +) } == [1])
    }

    @Test("A restarted coordinator starts with the learned corrections and speeds")
    func restart() {
        var first = Scene()
        first.tell(.sweepSubmitted(twoKinds))
        first.tell(.hello(address("a"), hello("a")))
        first.wait(16)
        first.tell(.reported(address("a"), (0..<4).map { report($0, 1, seconds: 4) }))
        let learnedCosts = first.coordinator.learnedCosts
        #expect(learnedCosts.paces["a"]?.declared == 1)

        var second = Scene(incarnation: 2, learnedCosts: learnedCosts)
        second.tell(.sweepSubmitted(twoKinds))
        second.tell(.hello(address("a", 2), hello("a", 2)))
        #expect(second.coordinator.learnedCosts == learnedCosts)
        let worker = second.coordinator.status(at: second.now).workers[0]
        #expect(worker.speed == learnedCosts.paces["a"]?.measured)
    }

    @Test("A restarted worker keeps its measured speed")
    func workerRestart() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(twoKinds))
        scene.tell(.hello(address("a"), hello("a")))
        scene.wait(8)
        scene.tell(.reported(address("a"), (0..<4).map { finished($0, attempt(1)) }))
        #expect(scene.coordinator.status(at: scene.now).workers[0].speed == 0.5)
        scene.tell(.goodbye(address("a")))
        scene.tell(.hello(address("a", 2), hello("a", 2)))
        #expect(scene.coordinator.status(at: scene.now).workers[0].speed == 0.5)
    }

    @Test("A worker whose reports arrive all at once is not rated thousands of times as fast")
    func burst() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(twoKinds))
        scene.tell(.hello(address("a"), hello("a")))
        scene.tell(.reported(address("a"), (0..<4).map { finished($0, attempt(1)) }))
        #expect(scene.coordinator.status(at: scene.now).workers[0].speed == 4)
    }

    @Test("An adopted lease does not change its worker's speed")
    func adopted() {
        var scene = Scene(incarnation: 2, knownWorkers: ["a"])
        var submission = twoKinds
        submission.formerLeases = [former("a", attempt(1), 0..<4)]
        scene.tell(.sweepSubmitted(submission))
        let held = HeldLease(attempt: attempt(1), units: units(0..<4), isTraining: true)
        scene.tell(.hello(address("a"), hello("a", held: [held])))
        scene.tell(.reported(address("a"), (0..<4).map { finished($0, attempt(1)) }))
        #expect(scene.coordinator.status(at: scene.now).workers[0].speed == 1)
    }
}
