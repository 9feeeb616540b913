import Scheduling
import Testing

@Suite("The worker")
struct WorkerTests {
    private struct Stage {
        var worker: Worker
        var now = Instant(seconds: 100)

        init(lifetime: Double? = nil, outbox: [UnitReport] = []) {
            var settings = WorkerSettings(id: process("a"), name: "a")
            settings.lifetime = lifetime
            worker = Worker(settings, outbox: outbox, at: now)
        }

        @discardableResult
        mutating func tell(_ event: Worker.Event, after seconds: Double = 0) -> [Worker.Directive] {
            now = now + seconds
            return worker.handle(event, at: now)
        }

        /// Connected, welcomed, with one lease in training and one waiting.
        static var busy: Stage {
            var stage = Stage()
            stage.tell(.connected)
            stage.tell(.welcomed(plainWelcome))
            stage.tell(.leased(lease(1, 0..<2)))
            stage.tell(.leased(lease(2, 2..<4)))
            return stage
        }
    }

    private let bothLeases = [
        HeldLease(attempt: attempt(1), units: units(0..<2), isTraining: true),
        HeldLease(attempt: attempt(2), units: units(2..<4), isTraining: false),
    ]

    @Test("It sends a hello when connected, and repeats it until it is welcomed")
    func hello() {
        var stage = Stage()
        let greeting = WorkerHello(protocolVersion: 1, id: process("a"), name: "a")
        #expect(stage.tell(.connected) == [.sendHello(greeting)])
        #expect(stage.worker.nextDeadline == stage.now + 1)
        #expect(stage.tell(.timerFired, after: 1) == [.sendHello(greeting)])
        #expect(stage.tell(.welcomed(plainWelcome)) == [])
        #expect(stage.tell(.timerFired, after: 1) == [.sendHeartbeat([])])
    }

    @Test("Large results are sent in several messages, one that exceeds the limit on its own")
    func largeResults() {
        let sizes = [1 << 20, 1 << 20, 1, 3 << 20, 100, 100]
        let reports = zip(units(0..<6), sizes).map { unit, size in
            UnitReport(unit: unit, attempt: attempt(1), outcome: .finished(Array(repeating: 7, count: size)))
        }
        var stage = Stage(outbox: reports)
        stage.tell(.connected)
        let sent = stage.tell(.welcomed(plainWelcome)).compactMap { directive in
            if case .sendReports(let reports) = directive { reports } else { nil }
        }
        #expect(sent.map(\.count) == [2, 1, 1, 2])
        #expect(sent.flatMap { $0 } == reports)
    }

    @Test("It trains one lease, reports that at once, and queues the next")
    func leases() {
        var stage = Stage()
        stage.tell(.connected)
        stage.tell(.welcomed(plainWelcome))
        #expect(
            stage.tell(.leased(lease(1, 0..<2))) == [.startPass(lease(1, 0..<2)), .sendHeartbeat([.training(1, 2)])])
        #expect(stage.tell(.leased(lease(2, 2..<4))) == [])
        #expect(
            stage.tell(.passEnded(attempt(1), reason: nil)) == [
                .sendReturned(attempt(1), units(0..<2)), .startPass(lease(2, 2..<4)), .sendHeartbeat([.training(2, 2)]),
            ])
    }

    @Test("A lease that is delivered twice, or after its cancellation, is not trained again")
    func deliveredTwice() {
        var stage = Stage.busy
        #expect(stage.tell(.leased(lease(2, 2..<4))) == [])
        #expect(stage.tell(.cancelled(attempt(3), [])) == [])
        #expect(stage.tell(.leased(lease(3, 4..<6))) == [])
        stage.tell(.progressed(attempt(1), 0.25))
        #expect(
            stage.tell(.timerFired, after: 1) == [
                .sendHeartbeat([.training(1, 2, progress: 0.25), .waiting(2, 2)])
            ])
    }

    @Test("A report is stored before it is sent, and kept and sent again until its receipt arrives")
    func reports() {
        var stage = Stage.busy
        let report = finished(0, attempt(1))
        #expect(stage.tell(.unitsEnded([report])) == [.store([report]), .sendReports([report])])
        for _ in 0..<4 { stage.tell(.beat, after: 1) }
        #expect(
            stage.tell(.beat, after: 1) == [.sendHeartbeat([.training(1, 1), .waiting(2, 2)]), .sendReports([report])])
        #expect(stage.tell(.acknowledged([report.receipt])) == [.erase([report.receipt])])
        #expect(stage.tell(.acknowledged([report.receipt])) == [])
        #expect(stage.tell(.beat, after: 1) == [.sendHeartbeat([.training(1, 1), .waiting(2, 2)])])
    }

    @Test("A lease is listed until all its reports have receipts")
    func listed() {
        var stage = Stage()
        stage.tell(.connected)
        stage.tell(.welcomed(plainWelcome))
        stage.tell(.leased(lease(1, [0])))
        stage.tell(.unitsEnded([finished(0, attempt(1))]))
        stage.tell(.passEnded(attempt(1), reason: nil))
        #expect(stage.tell(.timerFired, after: 1) == [.sendHeartbeat([.waiting(1, 0)])])
        stage.tell(.acknowledged([receipt(0, attempt(1))]))
        #expect(stage.tell(.timerFired, after: 1) == [.sendHeartbeat([])])
    }

    @Test("If a pass fails as a whole, its units fail with the reason")
    func passFails() {
        var stage = Stage.busy
        let reports = [failed(0, attempt(1), "shard is truncated"), failed(1, attempt(1), "shard is truncated")]
        #expect(
            stage.tell(.passEnded(attempt(1), reason: "shard is truncated")) == [
                .store(reports), .startPass(lease(2, 2..<4)), .sendHeartbeat([.training(2, 2), .waiting(1, 0)]),
                .sendReports(reports),
            ])
    }

    @Test("After long silence of the coordinator it reconnects, and the pass continues")
    func silence() {
        var stage = Stage.busy
        stage.tell(.timerFired, after: 1)
        stage.tell(.timerFired, after: 1)
        stage.tell(.timerFired, after: 1)
        // Signs of life may be queued behind what the pass says.
        stage.tell(.progressed(attempt(1), 0.5), after: 0.5)
        #expect(stage.worker.nextDeadline <= stage.now)
        #expect(stage.tell(.timerFired) == [.reconnect])
        let report = finished(0, attempt(1))
        #expect(stage.tell(.unitsEnded([report]), after: 1) == [.store([report])])
        var held = bothLeases
        held[0].units = [unit(1)]
        #expect(
            stage.tell(.connected) == [
                .sendHello(WorkerHello(protocolVersion: 1, id: process("a"), name: "a", held: held, waitingReports: 1))
            ])
        #expect(stage.tell(.welcomed(plainWelcome)) == [.sendReports([report])])
    }

    @Test("It registers again when a restarted coordinator asks, once for several requests")
    func registration() {
        var stage = Stage.busy
        #expect(
            stage.tell(.registrationAsked) == [
                .sendHello(WorkerHello(protocolVersion: 1, id: process("a"), name: "a", held: bothLeases))
            ])
        #expect(stage.tell(.registrationAsked) == [])
    }

    @Test("Reports of an earlier process in the outbox are sent")
    func outbox() {
        let left = [finished(0, attempt(1)), finished(1, attempt(1))]
        var stage = Stage(outbox: left)
        #expect(
            stage.tell(.connected) == [
                .sendHello(
                    WorkerHello(
                        protocolVersion: 1, id: process("a"), name: "a",
                        held: [HeldLease(attempt: attempt(1), units: [], isTraining: false)], waitingReports: 2))
            ])
        #expect(stage.tell(.welcomed(plainWelcome)) == [.sendReports(left)])
    }

    @Test("Cancelled units are removed from the pass; a lease without units ends, and the next begins")
    func cancellation() {
        var stage = Stage.busy
        #expect(stage.tell(.cancelled(attempt(1), [unit(0)])) == [.cancelUnits(attempt(1), [unit(0)])])
        #expect(
            stage.tell(.cancelled(attempt(1), [unit(1)])) == [
                .cancelUnits(attempt(1), [unit(1)]), .abandonPass(attempt(1)), .startPass(lease(2, 2..<4)),
                .sendHeartbeat([.training(2, 2)]),
            ])
        #expect(stage.tell(.passEnded(attempt(1), reason: "cancelled")) == [])
        #expect(
            stage.tell(.cancelled(attempt(2), [])) == [
                .cancelUnits(attempt(2), [unit(2), unit(3)]), .abandonPass(attempt(2)),
            ])
    }

    @Test("A lease's content is handed to its pass without units cancelled before, and then dropped")
    func content() {
        var stage = Stage()
        stage.tell(.connected)
        stage.tell(.welcomed(plainWelcome))
        stage.tell(.leased(lease(1, 0..<2)))
        let forms = Dictionary(uniqueKeysWithValues: (2..<5).map { (unit($0), [UInt8($0)]) })
        stage.tell(.leased(lease(2, 2..<5), LeaseContent(folder: "/f", keepsPredictions: true, forms: forms)))
        stage.tell(.cancelled(attempt(2), [unit(3)]))
        let started = stage.tell(.passEnded(attempt(1), reason: nil))
        let left = [unit(2): [UInt8(2)], unit(4): [4]]
        #expect(
            started.contains(
                .startPass(
                    Lease(attempt: attempt(2), pass: lease(2, 2..<5).pass, units: [unit(2), unit(4)]),
                    LeaseContent(folder: "/f", keepsPredictions: true, forms: left))), "\(started)")
    }

    @Test("A drain returns unstarted leases at once, lets the pass end, and exits when its reports have receipts")
    func drain() {
        var stage = Stage.busy
        #expect(stage.tell(.drainRequested) == [.sendDraining, .sendReturned(attempt(2), [])])
        #expect(stage.tell(.leased(lease(3, 4..<6))) == [.sendReturned(attempt(3), [])])
        let reports = [finished(0, attempt(1)), finished(1, attempt(1))]
        stage.tell(.unitsEnded(reports), after: 1)
        #expect(stage.tell(.passEnded(attempt(1), reason: nil)) == [])
        #expect(
            stage.tell(.acknowledged(reports.map(\.receipt))) == [
                .erase(reports.map(\.receipt)), .sendGoodbye, .exit(status: 0, reason: "drained"),
            ])
        #expect(stage.worker.nextDeadline == .distantFuture)
    }

    @Test("A drain waits for the pass and for receipts no longer than their grace periods")
    func drainGrace() {
        var stage = Stage.busy
        stage.tell(.drainRequested)
        let report = finished(0, attempt(1))
        stage.tell(.unitsEnded([report]))
        for _ in 0..<19 { stage.tell(.beat, after: 1) }
        #expect(
            stage.tell(.beat, after: 1).filter { if case .sendReports = $0 { false } else { true } } == [
                .sendHeartbeat([.training(1, 1)]), .abandonPass(attempt(1)), .sendReturned(attempt(1), [unit(1)]),
            ])
        stage.tell(.beat, after: 1)
        #expect(stage.tell(.beat, after: 1).suffix(2) == [.sendGoodbye, .exit(status: 0, reason: "drained")])
    }

    @Test("A second signal abandons the pass at once")
    func halt() {
        var stage = Stage.busy
        #expect(
            stage.tell(.haltRequested) == [
                .sendDraining, .sendReturned(attempt(2), []), .abandonPass(attempt(1)),
                .sendReturned(attempt(1), units(0..<2)), .sendGoodbye, .exit(status: 0, reason: "drained"),
            ])
    }

    @Test("Without a coordinator, a drained worker leaves its reports on disk and exits")
    func drainAway() {
        var stage = Stage.busy
        stage.tell(.unitsEnded([finished(0, attempt(1)), finished(1, attempt(1))]))
        stage.tell(.disconnected)
        #expect(stage.tell(.drainRequested) == [])
        #expect(stage.tell(.passEnded(attempt(1), reason: nil)) == [.exit(status: 0, reason: "drained")])
    }

    @Test("A worker with a limited lifetime drains itself before its end")
    func lifetime() {
        var stage = Stage(lifetime: 60)
        #expect(
            stage.tell(.connected) == [
                .sendHello(WorkerHello(protocolVersion: 1, id: process("a"), name: "a", lifetime: 60))
            ])
        stage.tell(.welcomed(plainWelcome))
        for _ in 0..<49 { stage.tell(.beat, after: 1) }
        #expect(
            stage.tell(.beat, after: 1) == [
                .sendDraining, .sendHeartbeat([]), .sendGoodbye, .exit(status: 0, reason: "drained"),
            ])
    }

    @Test("A pass that goes on until shortly before the end is given back while there is time to say so")
    func lifetimeInTraining() {
        var stage = Stage(lifetime: 60)
        stage.tell(.connected)
        stage.tell(.welcomed(plainWelcome))
        stage.tell(.leased(lease(1, 0..<2)))
        for _ in 0..<57 { stage.tell(.beat, after: 1) }
        #expect(!stage.tell(.progressed(attempt(1), 0.5), after: 0.5).contains(.abandonPass(attempt(1))))
        #expect(
            stage.tell(.timerFired, after: 0.5).suffix(4) == [
                .abandonPass(attempt(1)), .sendReturned(attempt(1), units(0..<2)), .sendGoodbye,
                .exit(status: 0, reason: "drained"),
            ])
    }

    @Test("A rejected worker exits with the reason")
    func rejected() {
        var stage = Stage()
        stage.tell(.connected)
        #expect(stage.tell(.rejected(reason: "other version")) == [.exit(status: 2, reason: "other version")])
    }
}
