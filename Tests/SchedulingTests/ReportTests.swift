import Scheduling
import Testing

@Suite("Reports and the ledger")
struct ReportTests {
    @Test("A result is acknowledged only after its commit")
    func commitFirst() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        #expect(
            scene.tell(.reported(peer("a"), [finished(0, attempt(1))])) == [
                .commit(commit(1), [row(0, attempt(1), "a")])
            ])
        #expect(
            scene.tell(.committed(commit(1))) == [
                .acknowledge(peer("a"), [receipt(0, attempt(1))]),
                .sweepFinished(sweep, SweepCounts(done: 1)),
            ])
    }

    @Test("The same result again is acknowledged and dropped")
    func duplicate() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.reported(peer("a"), [finished(0, attempt(1))]))
        scene.tell(.committed(commit(1)))
        #expect(
            scene.tell(.reported(peer("a"), [finished(0, attempt(1))])) == [
                .acknowledge(peer("a"), [receipt(0, attempt(1))]), .note(.duplicatesDropped("a", units: 1)),
            ])
        #expect(scene.coordinator.status(at: scene.now).duplicatesDropped == 1)
    }

    @Test("The same result while the first is on its way into the ledger gets its receipt with the first")
    func duplicateInFlight() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.reported(peer("a"), [finished(0, attempt(1))]))
        #expect(scene.tell(.reported(peer("a"), [finished(0, attempt(1))])) == [])
        #expect(
            scene.tell(.committed(commit(1))).first
                == .acknowledge(peer("a"), [receipt(0, attempt(1)), receipt(0, attempt(1))]))
    }

    @Test("A result of a lease that was given up is as good as any, and the new holder is told to drop the unit")
    func lateResult() {
        var scene = Scene()
        scene.submit(4)
        scene.join("a")
        scene.tell(.connectionLost(peer("a"), reason: "closed"))
        scene.join("b")
        #expect(
            scene.tell(.reported(peer("a"), [finished(0, attempt(1))])) == [
                .askToRegister(peer("a")), .cancel(peer("b"), attempt(2), []),
                .commit(
                    commit(1),
                    [
                        .result(unit(0), attempt(1), worker: "peer \(peer("a"))", payload: [0])
                    ]), .lease(peer("b"), lease(3, [1])),
            ])
    }

    @Test("A result under an attempt that nobody issued is dropped")
    func stranger() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        #expect(
            scene.tell(.reported(peer("a"), [finished(0, attempt(2)), finished(0, attempt(1, of: 2))])) == [
                .acknowledge(peer("a"), [receipt(0, attempt(2)), receipt(0, attempt(1, of: 2))]),
                .note(.strangersDropped("a", units: 2)),
            ])
    }

    @Test("Rows that the ledger refuses pause dispatch with the reason, and are tried again until they are in")
    func refusal() {
        var scene = Scene()
        scene.submit(8)
        scene.join("a")
        let rows = (0..<4).map { row($0, attempt(1), "a") }
        scene.tell(.reported(peer("a"), (0..<4).map { finished($0, attempt(1)) }))
        #expect(
            scene.tell(.commitFailed(commit(1), reason: "disk full"))
                == [.note(.paused(reason: "disk full"))])
        #expect(scene.coordinator.status(at: scene.now).pausedReason == "disk full")
        #expect(scene.coordinator.nextDeadline == scene.now + 0.5)
        #expect(scene.tell(.reported(peer("a"), (4..<8).map { finished($0, attempt(2)) })) == [])
        #expect(scene.tell(.timerFired, after: 0.5) == [.commit(commit(1), rows)])
        #expect(scene.tell(.commitFailed(commit(1), reason: "disk full")) == [])
        #expect(scene.coordinator.nextDeadline == scene.now + 1)
        #expect(scene.tell(.timerFired, after: 1) == [.commit(commit(1), rows)])
        #expect(
            scene.tell(.committed(commit(1))) == [
                .acknowledge(peer("a"), (0..<4).map { receipt($0, attempt(1)) }), .note(.resumed),
                .commit(commit(2), (4..<8).map { row($0, attempt(2), "a") }),
            ])
    }

    @Test("While the ledger refuses rows, nothing is leased")
    func noLeaseWhilePaused() {
        var scene = Scene()
        scene.submit(8)
        scene.join("a")
        scene.tell(.reported(peer("a"), [finished(0, attempt(1))]))
        scene.tell(.commitFailed(commit(1), reason: "locked"))
        #expect(
            scene.tell(.hello(peer("b"), hello("b"))) == [
                .welcome(peer("b"), plainWelcome), .note(.workerJoined("b", peer("b"))),
            ])
        scene.tell(.timerFired, after: 0.5)
        #expect(
            scene.tell(.committed(commit(1))) == [
                .acknowledge(peer("a"), [receipt(0, attempt(1))]), .note(.resumed),
                .lease(peer("b"), lease(2, 4..<8)),
            ])
    }

    @Test(
        "A unit that fails is tried again after the others, and quarantined with its last reason after the third time"
    )
    func failures() {
        var scene = Scene()
        scene.submit(2)
        scene.join("a")
        for counter in 1...3 as ClosedRange<UInt32> {
            let reason = "failure \(counter)"
            let directives = scene.tell(.reported(peer("a"), [failed(1, attempt(counter), reason)]))
            let record = FailureRecord(
                unit: unit(1), attempt: attempt(counter), worker: "a", cause: .error, reason: reason)
            if counter == 1 {
                #expect(
                    directives == [
                        .note(.unitFailed(unit(1), worker: "a", reason: reason)),
                        .commit(commit(1), [.failure(record)]),
                    ])
                #expect(
                    scene.tell(.reported(peer("a"), [finished(0, attempt(1))])) == [
                        .commit(commit(2), [row(0, attempt(1), "a")]), .lease(peer("a"), lease(2, [1])),
                    ])
            } else if counter == 3 {
                #expect(
                    directives == [
                        .note(.unitFailed(unit(1), worker: "a", reason: reason)),
                        .note(.unitQuarantined(unit(1), reason: reason)),
                        .commit(commit(4), [.failure(record), .quarantine(unit(1), reason: reason)]),
                    ])
            }
        }
        scene.tell(.committed(commit(2)))
        #expect(
            scene.tell(.committed(commit(4))) == [
                .acknowledge(peer("a"), [receipt(1, attempt(3))]),
                .sweepFinished(sweep, SweepCounts(done: 1, quarantined: 1)),
            ])
    }

    @Test("A failure that is reported twice counts once")
    func failureTwice() {
        var scene = Scene()
        scene.submit(2)
        scene.join("a")
        scene.tell(.reported(peer("a"), [failed(1, attempt(1))]))
        #expect(
            scene.tell(.reported(peer("a"), [failed(1, attempt(1))])) == [
                .acknowledge(peer("a"), [receipt(1, attempt(1))]), .note(.duplicatesDropped("a", units: 1)),
            ])
    }

    @Test("A quarantined unit that finishes after all is done, and the sweep is told again")
    func lateLuck() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        for counter in 1...3 as ClosedRange<UInt32> { scene.tell(.reported(peer("a"), [failed(0, attempt(counter))])) }
        for number in 1...3 as ClosedRange<UInt64> { scene.tell(.committed(commit(number))) }
        scene.tell(.reported(peer("a"), [finished(0, attempt(1))]))
        #expect(
            scene.tell(.committed(commit(4))) == [
                .acknowledge(peer("a"), [receipt(0, attempt(1))]), .sweepFinished(sweep, SweepCounts(done: 1)),
            ])
    }
}
