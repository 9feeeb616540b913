import Identities
import Scheduling
import Testing

@Suite("A worker's identity is its incarnation")
struct IdentityTests {
    private static var patient: CoordinatorSettings {
        var settings = CoordinatorSettings.plain
        settings.reconnectGrace = 2
        settings.minimumCopySeconds = .infinity
        return settings
    }

    private func training(_ counter: UInt32, _ numbers: Range<Int>) -> HeldLease {
        HeldLease(attempt: attempt(counter), units: units(numbers), isTraining: true)
    }

    private func forgives(_ directives: [Coordinator.Directive]) -> Bool {
        directives.contains {
            if case .commit(_, let rows) = $0 { rows.contains(.forgiven(unit(0), attempt(1))) } else { false }
        }
    }

    private func leases(_ directives: [Coordinator.Directive]) -> Bool {
        directives.contains { if case .lease(_, _, _) = $0 { true } else { false } }
    }

    @Test("A disconnected worker keeps its units on a new connection")
    func reconnection() {
        var scene = Scene(Self.patient)
        scene.submit(4)
        scene.join("a", "idle")
        #expect(
            scene.tell(.connectionLost(address("a"), reason: "closed")) == [
                .note(.workerAway("a", process("a"), reason: "closed"))
            ])
        #expect(scene.coordinator.status(at: scene.now).workers.map(\.state) == [.away, .active])
        #expect(
            scene.tell(.hello(address("a", 9), hello("a", held: [training(1, 0..<4)])), after: 1.9) == [
                .welcome(address("a", 9), plainWelcome), .note(.workerReturned("a", process("a"))),
            ])
        // The old connection is nobody's any more.
        #expect(scene.tell(.connectionLost(address("a"), reason: "closed")) == [])
        #expect(
            scene.tell(.reported(address("a", 9), [finished(0, attempt(1))]))
                == [.commit(commit(1), [row(0, attempt(1), "a")])])
        #expect(scene.tell(.committed(commit(1))) == [.acknowledge(address("a", 9), [receipt(0, attempt(1))])])
    }

    @Test("A worker that does not return in time is lost, and its units go to others")
    func lost() {
        var scene = Scene(Self.patient)
        scene.submit(4)
        scene.join("a", "idle")
        scene.tell(.connectionLost(address("a"), reason: "closed"))
        #expect(scene.coordinator.nextDeadline <= scene.now + 2)
        #expect(
            scene.tell(.timerFired, after: 2) == [
                .note(.workerLost("a", process("a"), reason: "closed", units: 4)),
                .lease(address("idle"), lease(2, [0])),
            ])
    }

    @Test("Receipts are sent over a worker's new connection, and not while it is away")
    func receipts() {
        var scene = Scene(Self.patient)
        scene.submit(2)
        scene.join("a")
        scene.tell(.reported(address("a"), [finished(0, attempt(1))]))
        scene.tell(.connectionLost(address("a"), reason: "closed"))
        #expect(scene.tell(.committed(commit(1))) == [])
        scene.tell(.hello(address("a", 9), hello("a", held: [training(1, 1..<2)])))
        #expect(
            scene.tell(.reported(address("a", 9), [finished(0, attempt(1))])).first
                == .acknowledge(address("a", 9), [receipt(0, attempt(1))]))
    }

    @Test("An incarnation with another key is rejected, and moves no lease")
    func otherKey() {
        var scene = Scene(Self.patient)
        scene.submit(4)
        scene.tell(.hello(address("a"), hello("a"), key: "key"))
        let thief = Coordinator.Event.hello(address("x"), hello("a", held: [training(1, 0..<4)]), key: "another")
        let reason = "The incarnation \(process("a")) belongs to another key. A worker draws its own when it starts."
        let refused: [Coordinator.Directive] = [
            .note(.messageRefused("a", reason: reason)), .reject(address("x"), reason: reason),
        ]
        #expect(scene.tell(thief) == refused)
        // Nor while the worker is away, nor after it was given up.
        scene.tell(.connectionLost(address("a"), reason: "closed"))
        #expect(scene.tell(thief) == refused)
        scene.tell(.timerFired, after: 2)
        #expect(scene.tell(thief) == refused)
        #expect(scene.tell(.reported(address("x"), [finished(0, attempt(1))])) == [.askToRegister(address("x"))])
    }

    @Test("The unit of the only worker is not charged, however often the worker is away longer than the grace")
    func cutOffAgainAndAgain() {
        var scene = Scene(Self.patient)
        scene.submit(1)
        scene.join("a")
        for cut in 1...10 as ClosedRange<UInt8> {
            let before = cut == 1 ? address("a") : address("a", 10 + cut - 1)
            scene.tell(.connectionLost(before, reason: "closed"))
            scene.tell(.timerFired, after: 3)
            let directives = scene.tell(.hello(address("a", 10 + cut), hello("a", held: [training(1, 0..<1)])))
            #expect(directives.contains(.note(.leaseAdopted("a", attempt(1), units: 1))))
            #expect(forgives(directives))
        }
        #expect(scene.coordinator.status(at: scene.now).sweeps.map(\.counts) == [SweepCounts(leased: 1)])
    }

    @Test("If all workers are repeatedly disconnected at once, nothing is quarantined and all continue")
    func everybody() {
        var scene = Scene(Self.patient)
        let names = ["a", "b", "c", "d"]
        for place in names.indices {
            scene.tell(.sweepSubmitted(submission(place..<place + 1, pass: "layer \(place)")))
        }
        scene.join("a", "b", "c", "d")
        for cut in 1...5 as ClosedRange<UInt8> {
            for name in names { scene.tell(.connectionLost(address(name, cut), reason: "closed")) }
            scene.tell(.timerFired, after: 2.5)
            for (place, name) in names.enumerated() {
                let held = training(UInt32(place + 1), place..<place + 1)
                scene.tell(.hello(address(name, cut + 1), hello(name, held: [held])))
            }
        }
        let status = scene.coordinator.status(at: scene.now)
        #expect(status.sweeps.map(\.counts) == [SweepCounts(leased: 4)])
        #expect(status.workers.map(\.held) == [1, 1, 1, 1])
    }

    @Test("A unit that kills the only worker three times is quarantined when a worker is back, not before")
    func loneVictim() {
        var scene = Scene()
        scene.submit(1)
        for number in 1...3 as ClosedRange<UInt8> {
            scene.tell(.hello(address("a", number), hello("a", number)))
            let directives = scene.tell(.connectionLost(address("a", number), reason: "killed"))
            #expect(!directives.contains { if case .note(.unitQuarantined) = $0 { true } else { false } })
        }
        let directives = scene.tell(.hello(address("a", 4), hello("a", 4)))
        #expect(directives.contains { if case .note(.unitQuarantined) = $0 { true } else { false } })
        #expect(!leases(directives))
    }

    @Test("A new process of the same name and host ends the wait for a disconnected one")
    func successor() {
        var scene = Scene(Self.patient)
        scene.submit(4)
        scene.join("a")
        scene.tell(.connectionLost(address("a"), reason: "killed"))
        let directives = scene.tell(.hello(address("a", 2), hello("a", 2)), after: 0.1)
        #expect(directives.contains(.note(.workerLost("a", process("a"), reason: "killed", units: 4))))
        var elsewhere = hello("a", 3)
        elsewhere.host = "another host"
        scene.tell(.connectionLost(address("a", 2), reason: "killed"))
        let others = scene.tell(.hello(address("a", 3), elsewhere), after: 0.1)
        #expect(!others.contains { if case .note(.workerLost) = $0 { true } else { false } })
    }

    @Test("A worker whose key was revoked is lost at once, and nothing is charged")
    func revoked() {
        var scene = Scene(Self.patient)
        scene.submit(1)
        scene.join("a")
        #expect(
            scene.tell(.keyRevoked(address("a"))) == [
                .note(.workerLost("a", process("a"), reason: "its key was revoked", units: 1))
            ])
    }

    @Test("A restarted coordinator retracts charges for a process that is alive")
    func forgivenAfterRestart() {
        var scene = Scene(incarnation: 2)
        var submission = submission(0..<1)
        submission.formerLeases = [former("a", attempt(1), 0..<1)]
        submission.history = [
            FailureRecord(
                unit: unit(0), attempt: attempt(1), worker: "a", workerID: process("a"), cause: .death,
                reason: "killed")
        ]
        scene.tell(.sweepSubmitted(submission))
        let directives = scene.tell(.hello(address("a"), hello("a", held: [training(1, 0..<1)])))
        #expect(directives.contains(.commit(commit(1), [.forgiven(unit(0), attempt(1))])))
    }

    @Test("Contradictory messages change nothing, and their sender is told why")
    func contradictions() {
        var scene = Scene()
        scene.submit(4)
        scene.join("a")
        let doubled = HeldLease(attempt: attempt(1), units: [unit(0), unit(0)], isTraining: true)
        let claims: [(Coordinator.Event, String)] = [
            (.returned(address("a"), attempt(1), [unit(0), unit(0)]), "it gives a unit back twice in one message"),
            (.hello(address("a"), hello("a", held: [doubled])), "its hello lists a unit of a lease twice"),
            (
                .hello(address("a"), hello("a", held: [training(1, 0..<2), training(1, 2..<4)])),
                "its hello lists a lease twice"
            ),
        ]
        for (event, reason) in claims {
            #expect(
                scene.tell(event) == [
                    .note(.messageRefused("a", reason: reason)), .refuse(address("a"), reason: reason),
                ])
        }
        var renamed = hello("b")
        renamed.id = process("a")
        #expect(
            scene.tell(.hello(address("b"), renamed)).first.map {
                if case .note(.messageRefused) = $0 { true } else { false }
            } == true)
        #expect(scene.coordinator.status(at: scene.now).workers.map(\.held) == [4])
    }
}
