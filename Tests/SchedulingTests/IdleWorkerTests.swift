import Identities
import Scheduling
import Testing

@Suite("A worker that nobody needs")
struct IdleWorkerTests {
    /// A worker in virtual time that leaves after a minute without work.
    private struct Stage {
        var worker: Worker
        var now = Instant(seconds: 100)
        /// Everything that was ordered while time passed.
        var orders: [Worker.Directive] = []

        init(idleTimeout: Double? = 60, lifetime: Double? = nil, outbox: [UnitReport] = []) {
            var settings = WorkerSettings(id: process("a"), name: "a")
            settings.idleTimeout = idleTimeout
            settings.lifetime = lifetime
            worker = Worker(settings, outbox: outbox, at: now)
        }

        @discardableResult
        mutating func tell(_ event: Worker.Event) -> [Worker.Directive] {
            let directives = worker.handle(event, at: now)
            orders += directives
            return directives
        }

        mutating func join() {
            tell(.connected)
            tell(.welcomed(plainWelcome))
        }

        /// Lets time pass, the coordinator giving a sign of life every second if it can be reached.
        mutating func wait(_ seconds: Int, hearing isReachable: Bool = true) {
            for _ in 0..<seconds {
                now = now + 1
                tell(isReachable ? .beat : .timerFired)
            }
        }

        /// Why it ended, nil while it has not; the status is always 0.
        var reason: String? {
            for case .exit(let status, let reason) in orders { return status == 0 ? reason : "status \(status)" }
            return nil
        }

        var saidGoodbye: Bool { orders.contains(.sendGoodbye) }
    }

    @Test("Leaves in order when nothing was leased to it for that long, and says why")
    func leaves() {
        var stage = Stage()
        stage.join()
        #expect(stage.worker.nextDeadline <= stage.now + 60)
        stage.wait(59)
        #expect(stage.reason == nil)
        stage.wait(1)
        #expect(
            stage.orders.suffix(2) == [.sendGoodbye, .exit(status: 0, reason: "nothing was leased to it for 60 s")])
        #expect(stage.worker.nextDeadline == .distantFuture)
        stage.wait(100)
        #expect(stage.orders.last == .exit(status: 0, reason: "nothing was leased to it for 60 s"))
    }

    @Test("Stays without a timeout")
    func never() {
        var stage = Stage(idleTimeout: nil)
        stage.join()
        stage.wait(10_000)
        #expect(stage.reason == nil)
    }

    @Test("Stays while a pass trains and while reports have no receipts; the time counts from the last receipt")
    func busy() {
        var stage = Stage()
        stage.join()
        stage.wait(30)
        stage.tell(.leased(lease(1, [0])))
        stage.wait(600)
        stage.tell(.unitsEnded([finished(0, attempt(1))]))
        stage.tell(.passEnded(attempt(1), reason: nil))
        stage.wait(600)
        #expect(stage.reason == nil)
        stage.tell(.acknowledged([receipt(0, attempt(1))]))
        stage.wait(59)
        #expect(stage.reason == nil)
        stage.wait(1)
        #expect(stage.saidGoodbye && stage.reason == "nothing was leased to it for 60 s")
    }

    @Test("A lease that comes at the last moment is trained, and so is one behind it")
    func lastMoment() {
        var stage = Stage()
        stage.join()
        stage.wait(59)
        stage.tell(.leased(lease(1, [0])))
        stage.tell(.leased(lease(2, [1])))
        stage.wait(100)
        stage.tell(.cancelled(attempt(1), []))
        #expect(stage.orders.contains(.startPass(lease(2, [1]))))
        stage.wait(100)
        #expect(stage.reason == nil)
    }

    @Test("Cut off with reports on disk, it stays until they are delivered")
    func reportsOnDisk() {
        var stage = Stage(outbox: [finished(0, attempt(1))])
        stage.wait(1_000, hearing: false)
        #expect(stage.reason == nil)
        stage.join()
        stage.tell(.acknowledged([receipt(0, attempt(1))]))
        stage.wait(60)
        #expect(stage.reason != nil)
    }

    @Test("Cut off with nothing in hand, it leaves as well and says that the coordinator cannot be reached")
    func unreachable() {
        let reason = "nothing was leased to it for 60 s, and the coordinator cannot be reached"
        var neverJoined = Stage()
        neverJoined.wait(60, hearing: false)
        #expect(neverJoined.reason == reason)
        #expect(!neverJoined.saidGoodbye)
        var cutOff = Stage()
        cutOff.join()
        cutOff.wait(10)
        cutOff.tell(.disconnected)
        cutOff.wait(49, hearing: false)
        #expect(cutOff.reason == nil)
        cutOff.wait(1, hearing: false)
        #expect(cutOff.reason == reason)
    }

    @Test("A worker that is told to end does so for that reason")
    func drained() {
        var stage = Stage()
        stage.join()
        stage.wait(30)
        stage.tell(.drainRequested)
        stage.wait(60)
        #expect(stage.reason == "drained")
        var limited = Stage(lifetime: 30)
        limited.join()
        limited.wait(60)
        #expect(limited.reason == "drained")
    }

    @Test("The coordinator takes its goodbye for no death, and leases what crossed it to others")
    func goodbye() {
        var scene = Scene()
        scene.join("a")
        scene.submit(1)
        #expect(
            scene.tell(.goodbye(address("a"))) == [
                .note(.workerLeft("a", process("a"), units: 1))
            ])
        #expect(scene.tell(.hello(address("b"), hello("b"))).last == .lease(address("b"), lease(2, [0])))
        #expect(scene.coordinator.status(at: scene.now).sweeps.map(\.counts.quarantined) == [0])
    }
}
