import Identities
import Scheduling
import Testing

/// A worker that trains whatever it is leased, and what it trained.
private struct Workshop {
    var scene = Scene()
    /// Seconds trained, by the hundred to which the units' numbers belong.
    private(set) var seconds: [Int: Double] = [:]
    private(set) var order: [Int] = []
    private var costs: [UnitKey: (number: Int, cost: Double)] = [:]
    private var leases: [Lease] = []

    mutating func submit(
        _ numbers: Range<Int>, cost: Float = 1, pass: String = "layer 0", of client: String, priority: Int = 0,
        as sweep: Int64
    ) {
        for number in numbers { costs[unit(number)] = (number, Double(cost)) }
        var submission = submission(numbers, cost: cost, pass: pass, sweep: SweepID(sweep))
        submission.client = client
        submission.priority = priority
        take(scene.tell(.sweepSubmitted(submission)))
    }

    mutating func tell(_ event: Coordinator.Event) { take(scene.tell(event)) }

    mutating func join() { take(scene.tell(.hello(address("a"), hello("a")))) }

    /// Trains this many leases, or as many as there are.
    mutating func train(_ count: Int) {
        for _ in 0..<count where !leases.isEmpty {
            let lease = leases.removeFirst()
            let worked = lease.units.compactMap { costs[$0] }
            for (number, cost) in worked {
                seconds[number / 100, default: 0] += cost
                order.append(number)
            }
            let length = worked.reduce(0) { $0 + $1.cost }
            for _ in 0..<Int(length) { take(scene.tell(.traffic(address("a")), after: 1)) }
            take(scene.tell(.reported(address("a"), worked.map { finished($0.number, lease.attempt) })))
        }
    }

    private mutating func take(_ directives: [Coordinator.Directive]) {
        for directive in directives {
            if case .lease(_, _, let lease) = directive { leases.append(lease) }
            if case .commit(let id, _) = directive { take(scene.tell(.committed(id))) }
        }
    }

    func status(of sweep: Int64) -> Coordinator.SweepStatus? {
        scene.coordinator.status(at: scene.now).sweeps.first { $0.sweep == SweepID(sweep) }
    }
}

@Suite("How sweeps share the workers")
struct ShareTests {
    @Test("Clients of equal priority get equal predicted seconds, whatever their units cost and whoever came first")
    func equal() {
        var shop = Workshop()
        shop.submit(0..<100, pass: "layer 0", of: "alice", as: 1)
        shop.submit(100..<200, cost: 4, pass: "layer 1", of: "bob", as: 2)
        shop.join()
        shop.train(20)
        #expect(shop.seconds == [0: 40, 1: 40])
    }

    @Test("More sweeps give a client no larger share, and the earlier of them goes first")
    func manySweeps() {
        var shop = Workshop()
        for sweep in 0..<3 {
            shop.submit(sweep * 100..<sweep * 100 + 20, pass: "layer \(sweep)", of: "alice", as: Int64(sweep))
        }
        shop.submit(300..<400, pass: "layer 3", of: "bob", as: 9)
        shop.join()
        shop.train(16)
        #expect(shop.seconds == [0: 20, 1: 12, 3: 32])
    }

    @Test("A share that nobody uses is the others', and is not owed to whoever comes later")
    func idleShare() {
        var shop = Workshop()
        shop.submit(0..<300, of: "alice", as: 1)
        shop.join()
        shop.train(25)
        shop.submit(300..<340, pass: "layer 1", of: "bob", as: 2)
        shop.train(20)
        #expect(shop.seconds[3] == 40)
        #expect(shop.seconds.values.reduce(0, +) == 180)
        shop.train(1)
        shop.submit(400..<500, pass: "layer 2", of: "bob", as: 3)
        shop.train(12)
        #expect(abs((shop.seconds[4] ?? 0) - 24) <= 4)
    }

    @Test("A sweep of higher priority goes first, and the others get what it leaves")
    func priority() {
        var shop = Workshop()
        shop.submit(0..<40, of: "alice", as: 1)
        shop.join()
        shop.submit(100..<112, pass: "layer 1", of: "bob", priority: 3, as: 2)
        shop.submit(200..<212, pass: "layer 2", of: "carol", priority: -1, as: 3)
        shop.train(100)
        #expect(shop.order == Array(0..<4) + Array(100..<112) + Array(4..<40) + Array(200..<212))
    }

    @Test("A priority that changes counts for all that is not leased yet, also for units that several sweeps want")
    func changedPriority() {
        var shop = Workshop()
        shop.submit(0..<12, of: "alice", as: 1)
        shop.submit(8..<16, of: "bob", as: 2)
        shop.join()
        shop.tell(.sweepPrioritised(SweepID(2), 1))
        shop.train(3)
        #expect(shop.order == Array(0..<4) + [12, 13, 14, 15, 8, 9, 10, 11])
        #expect(shop.status(of: 1)?.counts.done == 8)
    }

    @Test("Units that a cancelled sweep leaves to another are charged to that one's client")
    func handedOver() {
        var shop = Workshop()
        shop.submit(0..<40, of: "alice", as: 1)
        shop.submit(0..<40, of: "bob", as: 2)
        shop.submit(100..<140, pass: "layer 1", of: "alice", as: 3)
        shop.tell(.sweepCancelled(SweepID(1)))
        shop.join()
        shop.train(10)
        #expect(shop.seconds == [0: 20, 1: 20])
    }

    @Test(
        "One lease trains units of all sweeps of equal priority that read its layer, and each client is charged its own"
    )
    func sharedReading() {
        var shop = Workshop()
        shop.submit(0..<2, of: "alice", as: 1)
        shop.submit(100..<102, of: "bob", as: 2)
        shop.submit(200..<204, of: "carol", priority: -1, as: 3)
        shop.join()
        shop.train(1)
        #expect(shop.order == [0, 1, 100, 101])
    }

    @Test("Each sweep has a time to go of its own: that of its client's share, after what goes first")
    func timeToGo() {
        var shop = Workshop()
        shop.submit(0..<4, pass: "layer 0", of: "alice", as: 1)
        shop.submit(100..<108, pass: "layer 1", of: "alice", as: 2)
        shop.submit(200..<204, pass: "layer 2", of: "bob", as: 3)
        shop.submit(300..<302, pass: "layer 3", of: "carol", priority: -2, as: 4)
        #expect(shop.status(of: 1)?.secondsToGo == nil)
        shop.join()
        #expect((1...4).map { shop.status(of: $0)?.secondsToGo } == [8, 16, 8, 18])
        shop.tell(.sweepCancelled(SweepID(2)))
        #expect((1...4).map { shop.status(of: $0)?.secondsToGo } == [8, nil, 8, 10])
        shop.train(100)
        #expect((1...4).map { shop.status(of: $0)?.secondsToGo } == [nil, nil, nil, nil])
    }

    @Test("Two sweeps of the same units are both done when the units are, which is when each is told to be")
    func timeToGoOfShared() {
        var shop = Workshop()
        shop.submit(0..<12, of: "alice", as: 1)
        shop.submit(0..<12, of: "bob", as: 2)
        shop.join()
        #expect((1...2).map { shop.status(of: $0)?.secondsToGo } == [12, 12])
    }

    @Test("A cancelled sweep keeps the count of what it has done, with results that are being written")
    func cancelled() {
        var scene = Scene()
        scene.submit(8)
        scene.join("a")
        scene.tell(.reported(address("a"), [finished(0, attempt(1)), finished(1, attempt(1))]))
        scene.tell(.sweepCancelled(sweep))
        scene.tell(.committed(commit(1)))
        let status = scene.coordinator.status(at: scene.now).sweeps[0]
        #expect(status.isCancelled && status.counts == SweepCounts(done: 2))
    }

    @Test("Failures, deaths and returning workers leave every unit with the sweep for which it waits")
    func faults() {
        var scene = Scene()
        for client in 0..<3 {
            var submission = submission(client * 5..<client * 5 + 10, sweep: SweepID(Int64(client + 1)))
            submission.client = "client \(client)"
            submission.priority = client % 2
            scene.tell(.sweepSubmitted(submission))
        }
        scene.join("a", "b", "c")
        scene.tell(.heartbeat(address("a"), [.training(1, 4)]))
        scene.tell(.connectionLost(address("a"), reason: "reset"), after: 1)
        scene.tell(.goodbye(address("b")))
        scene.tell(.sweepPrioritised(SweepID(1), 5))
        scene.tell(.sweepCancelled(SweepID(2)))
        scene.tell(.hello(address("a", 2), hello("a", 2)))
        scene.tell(.connectionLost(address("c"), reason: "reset"))
        scene.tell(.sweepCancelled(SweepID(1)))
        #expect(scene.coordinator.status(at: scene.now).sweeps[2].counts.unfinished == 10)
    }

    @Test("A lease that was fetched ahead makes way for a sweep of higher priority, and is not charged")
    func fetchedAhead() {
        var settings = CoordinatorSettings.plain
        settings.leasesPerWorker = 2
        var scene = Scene(settings)
        func submission(_ numbers: Range<Int>, _ client: String, _ sweep: Int64, _ priority: Int) -> SweepSubmission {
            var submission = SchedulingTests.submission(numbers, pass: "layer \(sweep)", sweep: SweepID(sweep))
            (submission.client, submission.priority) = (client, priority)
            return submission
        }
        scene.tell(.sweepSubmitted(submission(0..<40, "alice", 1, 0)))
        scene.join("a")
        #expect(scene.tell(.sweepSubmitted(submission(100..<140, "bob", 2, 0))) == [])
        #expect(
            scene.tell(.sweepSubmitted(submission(200..<204, "carol", 3, 1))) == [
                .cancel(address("a"), attempt(2), []),
                .lease(address("a"), lease(3, 200..<204, pass: "layer 3")),
            ])
        // Alice was given as much as bob would be, and came first.
        let reports = (0..<4).map { finished($0, attempt(1)) }
        #expect(
            scene.tell(.reported(address("a"), reports), after: 4).last
                == .lease(address("a"), lease(4, 4..<8, pass: "layer 1")))
        #expect(
            scene.tell(.sweepPrioritised(SweepID(2), 1)) == [
                .cancel(address("a"), attempt(4), []),
                .lease(address("a"), lease(5, 100..<104, pass: "layer 2")),
            ])
    }

    @Test("Whatever clients and workers do, every unit waits for the first sweep that wants it", arguments: 1...20)
    func anything(_ seed: UInt64) {
        var chance = Chance(state: seed)
        var scene = Scene()
        var leases: [Lease] = []
        func take(_ directives: [Coordinator.Directive]) {
            for directive in directives {
                if case .lease(_, _, let lease) = directive { leases.append(lease) }
                if case .commit(let id, _) = directive { take(scene.tell(.committed(id))) }
            }
        }
        for _ in 0..<150 {
            let sweep = Int64(chance.below(5)) + 1
            let worker = "w\(chance.below(3))"
            switch chance.below(9) {
            case 0, 1:
                let first = chance.below(40)
                var submission = submission(
                    first..<first + 12, pass: "layer \(first / 20)", sweep: SweepID(sweep))
                submission.client = "client \(sweep % 3)"
                submission.priority = chance.below(3) - 1
                if scene.coordinator.status(at: scene.now).sweeps.allSatisfy({ $0.sweep != SweepID(sweep) }) {
                    take(scene.tell(.sweepSubmitted(submission)))
                }
            case 2: take(scene.tell(.sweepPrioritised(SweepID(sweep), chance.below(5) - 2)))
            case 3: if chance.below(3) == 0 { take(scene.tell(.sweepCancelled(SweepID(sweep)))) }
            case 4: take(scene.tell(.connectionLost(address(worker), reason: "reset"), after: 0.1))
            case 5: take(scene.tell(.goodbye(address(worker)), after: 0.1))
            case 6: take(scene.tell(.hello(address(worker), hello(worker)), after: 0.1))
            default:
                guard !leases.isEmpty else { continue }
                let lease = leases.remove(at: chance.below(leases.count))
                for name in ["w0", "w1", "w2"] {
                    let reports = lease.units.enumerated().map { index, unit in
                        UnitReport(
                            unit: unit, attempt: lease.attempt,
                            outcome: index % 5 == 4 ? .failed("chance") : .finished([1]))
                    }
                    take(scene.tell(.reported(address(name), reports), after: 0.1))
                }
            }
        }
        #expect(scene.coordinator.brokenInvariants() == [])
    }
}

/// A linear congruential generator, the same on every machine.
private struct Chance {
    var state: UInt64

    mutating func below(_ bound: Int) -> Int {
        state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
        return Int(state >> 33) % bound
    }
}
