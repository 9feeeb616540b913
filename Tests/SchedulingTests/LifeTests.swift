import Scheduling
import Testing

@Suite("Registration, loss and return of workers")
struct LifeTests {
    @Test("The units of a lost connection are pending again")
    func connectionLost() {
        var scene = Scene()
        scene.submit(4)
        scene.join("a")
        #expect(
            scene.tell(.connectionLost(address("a"), reason: "closed")) == [
                .note(.workerAway("a", process("a"), reason: "closed")),
                .note(.workerLost("a", process("a"), reason: "closed", units: 4)),
            ])
        #expect(scene.tell(.hello(address("b"), hello("b"))).last == .lease(address("b"), lease(2, [0])))
    }

    @Test("A worker is lost after three and a half seconds of silence, and not before")
    func silence() {
        var scene = Scene()
        scene.submit(4)
        scene.join("a")
        #expect(scene.coordinator.nextDeadline == scene.now + 3.5)
        #expect(scene.tell(.timerFired, after: 3.4) == [])
        #expect(
            scene.tell(.timerFired, after: 0.1) == [
                .note(.workerLost("a", process("a"), reason: "silent for 3.5 s", units: 4))
            ])
    }

    @Test("After a stall of the coordinator, silence is judged only after queued messages")
    func stall() {
        var scene = Scene()
        scene.submit(8)
        scene.join("a")
        scene.join("b")
        // Both sent heartbeats all the while; they are brought one after the other.
        #expect(scene.tell(.heartbeat(address("a"), []), after: 5).allSatisfy { !$0.isLoss })
        #expect(scene.tell(.heartbeat(address("b"), [])).allSatisfy { !$0.isLoss })
        #expect(scene.tell(.timerFired).allSatisfy { !$0.isLoss })
    }

    @Test(
        "Any traffic is a sign of life",
        arguments: [
            Coordinator.Event.traffic(address("a")), .heartbeat(address("a"), [.training(1, 4)]),
            .reported(address("a"), [finished(0, attempt(1))]), .returned(address("a"), attempt(9), []),
            .hello(
                address("a"), hello("a", held: [HeldLease(attempt: attempt(1), units: units(0..<4), isTraining: true)])),
        ])
    func traffic(event: Coordinator.Event) {
        var scene = Scene()
        scene.submit(4)
        scene.join("a")
        scene.tell(event, after: 3)
        #expect(scene.tell(.timerFired, after: 3) == [])
    }

    @Test("An unknown peer is asked to register, except after a goodbye")
    func unknown() {
        var scene = Scene()
        #expect(scene.tell(.heartbeat(address("a"), [])) == [.askToRegister(address("a"))])
        #expect(scene.tell(.traffic(address("a"))) == [.askToRegister(address("a"))])
        #expect(scene.tell(.draining(address("a"))) == [.askToRegister(address("a"))])
        #expect(scene.tell(.goodbye(address("a"))) == [])
        #expect(scene.tell(.connectionLost(address("a"), reason: "closed")) == [])
    }

    @Test("A peer with another protocol version is rejected and told why")
    func version() {
        var scene = Scene()
        scene.submit(4)
        var old = hello("a")
        old.protocolVersion = 0
        let reason = "The coordinator speaks protocol version 1, the worker 0. Run the same ProbeSweep on both."
        #expect(scene.tell(.hello(address("a"), old)) == [.reject(address("a"), reason: reason)])
        #expect(scene.tell(.hello(address("b"), hello("b"))).last == .lease(address("b"), lease(1, 0..<4)))
    }

    @Test("A new process of a name shortens the patience with the old one, but does not end it at once")
    func namesake() {
        var scene = Scene()
        scene.submit(8)
        scene.join("a")
        scene.tell(.hello(address("a", 2), hello("a", 2)))
        #expect(scene.coordinator.nextDeadline == scene.now + 1.5)
        #expect(
            scene.tell(.timerFired, after: 1.5) == [
                .note(.workerLost("a", process("a"), reason: "silent for 1.5 s", units: 4))
            ])
    }

    @Test("Two living workers with the same name both stay")
    func sharedName() {
        var scene = Scene()
        scene.join("a")
        scene.tell(.hello(address("a", 2), hello("a", 2)))
        for _ in 0..<10 {
            #expect(scene.tell(.heartbeat(address("a"), []), after: 0.5) == [.beat(address("a"))])
            #expect(scene.tell(.heartbeat(address("a", 2), []), after: 0.5) == [.beat(address("a", 2))])
        }
    }

    @Test("After a goodbye units are pending again, and nothing is charged")
    func goodbye() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.heartbeat(address("a"), [.training(1, 1)]))
        #expect(scene.tell(.goodbye(address("a"))) == [.note(.workerLeft("a", process("a"), units: 1))])
        #expect(scene.tell(.hello(address("b"), hello("b"))).last == .lease(address("b"), lease(2, [0])))
    }

    @Test("A draining worker gets no leases, its returned units go to others, and its death charges no unit")
    func draining() {
        var settings = CoordinatorSettings.plain
        settings.leasesPerWorker = 2
        var scene = Scene(settings)
        scene.submit(5)
        scene.join("a")
        #expect(scene.tell(.draining(address("a"))) == [])
        #expect(
            scene.tell(.returned(address("a"), attempt(2), [])) == [.note(.unitsReturned("a", attempt(2), units: 1))])
        #expect(scene.tell(.hello(address("b"), hello("b"))).last == .lease(address("b"), lease(3, [4])))
        scene.tell(.reported(address("a"), (0..<3).map { finished($0, attempt(1)) }))
        #expect(
            scene.tell(.connectionLost(address("a"), reason: "closed")) == [
                .note(.workerAway("a", process("a"), reason: "closed")),
                .note(.workerLost("a", process("a"), reason: "closed", units: 1)),
                .lease(address("b"), lease(4, [3])),
            ])
    }

    @Test("An operator's drain is sent to all workers of the name")
    func operatorDrain() {
        var scene = Scene()
        scene.join("a", "b")
        #expect(scene.tell(.workerDrained("a")) == [.drain(address("a"))])
        #expect(scene.tell(.workerDrained("a")) == [])
        #expect(scene.tell(.sweepSubmitted(submission(0..<1))) == [.lease(address("b"), lease(1, [0]))])
    }

    @Test("A lease that a worker does not list long after it was sent is considered lost")
    func vanished() {
        var scene = Scene()
        scene.submit(4)
        scene.join("a")
        #expect(scene.tell(.heartbeat(address("a"), []), after: 1) == [.beat(address("a"))])
        scene.tell(.traffic(address("a")), after: 2)
        #expect(
            scene.tell(.heartbeat(address("a"), []), after: 1) == [
                .beat(address("a")), .note(.leaseVanished("a", attempt(1), units: 4)),
                .lease(address("a"), lease(2, 0..<4)),
            ])
    }

    @Test("A worker that lists a revoked lease is told to drop it, unless none of its units is unfinished")
    func givenUp() {
        var scene = Scene()
        scene.join("a")
        #expect(
            scene.tell(.heartbeat(address("a"), [.training(7, 2), .waiting(8, 0)])) == [
                .beat(address("a")), .cancel(address("a"), attempt(7), []),
            ])
    }
}

extension Coordinator.Directive {
    fileprivate var isLoss: Bool {
        if case .note(.workerLost) = self { true } else { false }
    }
}
