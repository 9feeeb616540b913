import Identities
import Scheduling
import Testing

@Suite("Adoption")
struct AdoptionTests {
    private func held(_ counter: UInt32, of incarnation: UInt32 = 1, _ numbers: Range<Int>, isTraining: Bool = true)
        -> HeldLease
    {
        HeldLease(attempt: attempt(counter, of: incarnation), units: units(numbers), isTraining: isTraining)
    }

    @Test("A restarted coordinator takes over what its workers hold, and leases only the rest")
    func restart() {
        var scene = Scene(incarnation: 2, knownWorkers: ["a", "b"])
        scene.submit(8, former: [former("a", attempt(5), 0..<4)])
        #expect(
            scene.tell(.hello(address("a"), hello("a", held: [held(5, 0..<4)]))) == [
                .welcome(address("a"), plainWelcome), .note(.workerJoined("a", process("a"))),
                .note(.leaseAdopted("a", attempt(5), units: 4)),
            ])
        #expect(
            scene.tell(.hello(address("b"), hello("b"))) == [
                .welcome(address("b"), plainWelcome), .note(.workerJoined("b", process("b"))),
                .note(.settled(workers: 2)),
                .lease(
                    address("b"), Lease(attempt: attempt(1, of: 2), pass: PassID("layer 0"), units: units(4..<8))),
            ])
    }

    @Test("A restarted coordinator waits for known workers for the settling time, and no longer")
    func settling() {
        var scene = Scene(incarnation: 2, knownWorkers: ["a", "gone"])
        scene.submit(4)
        scene.join("a")
        #expect(scene.coordinator.nextDeadline == scene.now + 1)
        #expect(
            scene.tell(.timerFired, after: 1) == [
                .note(.settled(workers: 1)),
                .lease(address("a"), Lease(attempt: attempt(1, of: 2), pass: PassID("layer 0"), units: units(0..<4))),
            ])
    }

    @Test("Finished units with unsent reports are not leased to others before their worker could report")
    func waitingReports() {
        var scene = Scene(incarnation: 2, knownWorkers: ["a"])
        scene.submit(3, former: [former("a", attempt(5), 0..<2)])
        var greeting = hello("a")
        greeting.waitingReports = 2
        #expect(
            scene.tell(.hello(address("a"), greeting)) == [
                .welcome(address("a"), plainWelcome), .note(.workerJoined("a", process("a"))),
            ])
        #expect(
            scene.tell(.reported(address("a"), [finished(0, attempt(5)), finished(1, attempt(5))])) == [
                .commit(commit(1), [row(0, attempt(5), "a"), row(1, attempt(5), "a")]),
                .note(.settled(workers: 1)),
                .lease(address("a"), Lease(attempt: attempt(1, of: 2), pass: PassID("layer 0"), units: [unit(2)])),
            ])
    }

    @Test("Units that are done, unknown, held by another worker or never leased to this process are not adopted")
    func refused() {
        var scene = Scene(incarnation: 2)
        scene.submit(4, former: [former("z", attempt(5), 0..<2), former("a", attempt(6), 0..<2)])
        scene.tell(.hello(address("z"), hello("z", held: [held(5, 0..<1, isTraining: true)])))
        scene.tell(.reported(address("z"), [finished(0, attempt(5))]))
        let claims = [
            held(6, 0..<2), held(5, 1..<2), held(7, 90..<92, isTraining: false), held(1, of: 3, 1..<2),
            held(1, of: 2, 2..<3),
        ]
        #expect(
            scene.tell(.hello(address("a"), hello("a", held: claims))).prefix(7) == [
                .welcome(address("a"), plainWelcome), .note(.workerJoined("a", process("a"))),
                .cancel(address("a"), attempt(6), [unit(0)]), .note(.leaseAdopted("a", attempt(6), units: 1)),
                .cancel(address("a"), attempt(5), []), .cancel(address("a"), attempt(7), []),
                .cancel(address("a"), attempt(1, of: 3), []),
            ])
    }

    @Test(
        "A worker that was thought dead keeps the units in training; leases of them that have not begun are withdrawn")
    func returnBeforeStart() {
        var settings = CoordinatorSettings.plain
        settings.leasesPerWorker = 2
        var scene = Scene(settings)
        scene.submit(12)
        scene.join("a", "b")
        // a holds 0..<8 and b 8..<12; b takes over what a had waiting, and a's suspects in groups of one.
        scene.tell(.connectionLost(address("a"), reason: "closed"))
        let directives = scene.tell(.hello(address("a"), hello("a", held: [held(1, 0..<4)])))
        #expect(directives.contains(.note(.leaseAdopted("a", attempt(1), units: 4))))
        #expect(directives.contains(.cancel(address("b"), attempt(4), [])))
    }

    @Test("A worker that was thought dead continues beside the new holder, and the first to finish wins")
    func returnAfterStart() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a", "b")
        #expect(scene.tell(.connectionLost(address("a"), reason: "closed")).last == .lease(address("b"), lease(2, [0])))
        scene.tell(.hello(address("a"), hello("a", held: [held(1, 0..<1)])))
        #expect(
            scene.tell(.reported(address("a"), [finished(0, attempt(1))])) == [
                .cancel(address("b"), attempt(2), []), .commit(commit(3), [row(0, attempt(1), "a")]),
            ])
    }

    @Test("A lease that both sides know is reconciled: units that ended are dropped")
    func known() {
        var scene = Scene()
        scene.submit(2)
        scene.join("a")
        scene.tell(.reported(address("a"), [finished(0, attempt(1))]))
        #expect(
            scene.tell(.hello(address("a"), hello("a", held: [held(1, 0..<2)]))) == [
                .welcome(address("a"), plainWelcome), .cancel(address("a"), attempt(1), [unit(0)]),
            ])
    }
}
