import Foundation
import Identities
import SwiftProtobuf
import Synchronization
import Transport

/// A worker that says over a real socket whatever a test wants it to say.
final class RawWorker: Sendable {
    /// Why the coordinator refused something it said.
    let refusals = Mutex<[String]>([])
    private let name: String
    private let events = EventQueue<DealerEvent>()
    private let dealer: DealerEndpoint
    private let isOver = Atomic<Bool>(false)

    init(_ name: String, _ endpoint: String, keys: String) throws {
        self.name = name
        let security = try KeyFile.read(keys).dealerSecurity(path: keys)
        dealer = try DealerEndpoint.connect(endpoint, security: security, into: events) { $0 }
    }

    func stop() { isOver.store(true, ordering: .relaxed) }

    /// Answers every lease at once, until it is stopped.
    ///
    /// - Parameter result: what is reported of a unit; nil gives the lease back.
    func work(result: @Sendable (UnitKey) throws -> Data?) async throws {
        var turns = 0
        while !isOver.load(ordering: .relaxed) {
            for event in events.takeAll(within: 0) {
                switch event {
                case .connected: _ = try dealer.send(.hello(hello))
                case .message(let message): if case .worker(let worker) = message.recipient { try take(worker, result) }
                default: break
                }
            }
            turns += 1
            if turns % 50 == 0 { _ = try dealer.send(.heartbeat(WireHeartbeat())) }
            try await Task.sleep(for: .milliseconds(5))
        }
        await dealer.close()
    }

    private func take(_ message: WireCoordinatorToWorker, _ result: (UnitKey) throws -> Data?) throws {
        switch message.body {
        case .lease(let lease): try answer(lease, result)
        case .askInputs(let question):
            let states = question.inputs.map { input in WireInputState.with { $0.id = input.id } }
            _ = try dealer.send(.inputs(.with { $0.inputs = states }))
        // A busy machine may have kept it silent for too long.
        case .reregister: _ = try dealer.send(.hello(hello))
        case .refusal(let refusal): refusals.withLock { $0.append(refusal.reason) }
        default: break
        }
    }

    private func answer(_ lease: WireLease, _ result: (UnitKey) throws -> Data?) throws {
        let results = try lease.units.compactMap { unit in
            try UnitKey(bytes: unit.key).map { (key: unit.key, result: try result($0)) }
        }
        guard results.allSatisfy({ $0.result != nil }) else {
            _ = try dealer.send(.returned(.with { $0.attempt = lease.attempt }))
            return
        }
        _ = try dealer.send(
            .reports(
                .with { reports in
                    reports.units = results.map { unit in
                        .with {
                            $0.key = unit.key
                            $0.attempt = lease.attempt
                            $0.result = unit.result ?? Data()
                        }
                    }
                }))
    }

    private var hello: WireHello {
        .with {
            $0.protocolVersion = 1
            $0.workerName = name
            $0.incarnation = Data(name.utf8.prefix(16)) + Data(repeating: 0, count: 16 - min(16, name.utf8.count))
            $0.threads = 1
            $0.speed = 1
        }
    }
}
