import Identities
import Scheduling
import Testing

@Suite("Results that the ledger rejects permanently")
struct RefusalTests {
    private func failure(_ number: Int, _ attempt: Attempt, _ worker: String) -> FailureRecord {
        FailureRecord(
            unit: unit(number), attempt: attempt, worker: worker, machine: worker, key: "", cause: .error,
            reason: "the ledger refused the result: payload")
    }

    @Test(
        "are failures of their reporter: the unit is pending again, the report is acknowledged, and dispatch continues")
    func refused() {
        var scene = Scene()
        scene.submit(2)
        scene.join("a")
        scene.tell(.reported(address("a"), [finished(0, attempt(1)), finished(1, attempt(1))]))
        let record = failure(1, attempt(1), "a")
        #expect(
            scene.tell(.commitRefused(commit(1), [unit(1): "payload"])) == [
                .note(.unitFailed(unit(1), worker: "a", reason: record.reason)),
                .acknowledge(address("a"), [receipt(0, attempt(1)), receipt(1, attempt(1))]),
                .commit(commit(2), [.failure(record)]), .lease(address("a"), lease(2, [1])),
            ])
        let status = scene.coordinator.status(at: scene.now)
        #expect(status.pausedReason == nil)
        #expect(status.sweeps[0].counts == SweepCounts(done: 1, leased: 1))
        #expect(status.workers.map { [$0.finished, $0.failed] } == [[1, 1]])
    }

    @Test("are given to another worker first")
    func another() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a", "b")
        scene.tell(.reported(address("a"), [finished(0, attempt(1))]))
        let directives = scene.tell(.commitRefused(commit(1), [unit(0): "payload"]))
        #expect(directives.last == .lease(address("b"), lease(2, [0])))
    }

    @Test("lead to quarantine when every worker's result is rejected, and earlier failures count")
    func quarantine() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.reported(address("a"), [failed(0, attempt(1))]))
        scene.tell(.reported(address("a"), [finished(0, attempt(2))]))
        scene.tell(.commitRefused(commit(2), [unit(0): "payload"]))
        scene.tell(.reported(address("a"), [finished(0, attempt(3))]))
        let reason = failure(0, attempt(3), "a").reason
        #expect(
            scene.tell(.commitRefused(commit(4), [unit(0): "payload"])).contains(
                .note(.unitQuarantined(unit(0), reason: reason))))
        scene.tell(.committed(commit(5)))
        #expect(scene.coordinator.status(at: scene.now).sweeps[0].counts == SweepCounts(quarantined: 1))
    }

    @Test("end a pause, like rows that are written")
    func pause() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.reported(address("a"), [finished(0, attempt(1))]))
        scene.tell(.commitFailed(commit(1), reason: "disk full"))
        scene.tell(.timerFired, after: 0.5)
        #expect(scene.tell(.commitRefused(commit(1), [unit(0): "payload"])).contains(.note(.resumed)))
        #expect(scene.coordinator.status(at: scene.now).pausedReason == nil)
    }

    @Test("of a cancelled sweep are dropped")
    func unwanted() {
        var scene = Scene()
        scene.submit(1)
        scene.join("a")
        scene.tell(.reported(address("a"), [finished(0, attempt(1))]))
        scene.tell(.sweepCancelled(sweep))
        let directives = scene.tell(.commitRefused(commit(1), [unit(0): "payload"]))
        #expect(!directives.contains { if case .lease = $0 { true } else { false } })
    }

    @Test("suspend a worker that reports only such results, and its failures are forgiven")
    func suspension() {
        var settings = CoordinatorSettings.plain
        settings.maximumLeaseUnits = 8
        settings.minimumLeaseSeconds = 8
        settings.maximumLeaseSeconds = 8
        var scene = Scene(settings)
        scene.submit(40)
        scene.join("a", "b")
        scene.tell(.reported(address("b"), (8..<16).map { finished($0, attempt(2)) }))
        scene.tell(.committed(commit(1)))
        scene.tell(.reported(address("a"), (0..<8).map { finished($0, attempt(1)) }))
        let directives = scene.tell(
            .commitRefused(commit(2), Dictionary(uniqueKeysWithValues: (0..<8).map { (unit($0), "payload") })))
        #expect(directives.contains { if case .note(.hostSuspended("a", _)) = $0 { true } else { false } })
        let forgiven = (0..<8).map { LedgerRow.forgiven(unit($0), attempt(1)) }
        guard case .commit(_, let rows)? = directives.first(where: { if case .commit = $0 { true } else { false } })
        else {
            Issue.record("\(directives)")
            return
        }
        #expect(forgiven.allSatisfy(rows.contains))
    }

    @Test("of an unknown commit change nothing")
    func unknown() {
        var scene = Scene()
        scene.submit(1)
        #expect(scene.tell(.commitRefused(commit(7), [unit(0): "payload"])) == [])
    }
}
