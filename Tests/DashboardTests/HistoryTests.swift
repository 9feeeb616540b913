import Cluster
import Identities
import Testing

@testable import Dashboard

@Suite("What the coordinator's page remembers")
struct HistoryTests {
    private static func overview(_ done: Int, _ workers: [WorkerStatus]) -> Overview {
        Overview(
            sweeps: [
                SweepStatus(
                    number: SweepID(1), name: "one",
                    progress: Progress(
                        total: 1_000, done: done, quarantined: 0, workers: workers.count, rate: nil, secondsToGo: nil,
                        paused: nil), leased: 0, isCancelled: false)
            ], workers: workers, passes: [])
    }

    private static func worker(
        _ name: String, _ pass: String?, state: String = "active", reason: String? = nil
    ) -> WorkerStatus {
        WorkerStatus(
            name: name, host: "", state: state, reason: reason, threads: 1, kernelPath: "", programVersion: "",
            finished: 0, failed: 0, held: 0, progress: 0, silence: 0, pass: pass)
    }

    @Test("A rate is the units finished between two samples, and never below 0 when a sweep is forgotten")
    func rates() {
        var history = History()
        for (index, done) in [10, 30, 80, 0].enumerated() {
            history.add(Self.overview(done, []), at: 5 * Double(index))
        }
        #expect(history.rates.map(\.perSecond) == [4, 10, 0])
        #expect(history.rates.map(\.time) == [5, 10, 15])
    }

    @Test("What a worker is at for several samples is one activity, and the next begins where it ends")
    func lanes() throws {
        var history = History()
        for (index, pass) in ["a/1", "a/1", nil, "a/2"].enumerated() {
            history.add(Self.overview(0, [Self.worker("w", pass)]), at: 5 * Double(index))
        }
        let lane = try #require(history.lanes["w"])
        #expect(lane.map(\.text) == ["a/1", "no units", "a/2"] && lane.map(\.kind) == [.training, .idle, .training])
        #expect(lane.map(\.start) == [0, 5, 10] && lane.map(\.end) == [5, 10, 15])
    }

    @Test("A worker that was suspended and left stays with the reason until its last minutes are over")
    func gone() throws {
        var history = History()
        history.add(Self.overview(0, [Self.worker("w", "a/1")]), at: 0)
        history.add(Self.overview(0, [Self.worker("w", nil, state: "suspended", reason: "three failures")]), at: 5)
        history.add(Self.overview(0, []), at: 10)
        let lane = try #require(history.lanes["w"])
        #expect(lane.map(\.text) == ["a/1", "suspended: three failures", "not connected"])
        history.add(Self.overview(0, []), at: History.span)
        #expect(history.lanes["w"] != nil)
        history.add(Self.overview(0, []), at: History.span + 11)
        #expect(history.lanes["w"] == nil)
        history.add(Self.overview(5, []), at: 3 * History.span)
        #expect(history.rates.isEmpty)
    }

    @Test("Failures are grouped by their reason, the commonest first, with the first units by name")
    func failures() {
        let units = (0..<12).map { number in
            QuarantinedUnitSample.unit(UInt64(number), number % 4 == 0 ? "rare" : "common")
        }
        // The ledger has more than those that may be named, and a reason of which none may.
        let groups = FailureGroup.groups(units, counts: [("common", 5_000), ("rare", 3), ("old", 2)]) {
            $0.words.0 == 1 ? "efficient 4 queries" : nil
        }
        #expect(groups.map(\.reason) == ["common", "rare", "old"] && groups.map(\.count) == [5_000, 3, 2])
        #expect(groups[2].units.isEmpty)
        #expect(groups[0].units.count == FailureGroup.named && groups[0].units[0] == "efficient 4 queries")
        #expect(groups[1].units[0] == "unit 000000000000")
    }
}
