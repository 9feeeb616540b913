import Scheduling
import TestKit
import Testing

@testable import Launch

@Suite("Which workers an engine is to start and to let go")
struct FleetTests {
    private static func names(_ count: Int) -> [String] { (1...count).map { "w-\($0)" } }

    private static func queued(_ most: Int, atLeast: Int = 0) -> FleetSettings {
        .queued(names(most), atLeast: atLeast)
    }

    @Test("As many are started as are wanted, within the bounds")
    func bounds() {
        for (wanted, least, most, expected) in [(3, 0, 10, 3), (30, 0, 10, 10), (0, 2, 10, 2), (0, 0, 10, 0)] {
            var engine = SimulatedEngine(Self.queued(most, atLeast: least), wanted: { _ in wanted }) { _, _ in .init() }
            engine.run(until: 100)
            #expect(engine.living == expected)
            #expect(engine.submissions == expected)
        }
    }

    @Test("What waits in the queue counts, however long it waits")
    func queue() {
        var engine = SimulatedEngine(Self.queued(50), wanted: { _ in 4 }) { _, _ in .init(wait: 5_000) }
        engine.run(until: 4_000)
        #expect(engine.submissions == 4)
    }

    @Test("Queued workers that are not wanted any more leave the queue, and those that run are left to themselves")
    func surplus() {
        var engine = SimulatedEngine(Self.queued(10), wanted: { $0 < 50 ? 10 : 2 }) { number, _ in
            .init(wait: number < 6 ? 0 : 10_000)
        }
        engine.run(until: 100)
        #expect(engine.living == 6)
        #expect(engine.cancellations == 4)
        #expect(engine.submissions == 10)
    }

    @Test("A worker whose time is up is replaced while work remains, and not afterwards")
    func replaced() {
        var engine = SimulatedEngine(Self.queued(3), wanted: { $0 < 600 ? 3 : 0 }) { _, _ in .init(life: 120) }
        engine.run(until: 1_000)
        #expect(engine.mostOutstanding == 3)
        #expect((12...15).contains(engine.submissions), "\(engine.submissions)")
        #expect(engine.living == 0)
        #expect(engine.failure == nil)
    }

    @Test("A time limit, a lost node and a preemption are no failures of a worker that had joined")
    func interrupted() {
        var engine = SimulatedEngine(Self.queued(2), wanted: { _ in 2 }) { _, _ in
            .init(life: 30, end: .interrupted("NODE_FAIL", lastWords: nil))
        }
        engine.run(until: 3_000)
        #expect(engine.failure == nil)
        #expect(engine.submissions > 150)
    }

    @Test(
        "Jobs that die at once are tried one at a time, after pauses that double, and then given up with their last words"
    )
    func dyingAtOnce() {
        let end = JobEnd.failed(status: 127, lastWords: "no such program")
        var engine = SimulatedEngine(Self.queued(50), wanted: { _ in 50 }) { _, _ in
            .init(joining: nil, life: 1, end: end)
        }
        engine.run(until: 10_000)
        #expect(engine.submissions == 50 + 5, "those of the first round are one failure")
        #expect(engine.failure?.fault == .ended(end))
        #expect(engine.living == 0)
    }

    @Test("An engine that refuses is asked again after pauses that double, up to five minutes, while others work")
    func refusing() {
        var engine = SimulatedEngine(Self.queued(10), wanted: { _ in 10 }) { number, _ in number < 3 ? .init() : nil }
        engine.run(until: 3_600)
        #expect(engine.living == 3)
        #expect(engine.failure == nil, "three work")
        #expect((20...28).contains(engine.submissions), "\(engine.submissions)")
    }

    @Test("An engine that refuses everything is given up with its reason")
    func refusingAll() {
        var engine = SimulatedEngine(Self.queued(4), wanted: { _ in 4 }) { _, _ in nil }
        engine.run(until: 3_600)
        #expect(engine.failure?.fault == .refused("the queue is full"))
        #expect(engine.submissions <= 4 * 6)
    }

    @Test("A failure that passes is forgotten once a worker has lived a minute")
    func recovered() {
        var engine = SimulatedEngine(Self.queued(2), wanted: { _ in 2 }) { number, _ in
            number < 4 ? .init(joining: nil, life: 1, end: .failed(status: 1, lastWords: nil)) : .init()
        }
        engine.run(until: 30)
        #expect(engine.fleet.lastFailure?.fault == .ended(.failed(status: 1, lastWords: nil)))
        engine.run(until: 1_000)
        #expect(engine.living == 2)
        #expect(engine.failure == nil)
        #expect(engine.fleet.lastFailure == nil)
    }

    @Test("A machine whose workers keep failing is left out and tried now and then, and the others go on")
    func leftOut() {
        var engine = SimulatedEngine(.machines(Self.names(3), atLeast: 3), wanted: { _ in 3 }) { _, member in
            member == "w-2" ? .init(joining: nil, life: 1, end: .failed(status: 1, lastWords: nil)) : .init()
        }
        engine.run(until: 3_000)
        #expect(engine.living == 2)
        #expect(engine.fleet.leftOut == 1)
        #expect(engine.fleet.lastFailure?.member == "w-2")
        #expect(engine.failure == nil)
        #expect(
            (12...16).contains(engine.submissions - 2), "a start every five minutes in the end: \(engine.submissions)")
        #expect(engine.notes.contains { if case .leftOut("w-2", _, pause: 300) = $0 { true } else { false } })
    }

    @Test("The launch is given up when every machine is left out")
    func allLeftOut() {
        var engine = SimulatedEngine(.machines(Self.names(2), atLeast: 2), wanted: { _ in 2 }) { _, _ in nil }
        engine.run(until: 3_000)
        #expect(engine.failure != nil)
        #expect(engine.submissions == 10)
    }

    @Test("A worker that runs and does not join is ended, and counts as failed")
    func silent() {
        var engine = SimulatedEngine(.machines(Self.names(1), atLeast: 1), wanted: { _ in 1 }) { _, _ in
            .init(joining: nil)
        }
        engine.run(until: 3_000)
        #expect(engine.failure?.fault == .notJoined(seconds: 120))
        #expect(engine.living == 0)
    }

    @Test("A worker that does not join is ended however long each look takes, and not while the coordinator is away")
    func slowLooks() {
        func at(_ seconds: Double) -> Instant { Instant(seconds: seconds) }
        let nobody = Fleet.Event.facts(.init(wanted: 1, joined: [:]))
        for isAway in [false, true] {
            var fleet = Fleet(.machines(Self.names(1), atLeast: 1), at: at(0))
            _ = fleet.handle(nobody, at: at(0))
            _ = fleet.handle(.submitted(member: "w-1", job: "7"), at: at(1))
            var directives: [Fleet.Directive] = []
            for look in 1...4 {
                let now = at(Double(look) * 60)
                directives += fleet.handle(.jobs(["7": .running]), at: now)
                directives += fleet.handle(isAway ? .silent : nobody, at: now) + fleet.handle(.tick, at: now)
            }
            #expect(directives.contains(.cancel(["7"])) == !isAway, "\(directives)")
        }
    }

    @Test("On one machine a crash loop ends everything, and a single crash nothing")
    func local() {
        let fails = JobEnd.failed(status: 1, lastWords: nil)
        var loop = SimulatedEngine(.local(Self.names(2)), wanted: { _ in 2 }) { _, member in
            member == "w-1" ? .init(joining: nil, life: 1, end: fails) : .init()
        }
        loop.run(until: 100)
        #expect(loop.failure?.member == "w-1")
        #expect(loop.failure?.times == 5)
        var crash = SimulatedEngine(.local(Self.names(2)), wanted: { _ in 2 }) { number, _ in
            number == 0 ? .init(life: 10, end: fails) : .init()
        }
        crash.run(until: 1_000)
        #expect(crash.failure == nil)
        #expect(crash.living == 2)
    }

    @Test("A requeued job is waited for, and nothing is submitted in its place")
    func requeued() {
        var fleet = Fleet(Self.queued(1), at: Instant(seconds: 0))
        func at(_ seconds: Double) -> Instant { Instant(seconds: seconds) }
        #expect(
            fleet.handle(.facts(.init(wanted: 1, joined: [:])), at: at(0)) == [.submit(member: "w-1")])
        _ = fleet.handle(.submitted(member: "w-1", job: "7"), at: at(0))
        _ = fleet.handle(.jobs(["7": .running]), at: at(5))
        _ = fleet.handle(.facts(.init(wanted: 1, joined: ["w-1": ["first"]])), at: at(8))
        #expect(fleet.joined == 1)
        #expect(fleet.handle(.jobs(["7": .queued]), at: at(60)) == [])
        #expect(fleet.joined == 0)
        _ = fleet.handle(.jobs(["7": .running]), at: at(100))
        #expect(
            fleet.handle(.facts(.init(wanted: 1, joined: ["w-1": ["first", "second"]])), at: at(110))
                == [.report(.joined(member: "w-1"))])
    }

    @Test("Stopping cancels everything, also what the engine is still taking")
    func stopped() {
        var fleet = Fleet(Self.queued(2), at: Instant(seconds: 0))
        _ = fleet.handle(.facts(.init(wanted: 2, joined: [:])), at: Instant(seconds: 0))
        _ = fleet.handle(.submitted(member: "w-1", job: "1"), at: Instant(seconds: 1))
        #expect(fleet.handle(.stop, at: Instant(seconds: 2)) == [.cancel(["1"])])
        #expect(!fleet.isEmpty)
        #expect(fleet.handle(.submitted(member: "w-2", job: "2"), at: Instant(seconds: 3)) == [.cancel(["2"])])
        let ended = JobState.ended(.interrupted("CANCELLED", lastWords: nil))
        #expect(fleet.handle(.jobs(["1": ended, "2": ended]), at: Instant(seconds: 4)) == [])
        #expect(fleet.isEmpty)
    }

    @Test("A launch that is taken up again counts the jobs that it had, and starts none twice")
    func resumed() {
        var fleet = Fleet(Self.queued(3), resuming: ["w-1": "41", "w-3": "43"], at: Instant(seconds: 0))
        let directives = fleet.handle(.facts(.init(wanted: 3, joined: [:])), at: Instant(seconds: 1))
        #expect(directives == [.submit(member: "w-2")])
        #expect(fleet.outstanding == 3)
    }

    @Test("Whatever engine and coordinator do, no more is outstanding than was ever wanted", arguments: 0..<60)
    func neverMore(seed: Int) {
        var random = SeededGenerator(seed: UInt64(seed))
        let most = Int.random(in: 1...20, using: &random)
        let wants = (0..<20).map { _ in Int.random(in: 0...25, using: &random) }
        var fates = random
        var engine = SimulatedEngine(
            Self.queued(most, atLeast: Int.random(in: 0...most, using: &random)),
            wanted: { wants[Int($0 / 100) % wants.count] }
        ) { _, _ in
            guard Int.random(in: 0..<10, using: &fates) > 0 else { return nil }
            let ends: [JobEnd] = [
                .completed, .failed(status: 1, lastWords: nil), .interrupted("NODE_FAIL", lastWords: nil),
            ]
            return .init(
                wait: Double.random(in: 0...200, using: &fates),
                joining: Int.random(in: 0..<5, using: &fates) == 0 ? nil : Double.random(in: 0...20, using: &fates),
                life: Double.random(in: 1...400, using: &fates), end: ends[Int.random(in: 0..<3, using: &fates)])
        }
        for second in stride(from: 1.0, through: 2_000, by: 1) {
            engine.run(until: second)
            #expect(engine.fleet.outstanding <= most)
            if engine.fleet.outstanding > engine.fleet.wanted {
                // What runs beyond the need leaves by itself; what is queued has been cancelled.
                #expect(engine.fleet.outstanding == engine.fleet.running || engine.fleet.wanted == 0)
            }
        }
        engine.stop()
        engine.run(until: 2_400)
        #expect(engine.living == 0)
        #expect(engine.fleet.isEmpty)
    }
}
