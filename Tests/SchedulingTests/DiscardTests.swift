import Identities
import Scheduling
import Testing

@Suite("Results that were removed from the ledger")
struct DiscardTests {
    private let other = SweepID(2)

    private func trained(_ count: Int) -> Scene {
        var scene = Scene()
        scene.submit(count)
        scene.join("a")
        for start in stride(from: 0, to: count, by: 4) {
            let counter = UInt32(start / 4 + 1)
            scene.tell(.reported(address("a"), (start..<start + 4).map { finished($0, attempt(counter)) }))
            scene.tell(.committed(commit(UInt64(counter))))
        }
        return scene
    }

    @Test("are trained again, and the sweep is announced as finished again")
    func again() {
        var scene = trained(4)
        #expect(
            scene.tell(.resultsDiscarded(submission(1..<3))) == [.lease(address("a"), lease(2, 1..<3))])
        #expect(scene.coordinator.status(at: scene.now).sweeps[0].counts == SweepCounts(done: 2, leased: 2))
        scene.tell(.reported(address("a"), [finished(1, attempt(2)), finished(2, attempt(2))]))
        #expect(scene.tell(.committed(commit(2))).last == .sweepFinished(sweep, SweepCounts(done: 4)))
    }

    @Test("are counted in every sweep that wants their units")
    func shared() {
        var scene = Scene()
        scene.submit(4)
        scene.tell(.sweepSubmitted(submission(2..<6, sweep: other)))
        scene.join("a")
        scene.tell(.reported(address("a"), (0..<4).map { finished($0, attempt(1)) }))
        scene.tell(.committed(commit(1)))
        scene.tell(.resultsDiscarded(submission(2..<4)))
        scene.tell(.resultsDiscarded(submission(2..<4, sweep: other)))
        let counts = scene.coordinator.status(at: scene.now).sweeps.map(\.counts)
        #expect(counts.map(\.done) == [2, 0])
        #expect(counts.map(\.total) == [4, 4])
    }

    @Test("of units that were done before the submission are added, and the sweep's count of done units decreases")
    func doneBefore() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(SweepSubmission(sweep: sweep, passes: [], alreadyDone: 5)))
        scene.join("a")
        #expect(scene.tell(.resultsDiscarded(submission([7]))) == [.lease(address("a"), lease(1, [7]))])
        #expect(scene.coordinator.status(at: scene.now).sweeps[0].counts == SweepCounts(done: 4, leased: 1))
        scene.tell(.reported(address("a"), [finished(7, attempt(1))]))
        #expect(scene.tell(.committed(commit(1))).last == .sweepFinished(sweep, SweepCounts(done: 5)))
    }

    @Test("of units that one sweep trained and another found done are counted in both")
    func trainedAndFound() {
        var scene = trained(4)
        scene.tell(.sweepSubmitted(SweepSubmission(sweep: other, passes: [], alreadyDone: 4)))
        scene.tell(.resultsDiscarded(submission(0..<2)))
        scene.tell(.resultsDiscarded(submission(0..<2, sweep: other)))
        let counts = scene.coordinator.status(at: scene.now).sweeps.map(\.counts)
        #expect(counts == [SweepCounts(done: 2, leased: 2), SweepCounts(done: 2, leased: 2)])
        scene.tell(.reported(address("a"), [finished(0, attempt(2)), finished(1, attempt(2))]))
        #expect(
            scene.tell(.committed(commit(2))).suffix(2) == [
                .sweepFinished(sweep, SweepCounts(done: 4)), .sweepFinished(other, SweepCounts(done: 4)),
            ])
    }

    @Test("of an unknown or cancelled sweep change nothing")
    func cancelled() {
        var scene = trained(4)
        #expect(scene.tell(.resultsDiscarded(submission(0..<2, sweep: other))) == [])
        scene.tell(.sweepCancelled(sweep))
        #expect(scene.tell(.resultsDiscarded(submission(0..<2))) == [])
    }

    @Test("are not restored by a repeated report of their worker")
    func lateReport() {
        var scene = trained(4)
        scene.tell(.resultsDiscarded(submission([0])))
        #expect(
            scene.tell(.reported(address("a"), [finished(0, attempt(1))])).contains(
                .note(.strangersDropped("a", units: 1))))
    }
}
