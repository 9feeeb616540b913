import Identities
import Scheduling
import Testing

@Suite("Leases")
struct LeaseTests {
    @Test("A worker that registers is welcomed and gets units up to the cost of a lease")
    func firstLease() {
        var scene = Scene()
        scene.submit(10)
        #expect(
            scene.tell(.hello(address("a"), hello("a"))) == [
                .welcome(address("a"), plainWelcome), .note(.workerJoined("a", process("a"))),
                .lease(address("a"), lease(1, 0..<4)),
            ])
    }

    @Test("Nothing is sent to a worker when there is nothing to train")
    func nothingToDo() {
        var scene = Scene()
        #expect(
            scene.tell(.hello(address("a"), hello("a"))) == [
                .welcome(address("a"), plainWelcome), .note(.workerJoined("a", process("a"))),
            ])
        #expect(scene.tell(.sweepSubmitted(submission(0..<2))) == [.lease(address("a"), lease(1, 0..<2))])
    }

    @Test("A lease stays within one pass")
    func onePass() {
        var scene = Scene()
        scene.tell(
            .sweepSubmitted(
                SweepSubmission(
                    sweep: sweep,
                    passes: [
                        WorkPass(PassID("layer 0"), [WorkItem(unit(0), cost: 1), WorkItem(unit(1), cost: 1)]),
                        WorkPass(PassID("layer 1"), [WorkItem(unit(2), cost: 1), WorkItem(unit(3), cost: 1)]),
                    ])))
        let first = scene.tell(.hello(address("a"), hello("a")))
        #expect(first.last == .lease(address("a"), lease(1, [0, 1])))
        let second = scene.tell(.hello(address("b"), hello("b")))
        #expect(second.last == .lease(address("b"), lease(2, [2, 3], pass: "layer 1")))
    }

    @Test("A worker continues with the pass that it has just read")
    func affinity() {
        var scene = Scene()
        for layer in 0..<3 {
            scene.tell(.sweepSubmitted(submission(layer * 10..<layer * 10 + 10, pass: "layer \(layer)")))
        }
        scene.join("a", "b")
        let reports = (10..<14).map { finished($0, attempt(2)) }
        scene.wait(4)
        #expect(
            scene.tell(.reported(address("b"), reports)) == [
                .commit(commit(1), (10..<14).map { row($0, attempt(2), "b") }),
                .lease(address("b"), lease(3, 14..<18, pass: "layer 1")),
            ])
    }

    @Test("One lease is prefetched, and no more")
    func fetchAhead() {
        var settings = CoordinatorSettings.plain
        settings.leasesPerWorker = 2
        var scene = Scene(settings)
        scene.submit(20)
        #expect(
            scene.tell(.hello(address("a"), hello("a"))) == [
                .welcome(address("a"), plainWelcome), .note(.workerJoined("a", process("a"))),
                .lease(address("a"), lease(1, 0..<4)), .lease(address("a"), lease(2, 4..<8)),
            ])
        #expect(
            scene.tell(.heartbeat(address("a"), [.training(1, 4), .waiting(2, 4)]), after: 1) == [.beat(address("a"))])
    }

    @Test("Leases get shorter as less is left")
    func guided() {
        var settings = CoordinatorSettings.plain
        settings.minimumLeaseSeconds = 1
        settings.maximumLeaseSeconds = 100
        settings.leaseDivisor = 2
        var scene = Scene(settings)
        scene.submit(64)
        scene.join("a")
        var lengths: [Int] = []
        var next = 0
        // The first lease measures the worker, whose word is not relied on.
        for counter in 1...7 as ClosedRange<UInt32> {
            let count = counter == 1 ? 1 : lengths[lengths.count - 1]
            let reports = (next..<next + count).map { finished($0, attempt(counter)) }
            next += count
            for directive in scene.tell(.reported(address("a"), reports), after: Double(count)) {
                if case .lease(_, _, let lease) = directive { lengths.append(lease.units.count) }
            }
        }
        #expect(lengths == [31, 16, 8, 4, 2, 1, 1])
    }

    @Test("A worker with a limited lifetime gets what it can finish, with a margin")
    func lifetime() {
        var scene = Scene()
        scene.submit(10)
        var short = hello("a")
        short.lifetime = 3
        #expect(scene.tell(.hello(address("a"), short)).last == .lease(address("a"), lease(1, 0..<2)))
        short.name = "b"
        short.id = process("b")
        short.lifetime = 1
        #expect(
            scene.tell(.hello(address("b"), short)) == [
                .welcome(address("b"), plainWelcome), .note(.workerJoined("b", process("b"))),
            ])
    }

    @Test("Earlier sweeps have priority")
    func order() {
        var scene = Scene()
        scene.tell(.sweepSubmitted(submission(0..<2, pass: "layer 5")))
        scene.tell(.sweepSubmitted(submission(10..<12, pass: "layer 0", sweep: SweepID(3))))
        #expect(
            scene.tell(.hello(address("a"), hello("a"))).last == .lease(address("a"), lease(1, 0..<2, pass: "layer 5")))
    }

    @Test("The status shows that a pass seems stuck while its worker says so")
    func stuck() {
        var scene = Scene()
        scene.submit(1)
        scene.tell(.hello(address("a"), hello("a")))
        let said = ["no result for 700 s", nil].map { reason in
            var status = LeaseStatus.training(1, 1)
            status.stuck = reason
            scene.tell(.heartbeat(address("a"), [status]))
            return scene.coordinator.status(at: scene.now).workers.first?.stuck
        }
        #expect(said.map { $0?.reason } == ["no result for 700 s", nil])
        #expect(said.first??.pass == PassID("layer 0"))
    }

    @Test("Attempts increase over restarts of the coordinator")
    func attempts() {
        #expect(Attempt(incarnation: 1, counter: .max) < Attempt(incarnation: 2, counter: 1))
        var scene = Scene(incarnation: 7)
        scene.submit(1)
        let expected = Lease(attempt: attempt(1, of: 7), pass: PassID("layer 0"), units: [unit(0)])
        #expect(scene.tell(.hello(address("a"), hello("a"))).last == .lease(address("a"), expected))
    }
}

extension LeaseStatus {
    static func training(_ counter: UInt32, _ unfinished: Int, progress: Double = 0) -> LeaseStatus {
        LeaseStatus(
            attempt: Attempt(incarnation: 1, counter: counter), unfinished: unfinished, isTraining: true,
            progress: progress)
    }

    static func waiting(_ counter: UInt32, _ unfinished: Int) -> LeaseStatus {
        LeaseStatus(attempt: Attempt(incarnation: 1, counter: counter), unfinished: unfinished, isTraining: false)
    }
}
