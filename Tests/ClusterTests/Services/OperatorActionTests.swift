import Foundation
import Identities
import Scheduling
import SwiftProtobuf
import Synchronization
import Testing

@testable import Cluster
@testable import Ledger
@testable import Transport

@Suite("What operators do at the coordinator's page")
struct OperatorActionTests {
    private final class Answer<Value: Sendable>: Sendable {
        private let kept = Mutex<Value?>(nil)
        var value: Value? { kept.withLock { $0 } }
        func set(_ value: Value) { kept.withLock { $0 = value } }
    }

    private func perform(_ action: OperatorAction, on stage: LoopStage) -> OperatorAction.Outcome? {
        let answer = Answer<OperatorAction.Outcome>()
        stage.inputs.post(.action(action) { answer.set($0) })
        stage.turn { answer.value != nil }
        return answer.value
    }

    private func overview(_ stage: LoopStage) -> Overview? {
        let answer = Answer<Overview>()
        stage.inputs.post(.overview { answer.set($0) })
        stage.turn { answer.value != nil }
        return answer.value
    }

    @Test(
        "A sweep that is cancelled there says so, as one that a command cancelled, and then nothing of it can be changed"
    )
    func cancel() throws {
        let stage = try LoopStage()
        #expect(perform(.cancel(SweepID(1)), on: stage) == .done("cancelled"))
        let sweep = try #require(overview(stage)?.sweeps.first)
        #expect(sweep.isCancelled && sweep.cancellation == "by an operator at the dashboard")
        #expect(try stage.ledger.reader.sweeps().first?.state == .cancelled)
        for action in [OperatorAction.cancel(SweepID(1)), .retry(SweepID(1)), .prioritise(SweepID(1), 3)] {
            #expect(
                perform(action, on: stage)
                    == .refused("sweep 1 (small) is cancelled; submit it again to go on with it"))
        }
    }

    @Test("A priority is in the ledger before it counts, and one out of range is refused")
    func priority() throws {
        let stage = try LoopStage()
        #expect(perform(.prioritise(SweepID(1), 7), on: stage) == .done("its priority is 7"))
        #expect(overview(stage)?.sweeps.first?.priority == 7)
        #expect(try stage.ledger.reader.sweeps().first?.priority == 7)
        #expect(stage.loop.machine.status(at: stage.clock.now).sweeps.first?.priority == 7)
        #expect(
            perform(.prioritise(SweepID(1), 1_001), on: stage)
                == .refused("a priority is between -1000 and 1000, not 1001"))
    }

    @Test("Of a finished sweep nothing is cancelled, and nothing is retried where nothing is in quarantine")
    func finished() throws {
        let stage = try LoopStage(units: 2)
        #expect(
            perform(.retry(SweepID(1)), on: stage) == .refused("no unit of sweep 1 (small) is in quarantine"))
        stage.hear(.reports(try .finished(try #require(stage.join().first))))
        stage.turn { !stage.receipts().isEmpty }
        #expect(
            perform(.cancel(SweepID(1)), on: stage)
                == .refused("sweep 1 (small) is finished; nothing of it is left to cancel"))
        #expect(overview(stage)?.sweeps.first?.isCancelled == false)
    }

    @Test("Units in quarantine are tried again")
    func retry() throws {
        let stage = try LoopStage()
        let lease = try #require(stage.join().first)
        let keys = lease.units.map(\.key)
        // A unit that fails on every worker that it is given to ends in quarantine.
        var attempts = [lease]
        while overview(stage)?.sweeps.first?.progress.quarantined == 0, attempts.count < 20 {
            let last = try #require(attempts.last)
            stage.hear(
                .reports(
                    .with { reports in
                        reports.units = last.units.map { unit in
                            .with { ($0.key, $0.attempt, $0.error) = (unit.key, last.attempt, "it diverged") }
                        }
                    }))
            stage.turn {
                stage.sentLeases().count > attempts.count || (overview(stage)?.sweeps[0].progress.quarantined ?? 0) > 0
            }
            attempts = stage.sentLeases()
        }
        #expect(!keys.isEmpty)
        #expect((overview(stage)?.sweeps.first?.progress.quarantined ?? 0) > 0)
        #expect(perform(.retry(SweepID(1)), on: stage) == .done("its units in quarantine are tried again"))
        #expect(overview(stage)?.sweeps.first?.progress.quarantined == 0)
    }

    @Test("A worker is drained, and one that there is not is refused; so is a sweep that there is not")
    func workers() throws {
        let stage = try LoopStage()
        _ = stage.join()
        let name = try #require(overview(stage)?.workers.first?.name)
        #expect(perform(.drain(worker: name), on: stage) == .done("draining"))
        #expect(overview(stage)?.workers.first?.state == "draining")
        #expect(perform(.drain(worker: "nobody"), on: stage) == .refused("no worker is named nobody"))
        guard case .refused(let reason)? = perform(.resume(worker: name), on: stage) else {
            Issue.record("nothing is suspended")
            return
        }
        #expect(reason.contains("no host is suspended"))
        guard case .refused(let unknown)? = perform(.cancel(SweepID(9)), on: stage) else {
            Issue.record("there is no sweep 9")
            return
        }
        #expect(unknown.contains("no sweep has the name or number \"9\""))
    }

    @Test("What a worker tells of its memory and load is shown until its connection is lost")
    func load() throws {
        let stage = try LoopStage()
        _ = stage.join()
        #expect(overview(stage)?.workers.first?.load == nil)
        let load = WorkerLoad(residentBytes: 5_000_000, processors: 1.5, loadAverage: 2)
        stage.hear(.heartbeat(WireHeartbeat([], load: load)))
        stage.loop.turn()
        #expect(overview(stage)?.workers.first?.load == load)
        #expect(load.words == "5 MB in memory, 1.5 processors busy, load 2.0")
        // An older worker tells nothing.
        stage.hear(.heartbeat(WireHeartbeat([])))
        stage.loop.turn()
        #expect(overview(stage)?.workers.first?.load == nil)
    }

    @Test("A worker measures itself: its memory at once, its processors from the second time on")
    func meter() {
        var meter = LoadMeter()
        let first = meter.read(at: Instant(nanoseconds: 1_000_000_000))
        #expect((first.residentBytes ?? 0) > 1_000_000 && first.processors == nil && (first.loadAverage ?? -1) >= 0)
        let second = meter.read(at: Instant(nanoseconds: 2_000_000_000))
        #expect((second.processors ?? -1) >= 0)
        #expect(LoadMeter.average("2.95 2.30 2.02 3/512 99\n") == 2.95 && LoadMeter.average("") == nil)
    }
}
