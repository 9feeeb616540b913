import Identities
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
            scene.tell(.reported(address("a"), [finished(0, attempt(1))])) == [
                .commit(commit(1), [row(0, attempt(1), "a")])
            ])
        #expect(
            scene.tell(.committed(commit(1))) == [
                .acknowledge(address("a"), [receipt(0, attempt(1))]),
                .sweepFinished(sweep, SweepCounts(done: 1)),
            ])
    }

    @Test("A duplicate result is acknowledged and dropped")
    func duplicate() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.reported(address("a"), [finished(0, attempt(1))]))
        scene.tell(.committed(commit(1)))
        #expect(
            scene.tell(.reported(address("a"), [finished(0, attempt(1))])) == [
                .acknowledge(address("a"), [receipt(0, attempt(1))]), .note(.duplicatesDropped("a", units: 1)),
            ])
        #expect(scene.coordinator.status(at: scene.now).duplicatesDropped == 1)
    }

    @Test("A duplicate of a result that is being committed gets its receipt with the first")
    func duplicateInFlight() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.reported(address("a"), [finished(0, attempt(1))]))
        #expect(scene.tell(.reported(address("a"), [finished(0, attempt(1))])) == [])
        #expect(
            scene.tell(.committed(commit(1))).first
                == .acknowledge(address("a"), [receipt(0, attempt(1))]))
    }

    @Test("A result of a revoked lease is accepted, and the new holder is told to drop the unit")
    func lateResult() {
        var scene = Scene()
        scene.submit(4)
        scene.join("a")
        scene.tell(.connectionLost(address("a"), reason: "closed"))
        scene.join("b")
        // Who brings it is known by the hello alone; the worker sends it again after that.
        let report = Coordinator.Event.reported(address("a", 2), [finished(0, attempt(1))])
        #expect(scene.tell(report) == [.askToRegister(address("a", 2))])
        scene.tell(.hello(address("a", 2), hello("a")))
        #expect(
            scene.tell(report).prefix(2) == [
                .cancel(address("b"), attempt(2), []), .commit(commit(1), [row(0, attempt(1), "a")]),
            ])
    }

    @Test("A result of a sweep that is not served goes to the ledger before its receipt, if its worker held the unit")
    func ofAnotherSweep() {
        var scene = Scene(incarnation: 2, openLeases: [former("a", attempt(1), 7..<10)])
        scene.submit(1)
        scene.join("a", "b")
        #expect(
            scene.tell(.reported(address("a"), [finished(7, attempt(1)), failed(8, attempt(1))])) == [
                .acknowledge(address("a"), [receipt(8, attempt(1))]), .note(.resultsOfOtherSweeps("a", units: 1)),
                .note(.strangersDropped("a", units: 1)), .commit(commit(1), [row(7, attempt(1), "a")]),
            ])
        #expect(scene.tell(.committed(commit(1))) == [.acknowledge(address("a"), [receipt(7, attempt(1))])])
        for report in [finished(9, attempt(1)), finished(10, attempt(1))] {
            #expect(
                scene.tell(.reported(address("b"), [report])) == [
                    .acknowledge(address("b"), [report.receipt]), .note(.strangersDropped("b", units: 1)),
                ])
        }
    }

    @Test("A result of a sweep that is not served is taken too if its lease was issued in the moment before a crash")
    func ofAnotherSweepUnrecorded() {
        var scene = Scene(incarnation: 2, knownWorkers: ["a"])
        scene.join("a")
        #expect(
            scene.tell(.reported(address("a"), [finished(7, attempt(1))])).contains(
                .commit(commit(1), [row(7, attempt(1), "a")])))
        #expect(
            scene.tell(.reported(address("a"), [finished(8, attempt(9))])).contains(
                .note(.strangersDropped("a", units: 1))))
    }

    @Test("A result of a unit that was leased to another worker is dropped, and the reporter is told")
    func notLeased() {
        var scene = Scene()
        scene.submit(8)
        scene.join("a", "b")
        #expect(
            scene.tell(
                .reported(address("b"), [finished(0, attempt(1)), failed(1, attempt(1)), finished(2, attempt(2))]))
                == [
                    .acknowledge(
                        address("b"), [receipt(0, attempt(1)), receipt(1, attempt(1)), receipt(2, attempt(2))]),
                    .note(.strangersDropped("b", units: 3)),
                    .refuse(address("b"), reason: "3 of its reports are of units that it was not leased"),
                ])
        #expect(scene.coordinator.status(at: scene.now).sweeps.map(\.counts) == [SweepCounts(leased: 8)])
    }

    @Test("The next process of a worker's name and key reports what the previous one finished")
    func predecessor() {
        var scene = Scene()
        scene.submit(4)
        scene.tell(.hello(address("a"), hello("a"), key: "key"))
        scene.tell(.hello(address("a", 2), hello("a", 2), key: "key"))
        scene.tell(.hello(address("x"), hello("a", 3), key: "another key"))
        #expect(
            scene.tell(.reported(address("x"), [finished(1, attempt(1))])).contains(
                .note(.strangersDropped("a", units: 1))))
        #expect(
            scene.tell(.reported(address("a", 2), [finished(0, attempt(1))])) == [
                .commit(commit(1), [row(0, attempt(1), "a")])
            ])
    }

    @Test("If a message reports a unit as finished and as failed, the first report counts")
    func contradiction() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.connectionLost(address("a"), reason: "closed"))
        scene.tell(.hello(address("a", 2), hello("a", 2)))
        #expect(
            scene.tell(.reported(address("a", 2), [finished(0, attempt(1)), failed(0, attempt(2))])) == [
                .cancel(address("a", 2), attempt(2), []), .acknowledge(address("a", 2), [receipt(0, attempt(2))]),
                .note(.duplicatesDropped("a", units: 1)), .commit(commit(2), [row(0, attempt(1), "a")]),
            ])
    }

    @Test("A result under an attempt that was never issued is dropped")
    func stranger() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        #expect(
            scene.tell(.reported(address("a"), [finished(0, attempt(2)), finished(0, attempt(1, of: 2))])) == [
                .acknowledge(address("a"), [receipt(0, attempt(2)), receipt(0, attempt(1, of: 2))]),
                .note(.strangersDropped("a", units: 2)),
                .refuse(address("a"), reason: "2 of its reports are of units that it was not leased"),
            ])
    }

    @Test(
        "Rows that the ledger rejects temporarily pause dispatch, and are retried until they are committed"
    )
    func refusal() {
        var scene = Scene()
        scene.submit(8)
        scene.join("a")
        let rows = (0..<4).map { row($0, attempt(1), "a") }
        scene.tell(.reported(address("a"), (0..<4).map { finished($0, attempt(1)) }))
        #expect(
            scene.tell(.commitFailed(commit(1), reason: "disk full"))
                == [.note(.paused(reason: "disk full"))])
        #expect(scene.coordinator.status(at: scene.now).pausedReason == "disk full")
        #expect(scene.coordinator.nextDeadline == scene.now + 0.5)
        #expect(scene.tell(.reported(address("a"), (4..<8).map { finished($0, attempt(2)) })) == [])
        #expect(scene.tell(.timerFired, after: 0.5) == [.commit(commit(1), rows)])
        #expect(scene.tell(.commitFailed(commit(1), reason: "disk full")) == [])
        #expect(scene.coordinator.nextDeadline == scene.now + 1)
        #expect(scene.tell(.timerFired, after: 1) == [.commit(commit(1), rows)])
        #expect(
            scene.tell(.committed(commit(1))) == [
                .acknowledge(address("a"), (0..<4).map { receipt($0, attempt(1)) }), .note(.resumed),
                .commit(commit(2), (4..<8).map { row($0, attempt(2), "a") }),
            ])
    }

    @Test("While the ledger rejects rows, nothing is leased")
    func noLeaseWhilePaused() {
        var scene = Scene()
        scene.submit(8)
        scene.join("a")
        scene.tell(.reported(address("a"), [finished(0, attempt(1))]))
        scene.tell(.commitFailed(commit(1), reason: "locked"))
        #expect(
            scene.tell(.hello(address("b"), hello("b"))) == [
                .welcome(address("b"), plainWelcome), .note(.workerJoined("b", process("b"))),
            ])
        scene.tell(.timerFired, after: 0.5)
        #expect(
            scene.tell(.committed(commit(1))) == [
                .acknowledge(address("a"), [receipt(0, attempt(1))]), .note(.resumed),
                .lease(address("b"), lease(2, 4..<8)),
            ])
    }

    @Test(
        "A unit that fails is trained again after the others, and quarantined with its last reason after three failures"
    )
    func failures() {
        var scene = Scene()
        scene.submit(2)
        scene.join("a")
        for counter in 1...3 as ClosedRange<UInt32> {
            let reason = "failure \(counter)"
            let directives = scene.tell(.reported(address("a"), [failed(1, attempt(counter), reason)]))
            let record = FailureRecord(
                unit: unit(1), attempt: attempt(counter), worker: "a", workerID: process("a"), machine: "a", key: "",
                cause: .error, reason: reason)
            if counter == 1 {
                #expect(
                    directives == [
                        .note(.unitFailed(unit(1), worker: "a", reason: reason)),
                        .commit(commit(1), [.failure(record)]),
                    ])
                #expect(
                    scene.tell(.reported(address("a"), [finished(0, attempt(1))])) == [
                        .commit(commit(2), [row(0, attempt(1), "a")]), .lease(address("a"), lease(2, [1])),
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
                .acknowledge(address("a"), [receipt(1, attempt(3))]),
                .sweepFinished(sweep, SweepCounts(done: 1, quarantined: 1)),
            ])
    }

    @Test("A failure that is reported twice counts once")
    func failureTwice() {
        var scene = Scene()
        scene.submit(2)
        scene.join("a")
        scene.tell(.reported(address("a"), [failed(1, attempt(1))]))
        #expect(
            scene.tell(.reported(address("a"), [failed(1, attempt(1))])) == [
                .acknowledge(address("a"), [receipt(1, attempt(1))]), .note(.duplicatesDropped("a", units: 1)),
            ])
    }

    @Test("A quarantined unit that finishes after all is done, and the sweep is announced again")
    func lateLuck() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        for counter in 1...3 as ClosedRange<UInt32> {
            scene.tell(.reported(address("a"), [failed(0, attempt(counter))]))
        }
        for number in 1...3 as ClosedRange<UInt64> { scene.tell(.committed(commit(number))) }
        scene.tell(.reported(address("a"), [finished(0, attempt(1))]))
        #expect(
            scene.tell(.committed(commit(4))) == [
                .acknowledge(address("a"), [receipt(0, attempt(1))]), .sweepFinished(sweep, SweepCounts(done: 1)),
            ])
    }
}
