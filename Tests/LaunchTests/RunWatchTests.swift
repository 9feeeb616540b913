import Scheduling
import Testing

import Cluster
@testable import Launch

@Suite("Whether a run can go on")
struct RunWatchTests {
    private static func at(_ seconds: Double) -> Instant { Instant(nanoseconds: Int64(seconds * 1e9)) }

    private static func standing(
        workers: Int = 1, leased: Int = 0, refusal: String? = nil, waiting: String? = nil, done: Int = 0
    ) -> RunStanding {
        let progress = Progress(
            total: 10, done: done, quarantined: 0, workers: workers, rate: nil, secondsToGo: nil, paused: refusal,
            waiting: waiting)
        return RunStanding(progress: progress, leased: leased, refusal: refusal, suspension: nil, joined: [:])
    }

    /// What the watch says of a state that lasts, at its beginning and after the seconds.
    private static func problem(of standing: RunStanding, after seconds: Double = RunWatch.patience) -> String? {
        var watch = RunWatch()
        #expect(watch.problem(in: standing, at: at(0)) == nil)
        return watch.problem(in: standing, at: at(seconds))?.reason
    }

    @Test("A ledger that takes nothing for ten seconds ends it with the ledger's reason, whatever is leased")
    func refusal() {
        #expect(
            Self.problem(of: Self.standing(leased: 5, refusal: "the disk is full"))
                == "results cannot be written: the disk is full")
        #expect(Self.problem(of: Self.standing(leased: 5, refusal: "the disk is full"), after: 9) == nil)
    }

    @Test("Workers that are given nothing for ten seconds end it, with what their units wait for")
    func idle() {
        #expect(Self.problem(of: Self.standing(waiting: "1 layer is on no worker")) == "1 layer is on no worker")
        #expect(Self.problem(of: Self.standing()) != nil)
    }

    @Test("Units in training, workers that are starting and a finished sweep do not end it")
    func patience() {
        #expect(Self.problem(of: Self.standing(leased: 1, waiting: "1 layer is on no worker"), after: 1000) == nil)
        #expect(Self.problem(of: Self.standing(workers: 0), after: 1000) == nil)
        #expect(Self.problem(of: Self.standing(done: 10), after: 1000) == nil)
    }

    @Test("What ends meanwhile counts from anew")
    func interrupted() {
        var watch = RunWatch()
        let idle = Self.standing()
        let said = [(0.0, idle), (9, idle), (9.5, Self.standing(leased: 1)), (12, idle), (21, idle), (22, idle)].map {
            watch.problem(in: $1, at: Self.at($0)) != nil
        }
        #expect(said == [false, false, false, false, false, true])
    }
}
