import Foundation
import Identities
import Numerics
import Scheduling
import SwiftProtobuf
import Synchronization
import TestKit
import Testing
import Transport

@testable import Cluster

@Suite("The worker's service")
struct WorkerServiceTests {
    @Test("It says hello once it is connected, with its name and its incarnation, and nothing before")
    func hello() throws {
        let stage = try WorkerStage()
        #expect(stage.sent().isEmpty)
        stage.deliver(.connected)
        stage.service.turn()
        guard case .hello(let hello)? = stage.sent().first, stage.sent().count == 1 else {
            Issue.record("\(stage.sent())")
            return
        }
        #expect(hello.workerName == "worker" && hello.incarnation.count == 16 && hello.protocolVersion == 1)
    }

    @Test("It has a lease trained, with its units' forms, and sends what the trainer says of them")
    func trains() throws {
        let stage = try WorkerStage.welcomed()
        let lease = TestLease(1, 0..<2)
        stage.take(lease.message)
        #expect(stage.orders == [lease.order])
        stage.train(.unitsEnded([lease.finished(0)]))
        stage.train(.unitsEnded([lease.failed(1, "no such layer")]))
        stage.train(.passEnded(lease.attempt, reason: nil))
        #expect(stage.reports == [lease.finished(0), lease.failed(1, "no such layer")])
    }

    @Test("Units that ended while it was busy are reported in one message")
    func together() throws {
        let stage = try WorkerStage.welcomed()
        let lease = TestLease(1, 0..<4)
        stage.take(lease.message)
        stage.forget()
        for place in 0..<4 { stage.tell(.unitsEnded([lease.finished(place)])) }
        stage.service.turn()
        #expect(stage.sent() == [.reports(WireReports((0..<4).map(lease.finished)))])
    }

    @Test("A report is on disk before it is sent, and until it is acknowledged it is sent again after a reconnection")
    func sentAgain() throws {
        let stage = try WorkerStage.welcomed()
        let lease = TestLease(1, 0..<1)
        stage.take(lease.message)
        stage.train(.unitsEnded([lease.finished(0)]))
        #expect(stage.reports == [lease.finished(0)])
        #expect(try stage.stored() == [lease.finished(0)])
        stage.deliver(.disconnected)
        stage.welcome()
        #expect(stage.reports == [lease.finished(0), lease.finished(0)])
        stage.take(lease.receipts)
        #expect(try stage.stored().isEmpty)
        stage.deliver(.disconnected)
        stage.welcome()
        #expect(stage.reports.count == 2)
    }

    @Test("Reports that an earlier process of its name left are sent once it is welcome")
    func inherited() throws {
        let lease = TestLease(1, 0..<1)
        let folder = try TemporaryFolder()
        do {
            let earlier = try WorkerStage.welcomed(in: folder)
            earlier.take(lease.message)
            earlier.train(.unitsEnded([lease.finished(0)]))
        }
        let stage = try WorkerStage(in: folder)
        stage.deliver(.connected)
        stage.service.turn()
        #expect(stage.reports.isEmpty)
        stage.welcome()
        #expect(stage.reports == [lease.finished(0)])
    }

    @Test("A lease that is cancelled in between is trained no further, and what fails of it then is not reported")
    func cancelled() throws {
        let stage = try WorkerStage.welcomed()
        let lease = TestLease(1, 0..<2)
        stage.take(lease.message)
        stage.take(.cancel(WireCancel(lease.attempt, [])))
        #expect(stage.orders == [lease.order, .cancel(lease.units, lease.attempt), .abandon(lease.attempt)])
        stage.tell(.unitsEnded([lease.failed(0, "cancelled")]))
        stage.train(.passEnded(lease.attempt, reason: "abandoned"))
        #expect(stage.reports.isEmpty)
        #expect(try stage.stored().isEmpty)
        #expect(stage.service.exitStatus == nil)
    }

    @Test("A lease that is cancelled before its turn is never trained")
    func cancelledBefore() throws {
        let stage = try WorkerStage.welcomed()
        let (first, second, third) = (TestLease(1, 0..<1), TestLease(2, 1..<2), TestLease(3, 2..<3))
        for lease in [first, second, third] { stage.take(lease.message) }
        stage.take(.cancel(WireCancel(second.attempt, [])))
        stage.train(.unitsEnded([first.finished(0)]))
        stage.train(.passEnded(first.attempt, reason: nil))
        #expect(stage.orders == [first.order, third.order])
    }

    @Test("A pass that fails becomes a failed report of every unit, with the reason, and the next lease is trained")
    func passFails() throws {
        let stage = try WorkerStage.welcomed()
        let (first, second) = (TestLease(1, 0..<2), TestLease(2, 2..<3))
        stage.take(first.message)
        stage.take(second.message)
        stage.train(.passEnded(first.attempt, reason: "shard is truncated"))
        #expect(stage.reports == (0..<2).map { first.failed($0, "shard is truncated") })
        #expect(stage.orders == [first.order, second.order])
        #expect(stage.service.exitStatus == nil)
    }

    @Test("A lease that cannot be prepared is reported as failed with what was not understood, and the worker goes on")
    func trainerThrows() throws {
        let stage = try WorkerStage { tell in
            PassRunner(
                PassRunner.Configuration(threads: 1, kernel: .portable, memoryBudget: 1 << 30, featureRoots: []),
                identity: WorkerIdentity(programVersion: "test", name: "worker", kernelPath: "portable"),
                checkpoints: nil, logger: LogLines().logger, tell: tell)
        }
        stage.welcome()
        for number in 0..<2 as Range<UInt64> {
            let lease = TestLease(number + 1, number..<number + 1)
            stage.take(lease.message)
            for _ in 0..<100 where stage.reports.count <= number { stage.service.turn() }
            #expect(stage.reports.map(\.unit).last == lease.units[0])
        }
        for report in stage.reports {
            guard case .failed(let reason) = report.outcome else {
                Issue.record("\(report)")
                continue
            }
            #expect(!reason.isEmpty)
        }
        #expect(stage.service.exitStatus == nil)
    }

    @Test("A coordinator that rejects it ends it with status 2 and the reason, and its socket is closed")
    func rejected() async throws {
        let stage = try WorkerStage()
        stage.deliver(.connected)
        stage.hear(.rejected(.with { $0.reason = "The coordinator speaks protocol version 2" }))
        #expect(await stage.service.run() == 2)
        #expect(stage.log.lines.contains { $0.contains("worker ends") && $0.contains("protocol version 2") })
        #expect(stage.sockets[0].isClosed.withLock { $0 })
    }

    @Test("A key that is refused is logged with the reason, and the worker waits to be let in")
    func refused() throws {
        let stage = try WorkerStage()
        stage.deliver(.refused(.notAllowed))
        stage.service.turn()
        #expect(stage.log.lines.contains { $0.contains("not on the coordinator's allow list") })
        #expect(stage.service.exitStatus == nil)
        stage.welcome()
        stage.take(TestLease(1, 0..<1).message)
        #expect(stage.orders.count == 1)
    }

    @Test("A key that stays refused ends the worker with the reason and status 2")
    func revoked() async throws {
        let stage = try WorkerStage.welcomed()
        stage.deliver(.disconnected)
        for _ in 0..<2 {
            stage.deliver(.refused(.notAllowed))
            stage.service.turn()
            #expect(stage.service.exitStatus == nil)
            stage.clock.advance(6)
        }
        stage.deliver(.refused(.notAllowed))
        #expect(await stage.service.run() == 2)
        let ends = stage.log.lines.filter { $0.contains("worker ends") }
        #expect(ends.count == 1 && ends[0].contains("it was revoked, or never added"))
    }

    @Test("A drained worker gives back what it has not begun, finishes the rest, and leaves once it has its receipts")
    func drain() async throws {
        let stage = try WorkerStage.welcomed()
        let (first, second) = (TestLease(1, 0..<2), TestLease(2, 2..<3))
        stage.take(first.message)
        stage.take(second.message)
        stage.forget()
        stage.service.end()
        stage.service.turn()
        #expect(stage.sent() == [.draining(WireDraining()), .returned(WireReturned(second.attempt, []))])
        stage.train(.unitsEnded([first.finished(0), first.finished(1)]))
        stage.train(.passEnded(first.attempt, reason: nil))
        #expect(stage.orders == [first.order])
        #expect(stage.reports == [first.finished(0), first.finished(1)])
        #expect(stage.service.exitStatus == nil)
        stage.hear(first.receipts)
        #expect(await stage.service.run() == 0)
        #expect(stage.sent().last == .goodbye(WireGoodbye()))
        #expect(try stage.stored().isEmpty)
    }

    @Test("Asked a second time to end, it gives up what is in training and gives it back")
    func halt() async throws {
        let stage = try WorkerStage.welcomed()
        let lease = TestLease(1, 0..<2)
        stage.take(lease.message)
        stage.train(.unitsEnded([lease.finished(0)]))
        stage.forget()
        let end = stage.service.end
        end()
        end()
        stage.hear(lease.receipts)
        #expect(await stage.service.run() == 0)
        #expect(stage.orders.last == .abandon(lease.attempt))
        #expect(stage.sent().contains(.returned(WireReturned(lease.attempt, [lease.units[1]]))))
    }

    @Test("While the coordinator is silent it connects anew, and events of the socket that it gave up do not count")
    func abandonedSocket() throws {
        let stage = try WorkerStage.welcomed()
        stage.clock.advance(10)
        stage.service.turn()
        #expect(stage.sockets.count == 2)
        stage.welcome()
        let late = TestLease(1, 0..<1)
        stage.hear(late.message, by: 0)
        stage.deliver(.disconnected, by: 0)
        let lease = TestLease(2, 1..<2)
        stage.take(lease.message)
        #expect(stage.orders == [lease.order])
        // It did not take the first socket's loss for the second's.
        stage.train(.unitsEnded([lease.finished(0)]))
        #expect(stage.sent(by: 1).contains(.reports(WireReports([lease.finished(0)]))))
        #expect(stage.sent(by: 0).allSatisfy { if case .hello = $0 { true } else { false } })
    }

    @Test("When it cannot connect anew, it goes on with the socket that it has")
    func cannotConnect() throws {
        let stage = try WorkerStage.welcomed()
        stage.refuseConnections(true)
        stage.clock.advance(10)
        stage.service.turn()
        #expect(stage.sockets.count == 1)
        #expect(stage.log.lines.contains { $0.contains("cannot connect") })
        stage.welcome()
        stage.take(TestLease(1, 0..<1).message)
        #expect(stage.orders.count == 1)
    }

    @Test("A coordinator whose message waits in the queue is not silent, however long the worker was held up")
    func heldUp() throws {
        let stage = try WorkerStage.welcomed()
        stage.clock.advance(10)
        // The trainer's message lies before the coordinator's.
        stage.tell(.progressed(Attempt(number: 1), 0.5))
        stage.take(.beat(WireBeat()))
        #expect(stage.sockets.count == 1)
        // Held up in the middle of a turn, after it had looked at the queue.
        stage.trainer.onStart.withLock { $0 = { [clock = stage.clock] in clock.advance(10) } }
        stage.take(TestLease(1, 0..<1).message)
        stage.take(.beat(WireBeat()))
        #expect(stage.sockets.count == 1)
    }
}
