import Identities
import Scheduling
import Testing

@Suite("Failure histories")
struct FailureHistoryTests {
    /// Lets the worker's next incarnation come, and die in training with whatever it is leased.
    private func die(_ name: String, _ incarnation: UInt8, in scene: inout Scene) -> (
        lease: [UnitKey], [Coordinator.Directive]
    ) {
        var leased: [UnitKey] = []
        for directive in scene.tell(.hello(address(name, incarnation), hello(name, incarnation))) {
            if case .lease(_, _, let lease) = directive { leased = lease.units }
        }
        return (leased, scene.tell(.connectionLost(address(name, incarnation), reason: "killed")))
    }

    @Test("Units in training at a death are bisected: leased again in four groups, apart from others")
    func groups() {
        var settings = CoordinatorSettings.plain
        settings.minimumLeaseSeconds = 8
        settings.maximumLeaseSeconds = 8
        var scene = Scene(settings)
        scene.submit(20)
        scene.join("a")
        #expect(
            scene.tell(.connectionLost(address("a"), reason: "killed")) == [
                .note(.workerAway("a", process("a"), reason: "killed")),
                .note(.workerLost("a", process("a"), reason: "killed", units: 8)),
            ])
        for (place, name) in ["b", "c", "d", "e"].enumerated() {
            let expected = lease(UInt32(place + 2), place * 2..<place * 2 + 2)
            #expect(scene.tell(.hello(address(name), hello(name))).last == .lease(address(name), expected))
        }
        #expect(scene.tell(.hello(address("f"), hello("f"))).last == .lease(address("f"), lease(6, 8..<16)))
    }

    @Test("A unit is charged when it was in training alone, and quarantined after three different workers")
    func threeWorkers() {
        var scene = Scene()
        scene.submit(1)
        for (place, name) in ["a", "b", "c"].enumerated() {
            let (leased, directives) = die(name, 1, in: &scene)
            #expect(leased == [unit(0)])
            let record = FailureRecord(
                unit: unit(0), attempt: attempt(UInt32(place + 1)), worker: name, workerID: process(name),
                machine: name, key: "", cause: .death,
                reason: "Worker \(name) died while it trained this unit alone: killed.")
            var expected: [Coordinator.Directive] = [
                .note(.workerAway(name, process(name), reason: "killed")),
                .note(.workerLost(name, process(name), reason: "killed", units: 1)),
                .note(.unitCharged(unit(0), worker: name)),
            ]
            var rows: [LedgerRow] = [.failure(record)]
            if place == 2 {
                expected.append(.note(.unitQuarantined(unit(0), reason: record.reason)))
                rows.append(.quarantine(unit(0), reason: record.reason))
            }
            #expect(directives == expected + [.commit(commit(UInt64(place + 1)), rows)])
        }
    }

    @Test("A unit that killed a worker is given to another if there is one")
    func shunned() {
        var scene = Scene()
        scene.submit(5)
        scene.join("b")
        _ = scene.tell(.reported(address("b"), (0..<4).map { finished($0, attempt(1)) }))
        // b has unit 4 alone and dies of it.
        scene.tell(.connectionLost(address("b"), reason: "killed"))
        scene.join("c")
        scene.tell(.goodbye(address("c")))
        #expect(die("b", 2, in: &scene).lease == [unit(4)])
        scene.tell(.workerDrained("b"))
        #expect(scene.tell(.hello(address("d"), hello("d"))).last == .lease(address("d"), lease(5, [4])))
        scene.tell(.returned(address("d"), attempt(5), []))
    }

    @Test("Units of a lease that has not begun are not suspected")
    func waiting() {
        var settings = CoordinatorSettings.plain
        settings.leasesPerWorker = 2
        settings.minimumLeaseSeconds = 1
        settings.maximumLeaseSeconds = 1
        var scene = Scene(settings)
        scene.submit(2)
        scene.join("a")
        scene.tell(.heartbeat(address("a"), [.training(1, 1), .waiting(2, 1)]))
        let directives = scene.tell(.connectionLost(address("a"), reason: "killed"))
        let charged = directives.filter { if case .note(.unitCharged) = $0 { true } else { false } }
        #expect(charged == [.note(.unitCharged(unit(0), worker: "a"))])
    }

    @Test("The charge for a worker that was only disconnected is retracted when it returns")
    func forgiven() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.heartbeat(address("a"), [.training(1, 1)]))
        scene.tell(.timerFired, after: 3.5)
        let held = HeldLease(attempt: attempt(1), units: [unit(0)], isTraining: true)
        #expect(
            scene.tell(.hello(address("a"), hello("a", held: [held]))) == [
                .welcome(address("a"), plainWelcome), .note(.workerJoined("a", process("a"))),
                .note(.leaseAdopted("a", attempt(1), units: 1)),
                .commit(commit(2), [.forgiven(unit(0), attempt(1))]),
            ])
    }

    @Test("A worker that falls silent before it reports a lease in training causes no charge")
    func silentBeforeStart() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        #expect(
            scene.tell(.timerFired, after: 3.5) == [
                .note(.workerLost("a", process("a"), reason: "silent for 3.5 s", units: 1))
            ])
    }

    @Test("A dead worker's last standard error, reported by its successor, becomes part of the failure's reason")
    func previousStderr() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.connectionLost(address("a"), reason: "killed"))
        var next = hello("a", 2)
        next.previousStderr = "Segmentation fault"
        let record = FailureRecord(
            unit: unit(0), attempt: attempt(1), worker: "a", workerID: process("a"), machine: "a", key: "",
            cause: .death,
            reason:
                "Worker a died while it trained this unit alone: killed. Its last standard error: Segmentation fault")
        #expect(
            scene.tell(.hello(address("a", 2), next)) == [
                .welcome(address("a", 2), plainWelcome), .note(.workerJoined("a", process("a", 2))),
                .commit(commit(2), [.failure(record)]), .lease(address("a", 2), lease(2, [0])),
            ])
    }

    @Test("A restarted coordinator counts the unit's failures in the ledger")
    func history() {
        var scene = Scene(incarnation: 2)
        var submission = submission(0..<1)
        for (counter, name) in [(1, "a"), (2, "b")] as [(UInt32, String)] {
            submission.history.append(
                FailureRecord(
                    unit: unit(0), attempt: attempt(counter), worker: name, workerID: process(name), cause: .death,
                    reason: "killed"))
        }
        scene.tell(.sweepSubmitted(submission))
        let (_, directives) = die("c", 1, in: &scene)
        let reason = "Worker c died while it trained this unit alone: killed."
        #expect(directives.contains(.note(.unitQuarantined(unit(0), reason: reason))))
    }

    @Test("A worker that fails units far more often than its peers is suspended, and its failures are forgiven")
    func suspension() {
        var scene = Scene()
        scene.submit(100)
        scene.join("good", "bad")
        scene.wait(4)
        scene.tell(.reported(address("good"), (0..<4).map { finished($0, attempt(1)) }))
        scene.tell(.reported(address("bad"), (4..<8).map { failed($0, attempt(2)) }))
        // Four failures are too few to judge by, but after a fruitless lease the worker rests.
        #expect(scene.tell(.timerFired, after: 0.5).last == .lease(address("bad"), lease(4, 12..<16)))
        let reason =
            "5 of its 5 units failed, but 0 of 4 elsewhere. Last error: loss is not finite. Look at the machine, then run "
            + "`probesweep resume bad`."
        let failure = FailureRecord(
            unit: unit(12), attempt: attempt(4), worker: "bad", workerID: process("bad"), machine: "bad", key: "",
            cause: .error, reason: "loss is not finite")
        #expect(
            scene.tell(.reported(address("bad"), [failed(12, attempt(4))])) == [
                .note(.unitFailed(unit(12), worker: "bad", reason: "loss is not finite")),
                .note(.hostSuspended("bad", reason: reason)),
                .suspended(address("bad"), reason: reason),
                .cancel(address("bad"), attempt(4), []),
                .commit(
                    commit(3),
                    [.failure(failure)] + (4..<8).map { .forgiven(unit($0), attempt(2)) }
                        + [.forgiven(unit(12), attempt(4))]),
            ])
        let shown = scene.coordinator.status(at: scene.now).workers.first { $0.name == "bad" }
        #expect(shown?.state == .suspended)
        #expect(shown?.reason == reason)
        #expect(scene.tell(.hostResumed(host: "bad")).first == .note(.hostResumed("bad")))
    }

    @Test("If every worker fails, the units are at fault and no worker is suspended")
    func everybodyFails() {
        var scene = Scene()
        scene.submit(8)
        scene.join("a", "b")
        for counter in 1...2 as ClosedRange<UInt32> {
            let name = counter == 1 ? "a" : "b"
            let first = Int(counter - 1) * 4
            scene.tell(.reported(address(name), (first..<first + 4).map { failed($0, attempt(counter)) }))
        }
        #expect(scene.coordinator.status(at: scene.now).workers.allSatisfy { $0.state == .active })
    }
}
