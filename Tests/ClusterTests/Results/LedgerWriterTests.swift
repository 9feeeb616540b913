import Foundation
import Identities
import Ledger
import Logging
import Scheduling
import Sweeps
import Synchronization
import TestKit
import Testing

@testable import Cluster

@Suite("The desk that writes for the coordinator")
struct LedgerWriterTests {
    /// What the desk says of commits that are handed in together.
    private func answers(
        to commits: [[LedgerRow]], of ledger: Ledger
    ) -> [Coordinator.Event] {
        let events = Mutex<[Coordinator.Event]>([])
        let quiet = Logger(label: "ledger") { _ in SwiftLogNoOpLogHandler() }
        let desk = LedgerWriter(ledger, logger: quiet) { event in events.withLock { $0.append(event) } }
        for (number, rows) in commits.enumerated() { desk.commit(CommitID(number: UInt64(number)), rows) }
        desk.close()
        return events.withLock { $0 }
    }

    private func row(_ key: UnitKey, _ payload: String) -> LedgerRow {
        .result(key, Attempt(number: 1), worker: "w", payload: Array(payload.utf8))
    }

    @Test("names the results that the ledger will never take, and writes all others")
    func refused() async throws {
        let sweep = try SmallSweep()
        let ledger = try Ledger.open(sweep.state)
        let keys = try await sweep.enter(into: ledger)
        let stranger = UnitKey(words: 9, 9, 9, 9)
        let answers = answers(
            to: [
                [row(keys[0], "{}")], [row(keys[1], ""), row(keys[2], "{}"), row(stranger, "{}")], [row(keys[3], "{}")],
            ], of: ledger)
        #expect(answers.count == 3)
        #expect(answers.first == .committed(CommitID(number: 0)))
        #expect(answers.last == .committed(CommitID(number: 2)))
        guard case .commitRefused(CommitID(number: 1), let refusals) = answers[1] else {
            Issue.record("\(answers)")
            return
        }
        #expect(Set(refusals.keys) == [keys[1], stranger])
        #expect(
            try ledger.reader.rows(of: SweepID(1)).filter { $0.payload != nil }.map(\.key) == [
                keys[0], keys[2], keys[3],
            ])
    }

    @Test("drops other rows that the ledger will never take: nobody waits for them")
    func dropped() async throws {
        let sweep = try SmallSweep()
        let ledger = try Ledger.open(sweep.state)
        let keys = try await sweep.enter(into: ledger)
        let stranger = UnitKey(words: 1, 2, 3, 4)
        let answers = answers(to: [[.quarantine(stranger, reason: "r"), row(keys[0], "{}")]], of: ledger)
        #expect(answers == [.committed(CommitID(number: 0))])
        #expect(try ledger.reader.rows(of: SweepID(1)).filter { $0.payload != nil }.map(\.key) == [keys[0]])
    }

    @Test("tells of removed results after all commits before, once for each sweep")
    func discarded() async throws {
        let sweep = try SmallSweep()
        let ledger = try Ledger.open(sweep.state)
        let keys = try await sweep.enter(into: ledger)
        let events = Mutex<[Coordinator.Event]>([])
        let quiet = Logger(label: "ledger") { _ in SwiftLogNoOpLogHandler() }
        let desk = LedgerWriter(ledger, logger: quiet) { event in events.withLock { $0.append(event) } }
        try ledger.commit([row(keys[7], "{}"), row(keys[1], "{}")])
        try desk.discard(ResultSelection(), of: SweepID(1))
        guard case .resultsDiscarded(let submission)? = events.withLock({ $0 }).first else {
            Issue.record("\(events.withLock { $0 })")
            return
        }
        #expect(submission.sweep == SweepID(1))
        #expect(submission.passes.flatMap(\.units).map(\.unit) == [keys[1], keys[7]])
        #expect(submission.passes.map(\.pass) == (try ledger.reader.passes(of: SweepID(1)).map(\.name)))
        let units = submission.passes.flatMap(\.units)
        #expect(units.allSatisfy { $0.cost > 0 && submission.kinds[Int($0.kind)].text != "" })
    }
}
