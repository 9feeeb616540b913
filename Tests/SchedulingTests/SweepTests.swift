import Identities
import Scheduling
import Testing

@Suite("Sweeps")
struct SweepTests {
    private let other = SweepID(2)

    @Test("A sweep whose units are all in the ledger is finished at once")
    func allDone() {
        var scene = Scene()
        let submission = SweepSubmission(sweep: sweep, passes: [], alreadyDone: 1_000_000)
        #expect(scene.tell(.sweepSubmitted(submission)) == [.sweepFinished(sweep, SweepCounts(done: 1_000_000))])
    }

    @Test("A sweep that is submitted in parts is not finished before the last part")
    func parts() {
        var scene = Scene()
        var part = SweepSubmission(sweep: sweep, passes: [], alreadyDone: 2, isComplete: false)
        #expect(scene.tell(.sweepSubmitted(part)) == [])
        part.isComplete = true
        #expect(scene.tell(.sweepSubmitted(part)) == [.sweepFinished(sweep, SweepCounts(done: 4))])
    }

    @Test("Two sweeps that share units train them once, and both finish")
    func shared() {
        var scene = Scene()
        scene.submit(3)
        scene.tell(.sweepSubmitted(submission(1..<4, sweep: other)))
        #expect(scene.tell(.hello(address("a"), hello("a"))).last == .lease(address("a"), lease(1, 0..<4)))
        scene.tell(.reported(address("a"), (0..<4).map { finished($0, attempt(1)) }))
        #expect(
            scene.tell(.committed(commit(1))).dropFirst() == [
                .sweepFinished(sweep, SweepCounts(done: 3)), .sweepFinished(other, SweepCounts(done: 3)),
            ])
    }

    @Test("Cancelling a sweep drops only units that no other sweep wants")
    func cancellation() {
        var scene = Scene()
        scene.submit(4)
        scene.tell(.sweepSubmitted(submission(2..<6, sweep: other)))
        scene.join("a")
        #expect(scene.tell(.sweepCancelled(sweep)) == [.cancel(address("a"), attempt(1), units(0..<2))])
        #expect(
            scene.coordinator.status(at: scene.now).sweeps.map(\.counts) == [
                SweepCounts(), SweepCounts(leased: 2, pending: 2),
            ])
        #expect(scene.tell(.sweepCancelled(sweep)) == [])
    }

    @Test("Whole leases of a cancelled sweep are cancelled as a whole, and a late result is kept")
    func lateResult() {
        var scene = Scene()
        scene.submit(4)
        scene.join("a")
        #expect(scene.tell(.sweepCancelled(sweep)) == [.cancel(address("a"), attempt(1), [])])
        #expect(
            scene.tell(.reported(address("a"), [finished(0, attempt(1))])) == [
                .commit(commit(1), [row(0, attempt(1), "a")])
            ])
        #expect(scene.tell(.committed(commit(1))) == [.acknowledge(address("a"), [receipt(0, attempt(1))])])
    }

    @Test("A cancelled sweep can be submitted again")
    func again() {
        var scene = Scene()
        scene.submit(4)
        scene.tell(.sweepCancelled(sweep))
        scene.submit(4)
        #expect(scene.tell(.hello(address("a"), hello("a"))).last == .lease(address("a"), lease(1, 0..<4)))
        #expect(scene.coordinator.status(at: scene.now).sweeps.map(\.counts) == [SweepCounts(leased: 4)])
    }

    @Test("Quarantined units are not leased until an operator lifts the quarantine")
    func quarantine() {
        var scene = Scene()
        var submission = submission(0..<2)
        submission.quarantined = [unit(0): "killed three workers"]
        scene.tell(.sweepSubmitted(submission))
        #expect(scene.tell(.hello(address("a"), hello("a"))).last == .lease(address("a"), lease(1, [1])))
        scene.join("b")
        #expect(
            scene.tell(.quarantineLifted(sweep)) == [
                .commit(commit(1), [.release(unit(0))]), .lease(address("b"), lease(2, [0])),
            ])
    }

    @Test("Status has sweeps, workers and the time to go")
    func status() {
        var scene = Scene()
        scene.submit(10)
        scene.join("a")
        scene.tell(.heartbeat(address("a"), [.training(1, 4, progress: 0.5)]), after: 2)
        let status = scene.coordinator.status(at: scene.now + 1)
        #expect(status.sweeps.map(\.counts) == [SweepCounts(leased: 4, pending: 6)])
        #expect(status.secondsToGo == 8)
        #expect(status.workers.map(\.held) == [4])
        #expect(status.workers.map(\.training) == [4])
        #expect(status.workers.map(\.progress) == [0.5])
        #expect(status.workers.map(\.silence) == [1])
    }
}
