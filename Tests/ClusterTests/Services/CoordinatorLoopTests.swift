import Foundation
import Identities
import Ledger
import Scheduling
import SwiftProtobuf
import Synchronization
import TestKit
import Testing
import Transport

@testable import Cluster

@Suite("The coordinator's loop")
struct CoordinatorLoopTests {
    @Test("It registers a worker that says hello, and answers it with its welcome")
    func welcome() throws {
        let stage = try LoopStage()
        stage.hear(.hello(.joining(1)))
        stage.loop.turn()
        guard case .welcome(let welcome)? = stage.router.sent(to: 1).first else {
            Issue.record("\(stage.router.sent(to: 1))")
            return
        }
        #expect(welcome.heartbeatMilliseconds == 1_000 && welcome.silenceMilliseconds == 3_500)
        #expect(welcome.coordinatorIncarnation == 1)
        #expect(stage.workers == 1)
    }

    @Test("It rejects a worker of another protocol version and says why, and registers the next one")
    func otherVersion() throws {
        let stage = try LoopStage()
        stage.hear(.hello(.joining(1, version: 2)), from: 1)
        stage.hear(.hello(.joining(2)), from: 2)
        stage.loop.turn()
        guard case .rejected(let rejected)? = stage.router.sent(to: 1).first else {
            Issue.record("\(stage.router.sent(to: 1))")
            return
        }
        #expect(rejected.reason.contains("version 1, the worker 2"))
        #expect(stage.workers == 1)
    }

    @Test("It asks a worker that it does not know to register, whatever that says", arguments: 0..<4)
    func stranger(message: Int) throws {
        let stage = try LoopStage()
        let key = stage.units[0].key.data
        let bodies: [WireWorkerToCoordinator.OneOf_Body] = [
            .heartbeat(WireHeartbeat()), .reports(.with { $0.units = [.with { ($0.key, $0.error) = (key, "none") }] }),
            .returned(.with { $0.attempt = 1 }), .draining(WireDraining()),
        ]
        stage.hear(bodies[message])
        stage.loop.turn()
        #expect(stage.router.sent(to: 1) == [.reregister(WireReregister())])
        #expect(stage.workers == 0)
    }

    @Test("Leases carry their units' forms and leave in the order of their attempts, before whatever was ordered later")
    func leases() throws {
        let stage = try LoopStage(leases: 2)
        stage.hear(.hello(.joining(1)))
        stage.hear(.heartbeat(WireHeartbeat()))
        stage.loop.turn()
        // The forms are still being read, so that the answer to the heartbeat waits as well.
        #expect(stage.router.sent(to: 1).count == 1)
        stage.turn { stage.router.sent(to: 1).count == 4 }
        let leases = stage.sentLeases()
        #expect(leases.count == 2 && leases[0].attempt < leases[1].attempt)
        #expect(leases.flatMap { $0.units.map(\.key) } == stage.units.map(\.key.data))
        let forms = stage.units.map { Data($0.canonicalForm.bytes) }
        #expect(leases.flatMap { $0.units.map(\.canonicalJson) } == forms)
        #expect(leases.allSatisfy { $0.pass == "layer" && $0.featuresFolder == "/features" })
        #expect(stage.router.sent(to: 1).last == .beat(WireBeat()))
    }

    @Test("What waits behind a lease for a connection that is lost is sent to nobody")
    func lostMeanwhile() throws {
        let stage = try LoopStage()
        stage.hear(.hello(.joining(1)))
        stage.hear(.heartbeat(WireHeartbeat()))
        stage.inputs.post(.network(.lost(ConnectionID(number: 1), .disconnected)))
        stage.loop.turn()
        // Another worker's lease is read after the first one's.
        _ = stage.join(2)
        #expect(stage.router.sent(to: 1).count == 1)
    }

    @Test("Reports are acknowledged once their results are in the ledger, and only then")
    func reports() throws {
        let stage = try LoopStage(units: 2)
        let lease = try #require(stage.join().first)
        stage.hear(.reports(try .finished(lease)))
        stage.turn { !stage.receipts().isEmpty }
        #expect(try stage.finished() == stage.units.map(\.key))
        #expect(stage.receipts().map(\.unit) == stage.units.map(\.key))
        #expect(stage.receipts().allSatisfy { $0.attempt.number == lease.attempt })
    }

    @Test("While the ledger refuses rows, dispatch pauses, the error names the file, and nothing is acknowledged")
    func ledgerFails() throws {
        let stage = try LoopStage(units: 2)
        let lease = try #require(stage.join().first)
        try stage.setWritable(false)
        stage.hear(.reports(try .finished(lease)))
        stage.turn { stage.paused != nil }
        #expect(stage.paused?.contains("\(stage.folder.url.path)/ledger.sqlite cannot be written") == true)
        #expect(stage.log.lines.contains { $0.contains("dispatch paused") && $0.contains("ledger.sqlite") })
        #expect(stage.receipts().isEmpty)
        try stage.setWritable(true)
        stage.clock.advance(0.6)
        stage.turn { !stage.receipts().isEmpty }
        #expect(stage.paused == nil)
        #expect(try stage.finished() == stage.units.map(\.key))
    }

    @Test("A worker that is silent too long is lost")
    func silent() throws {
        let stage = try LoopStage()
        _ = stage.join()
        stage.clock.advance(3.4)
        stage.loop.turn()
        #expect(stage.workers == 1)
        stage.clock.advance(0.2)
        stage.loop.turn()
        #expect(stage.workers == 0)
    }

    @Test("A worker whose heartbeat waits in the queue is not silent, however late the loop comes to it")
    func lateLoop() throws {
        let stage = try LoopStage()
        _ = stage.join()
        stage.clock.advance(100)
        stage.hear(.heartbeat(WireHeartbeat()))
        stage.loop.turn()
        #expect(stage.workers == 1)
        #expect(!stage.log.lines.contains { $0.contains("worker lost") })
    }

    @Test("Nor is one whose heartbeat came while the loop was held up, after it had looked at the queue")
    func heldUp() throws {
        let stage = try LoopStage()
        _ = stage.join()
        let (clock, inputs) = (stage.clock, stage.inputs)
        // The reply runs on the loop's thread.
        inputs.post(.workerCount { _ in clock.advance(100) })
        stage.loop.turn()
        #expect(stage.workers == 1)
        stage.hear(.heartbeat(WireHeartbeat()))
        stage.loop.turn()
        #expect(stage.workers == 1)
    }

    @Test("A worker that takes nothing more is away")
    func full() throws {
        let stage = try LoopStage()
        _ = stage.join()
        stage.router.outcome.withLock { $0 = .full }
        stage.hear(.heartbeat(WireHeartbeat()))
        stage.turn { stage.log.lines.contains { $0.contains("worker away") } }
    }

    @Test("A client's submission that cannot be read is answered with the problem, and the loop goes on")
    func malformedSubmission() throws {
        let stage = try LoopStage()
        stage.ask(.submit(.with { ($0.specification, $0.facts) = ("}", Data("{".utf8)) }))
        stage.loop.turn()
        guard case .refused(let refused)? = stage.router.replies(to: 1).first else {
            Issue.record("\(stage.router.replies(to: 1))")
            return
        }
        #expect(refused.reason.hasPrefix("the sweep cannot be read"))
        #expect(stage.join().count == 1)
    }

    @Test("Every request of a client is answered once, under its number, whichever thread answers it")
    func once() throws {
        let stage = try LoopStage()
        let requests: [WireClientToCoordinator.OneOf_Body] = [
            .listWorkers(WireListWorkers()), .status(WireStatus()), .drainWorkers(WireDrainWorkers()),
            .status(.with { $0.sweep = "none" }), .fetchSweep(.with { $0.sweep = "none" }),
            .discard(.with { $0.sweep = "small" }), .submit(WireSubmit()), .cancelSweep(.with { $0.sweep = "none" }),
            .cancelSweep(.with { $0.sweep = "small" }),
        ]
        for (number, request) in requests.enumerated() { stage.ask(request, UInt64(number)) }
        stage.turn { stage.router.replies.withLock { $0.count } >= requests.count }
        // What is asked last is answered after anything that is answered twice.
        stage.ask(.discard(.with { $0.sweep = "small" }), 100)
        stage.turn { !stage.router.replies(to: 100).isEmpty }
        for number in requests.indices { #expect(stage.router.replies(to: UInt64(number)).count == 1) }
        #expect(stage.router.replies.withLock { $0.count } == requests.count + 1)
    }

    @Test("A peer that uses the key of another role is told so")
    func wrongRole() throws {
        let stage = try LoopStage()
        let key = "has the role client and may not send this kind of message. Use the other key file."
        stage.hear(.notPermitted(role: "client", name: "me"))
        #expect(stage.router.sent(to: 1) == [.rejected(.with { $0.reason = "The key \"me\" \(key)" })])
        stage.hear(.notPermitted(role: "client", name: "me", request: 7))
        #expect(stage.router.replies(to: 7) == [.refused(.with { $0.reason = "The key \"me\" \(key)" })])
    }

    @Test(
        "A suspended host gives a new process one lease, and is resumed by its name or by a worker's",
        arguments: ["worker-1", "node-1"])
    func resume(_ word: String) throws {
        let stage = try LoopStage(suspended: ["node-1", "node-9"])
        stage.hear(.hello(.joining(1)))
        stage.ask(.resumeWorkers(.with { $0.names = ["node-2"] }), 1)
        stage.turn { !stage.router.replies(to: 1).isEmpty }
        let reason =
            "no suspended host is named node-2, or has a worker of that name; suspended hosts: node-1, node-9"
        #expect(stage.router.replies(to: 1) == [.refused(.with { $0.reason = reason })])
        stage.turn { stage.sentLeases().count == 1 }
        #expect(stage.router.sent(to: 1).contains(.suspension(.with { $0.reason = "its disk is full" })))
        stage.ask(.resumeWorkers(.with { $0.names = [word] }), 2)
        stage.turn { !stage.router.replies(to: 2).isEmpty }
        #expect(stage.router.replies(to: 2) == [.text(.with { $0.text = "node-1" })])
        try stage.turn { try stage.ledger.reader.suspendedHosts().map(\.label) == ["node-9"] }
    }

    @Test("A cancellation is answered once it is durable")
    func cancel() throws {
        let stage = try LoopStage()
        let lease = try #require(stage.join().first)
        let states = Mutex<[SweepRecord.State?]>([])
        stage.router.onReply.withLock {
            $0 = { [ledger = stage.ledger] in
                states.withLock { $0.append(try? ledger.reader.sweep("small").state) }
            }
        }
        stage.ask(.cancelSweep(.with { $0.sweep = "small" }))
        stage.turn { !stage.router.replies(to: 1).isEmpty }
        #expect(stage.router.replies(to: 1) == [.text(.with { $0.text = "cancelled" })])
        #expect(states.withLock { $0 } == [.cancelled])
        #expect(
            stage.router.sent(to: 1).contains { body in
                if case .cancel(let cancel) = body { cancel.attempt == lease.attempt } else { false }
            })
    }

    @Test("A cancellation that cannot be written is answered with the problem, and the sweep goes on")
    func cancelFails() throws {
        let stage = try LoopStage()
        try stage.setWritable(false)
        stage.ask(.cancelSweep(.with { $0.sweep = "small" }))
        stage.turn { !stage.router.replies(to: 1).isEmpty }
        guard case .refused(let refused)? = stage.router.replies(to: 1).first else {
            Issue.record("\(stage.router.replies(to: 1))")
            return
        }
        #expect(refused.reason.contains("ledger.sqlite cannot be written"))
        try stage.setWritable(true)
        #expect(stage.join().count == 1)
    }

    @Test("When it has ended, the ledger has what was reported before, though nobody waited for the receipt")
    func stop() throws {
        let stage = try LoopStage()
        let lease = try #require(stage.join().first)
        stage.hear(.reports(try .finished(lease)))
        stage.inputs.post(.stop)
        stage.loop.run()
        #expect(try stage.finished() == lease.units.compactMap { UnitKey(bytes: $0.key) })
        // The worker sends those reports again to the next coordinator.
        #expect(stage.receipts().isEmpty)
    }

    @Test("When it has ended, its journal leads to its last state")
    func journal() throws {
        let stage = try LoopStage(hasJournal: true)
        _ = stage.join()
        stage.inputs.post(.stop)
        stage.loop.run()
        let outcome = try JournalReplay.run(state: stage.folder.url.path, program: "test")
        #expect(outcome.isSame && outcome.segments == 1)
        #expect(outcome.wholeComparisons == 1 && outcome.eventsSinceComparison == 0)
    }
}
