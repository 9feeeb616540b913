import Foundation
import Identities
import Ledger
import Scheduling
import Sweeps
import SwiftProtobuf
import Synchronization
import Testing

@testable import Cluster
@testable import Transport

@Suite("Sweeps of several clients")
struct OwnershipTests {
    private let small: SweepSource
    private let folder: SmallSweep

    init() throws {
        folder = try SmallSweep()
        small = folder.source
    }

    private static func client(_ name: String, isOperator: Bool = false) throws -> Peer {
        Peer(role: .client, name: name, publicKey: try KeyPair.generate().publicKey, isOperator: isOperator)
    }

    private func submission(_ source: SweepSource, _ change: (inout WireSubmit) -> Void = { _ in }) throws
        -> WireClientToCoordinator.OneOf_Body
    {
        var submit = WireSubmit()
        submit.name = source.specification.name
        submit.specification = String(decoding: try JSONEncoder().encode(source.specification), as: UTF8.self)
        submit.facts = try JSONEncoder().encode(source.facts)
        change(&submit)
        return .submit(submit)
    }

    /// The same sweep with another seed.
    private var other: SweepSource {
        var source = small
        source.specification.seed += 1
        return source
    }

    private func ask(
        _ stage: LoopStage, _ body: WireClientToCoordinator.OneOf_Body, as peer: Peer?
    ) -> WireCoordinatorToClient.OneOf_Body? {
        let request = UInt64(stage.router.replies.withLock { $0.count } + 1)
        stage.ask(body, request, as: peer)
        stage.turn { !stage.router.replies(to: request).isEmpty }
        return stage.router.replies(to: request).first
    }

    private func status(_ stage: LoopStage, _ sweep: String, as peer: Peer?) throws -> SweepStatus? {
        guard case .status(let reply)? = ask(stage, .status(.with { $0.sweep = sweep }), as: peer) else { return nil }
        return try JSONDecoder().decode([SweepStatus].self, from: reply.json).first
    }

    @Test("The same name of another client is another sweep, and leaves the first as it was")
    func neighbours() throws {
        let stage = try LoopStage()
        let (alice, bob) = (try Self.client("alice"), try Self.client("bob"))
        #expect(ask(stage, try submission(small), as: alice)?.sweep == 2)
        #expect(ask(stage, try submission(other), as: bob)?.sweep == 3)
        #expect(try status(stage, "small", as: alice)?.number == SweepID(2))
        #expect(try status(stage, "small", as: bob)?.number == SweepID(3))
        #expect(try stage.ledger.reader.sweeps().map(\.owner) == [nil, "alice", "bob"])
        #expect(try stage.ledger.reader.sweeps().allSatisfy { $0.state == .active })
        let carol = try Self.client("carol")
        let reason = ask(stage, .status(.with { $0.sweep = "small" }), as: carol)?.reason
        #expect(reason?.contains("1 small, 2 small of alice, 3 small of bob") == true)
    }

    @Test("Other content of the same client is refused with what is there, and replaces it when asked to")
    func replacing() throws {
        let stage = try LoopStage()
        let alice = try Self.client("alice")
        _ = ask(stage, try submission(small), as: alice)
        #expect(ask(stage, try submission(small), as: alice)?.sweep == 2)
        let reason = try #require(ask(stage, try submission(other), as: alice)?.reason)
        #expect(reason.contains("sweep 2") && reason.contains("0 of 12 units done") && reason.contains("--replace"))
        let replacement = ask(stage, try submission(other) { $0.replace = true }, as: alice)
        #expect(replacement?.sweep == 3)
        #expect(replacement?.notes.first?.hasPrefix("sweep 2 (small) is cancelled with 0 of 12 units done") == true)
        let old = try #require(try status(stage, "2", as: alice))
        #expect(old.isCancelled && !old.progress.isFinished)
        #expect(old.line == "0 of 12, cancelled (replaced by sweep 3)" && old.owner == "alice")
        #expect(try status(stage, "1", as: alice)?.isCancelled == false)
        // What was sent twice is answered as before.
        #expect(ask(stage, try submission(other) { $0.replace = true }, as: alice)?.sweep == 3)
    }

    @Test("A sweep without an owner is the operators', and goes over to the one who submits it again")
    func earlierLedger() throws {
        let stage = try LoopStage()
        let root = try Self.client("root", isOperator: true)
        #expect(ask(stage, try submission(small), as: root)?.reason.contains("sweep 1") == true)
        #expect(ask(stage, try submission(small) { $0.replace = true }, as: root)?.sweep == 2)
        #expect(try stage.ledger.reader.sweeps().map(\.owner) == ["root", "root"])
        #expect(try stage.ledger.reader.sweep("small").id == SweepID(2))
    }

    @Test("Only its owner and operators may cancel a sweep")
    func cancelling() throws {
        let stage = try LoopStage()
        let (alice, bob) = (try Self.client("alice"), try Self.client("bob"))
        _ = ask(stage, try submission(small), as: alice)
        for (sweep, owner) in [("1", "the operators"), ("2", "alice")] {
            let reason = ask(stage, .cancelSweep(.with { $0.sweep = sweep }), as: bob)?.reason
            #expect(reason?.contains("belongs to \(owner); only") == true)
        }
        #expect(try stage.ledger.reader.sweeps().allSatisfy { $0.state == .active })
        #expect(ask(stage, .cancelSweep(.with { $0.sweep = "small" }), as: alice)?.reason == "cancelled")
        let root = try Self.client("root", isOperator: true)
        #expect(ask(stage, .cancelSweep(.with { $0.sweep = "1" }), as: root)?.reason == "cancelled")
        #expect(try stage.ledger.reader.sweeps().map(\.cancellation) == ["by root", "by alice"])
    }

    @Test("Results that another's sweep shares are discarded by operators only")
    func discarding() throws {
        let stage = try LoopStage()
        let (alice, bob) = (try Self.client("alice"), try Self.client("bob"))
        _ = ask(stage, try submission(small), as: alice)
        let keys = try stage.ledger.reader.rows(of: SweepID(2)).map(\.key)
        try stage.ledger.commit([
            .result(keys[0], Attempt(number: 1), worker: "w", payload: Array(try SmallSweep.payload(keys[0])))
        ])
        let all = WireClientToCoordinator.OneOf_Body.discard(.with { ($0.sweep, $0.apply) = ("2", true) })
        #expect(ask(stage, all, as: bob)?.reason.contains("belongs to alice") == true)
        #expect(ask(stage, try submission(small), as: bob)?.sweep == 3)
        #expect(ask(stage, all, as: alice)?.reason.contains("also in sweep 3 (small) of bob") == true)
        #expect(try stage.ledger.reader.sweep("2").done == 1)
        _ = ask(stage, all, as: try Self.client("root", isOperator: true))
        #expect(try stage.ledger.reader.sweep("2").done == 0)
    }

    @Test("A priority is kept, changed by submitting again, and stays where none is given")
    func priority() throws {
        let stage = try LoopStage()
        let alice = try Self.client("alice")
        for (priority, expected) in [(3, 3), (nil, 3), (-5, -5)] as [(Int32?, Int)] {
            _ = ask(stage, try submission(small) { if let priority { $0.priority = priority } }, as: alice)
            #expect(try status(stage, "small", as: alice)?.priority == expected)
            #expect(stage.loop.machine.status(at: stage.clock.now).sweeps.last?.priority == expected)
            #expect(try stage.ledger.reader.sweep("2").priority == expected)
        }
    }
}

extension WireCoordinatorToClient.OneOf_Body {
    fileprivate var sweep: Int64? { if case .submitted(let submitted) = self { submitted.sweep } else { nil } }

    fileprivate var notes: [String] { if case .submitted(let submitted) = self { submitted.notes } else { [] } }

    /// The text of a refusal, or of an answer in words.
    fileprivate var reason: String {
        switch self {
        case .refused(let refused): refused.reason
        case .text(let text): text.text
        default: ""
        }
    }
}
