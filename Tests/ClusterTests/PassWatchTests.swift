import Identities
import Scheduling
import Testing

@testable import Cluster

@Suite("Passes that are stuck")
struct PassWatchTests {
    private let first = UnitKey(words: 1, 0, 0, 0)
    private let second = UnitKey(words: 2, 0, 0, 0)
    private let start = Instant(nanoseconds: 5_000_000_000)

    @Test("A short pass is stuck after ten minutes without an outcome, and says where it is")
    func short() {
        var watch = PassWatch([first: 2, second: 3], at: start)
        watch.reached("epoch 3 of 10")
        #expect(watch.finding(at: start + 600) == nil)
        #expect(
            watch.finding(at: start + 601)
                == PassWatch.Finding(seconds: 601, predicted: 5, units: [first, second], place: "epoch 3 of 10"))
    }

    @Test("A long pass is stuck after ten times what its unfinished units are predicted to take")
    func long() {
        var watch = PassWatch([first: 100, second: 400], at: start)
        #expect(watch.finding(at: start + 5000) == nil)
        #expect(watch.finding(at: start + 5001)?.units.count == 2)
        watch.ended(second, at: start + 6000)
        #expect(watch.finding(at: start + 7000) == nil)
        #expect(watch.finding(at: start + 7001)?.units == [first])
    }

    @Test("It is said again only when it has lasted twice as long, and anew after an outcome")
    func again() {
        var watch = PassWatch([first: 1, second: 1], at: start)
        #expect(watch.finding(at: start + 700) != nil)
        #expect(watch.finding(at: start + 1400) == nil)
        #expect(watch.finding(at: start + 1401) != nil)
        watch.ended(first, at: start + 2000)
        #expect(watch.finding(at: start + 2600) == nil)
        #expect(watch.finding(at: start + 2601) != nil)
    }

    @Test("Its state is there as long as it lasts, however often it is asked for, and goes with the next outcome")
    func state() {
        var watch = PassWatch([first: 1, second: 1], at: start)
        #expect(watch.state(at: start + 600) == nil)
        watch.reached("epoch 3 of 10")
        for seconds in [601.0, 700, 900] {
            _ = watch.finding(at: start + seconds)
            #expect(
                watch.state(at: start + seconds)?.text
                    == "no result for \(Int(seconds)) s, predicted were 2 s for 2 units; it is at epoch 3 of 10")
        }
        watch.ended(first, at: start + 1000)
        #expect(watch.state(at: start + 1001) == nil)
    }

    @Test("A pass whose units all have an outcome is not stuck")
    func over() {
        var watch = PassWatch([first: 1], at: start)
        watch.ended(first, at: start + 1)
        #expect(watch.finding(at: start + 100_000) == nil)
    }
}
