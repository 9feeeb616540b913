import Dispatch
import Foundation
import Identities
package import Ledger
package import Logging
package import Scheduling
package import Sweeps
package import Transport

/// The coordinator as a process runs it: one thread that feeds events from sockets, ledger and clock to the
/// ``Coordinator`` and performs its directives. It decides nothing itself.
package final class CoordinatorService: Sendable {
    private let router: RouterEndpoint
    private let inputs: EventQueue<Input>
    private let ended = DispatchSemaphore(value: 0)
    private let watch: LedgerWatch

    enum Input: Sendable {
        case network(RouterEvent)
        case fact(Coordinator.Event)
        case registered(Result<SweepRegistrar.Accepted, any Error>, retry: Bool, answer: ClientAnswer)
        case answer(ClientAnswer, WireCoordinatorToClient.OneOf_Body)
        case leaseRead(Lease, Result<[Data], any Error>, of: LeaseHolder, to: Address)
        case sweepCancelled(SweepID, reason: String?, problem: (any Error)?, ClientAnswer)
        case progress(String, reply: @Sendable (Progress?) -> Void)
        case standing(String, reply: @Sendable (RunStanding?) -> Void)
        case overview(reply: @Sendable (Overview) -> Void)
        case commitRefusal(reply: @Sendable (String?) -> Void)
        case action(OperatorAction, reply: @Sendable (OperatorAction.Outcome) -> Void)
        case prioritised(SweepID, Int, problem: (any Error)?, ClientAnswer)
        case workerCount(reply: @Sendable (Int) -> Void)
        case submission(SweepRequest, reply: @Sendable (Result<SubmittedSweep, any Error>) -> Void)
        case stop
    }

    /// The endpoint as bound, with the real port.
    package var address: String { router.address }

    /// Why the ledger is lost for good, so that the service should be stopped; nil while it is there.
    package var failure: LedgerError? { watch.failure }

    /// Binds the socket and resumes the ledger's unfinished sweeps; only then is anything that arrives handled.
    ///
    /// - Parameters:
    ///   - name: the sweeps that are resumed; nil for all. The others stay in the ledger as they are.
    ///   - bounds: what one submission may ask for.
    ///   - journal: where every event is recorded; nil for nowhere.
    package static func start(
        ledger: Ledger, listen endpoint: String, security: RouterSecurity, resuming name: String? = nil,
        settings: CoordinatorSettings = CoordinatorSettings(), bounds: SweepBounds = .standard,
        journal: JournalSettings? = nil, logger: Logger
    ) throws -> CoordinatorService {
        let inputs = EventQueue<Input>()
        let router = try RouterEndpoint.bind(endpoint, security: security, into: inputs, as: Input.network)
        let service = CoordinatorService(router, inputs, LedgerWatch(ledger, logger: logger))
        let keys: KeyService? =
            if case .curve(let pair, let allowed) = security {
                KeyService(publicKey: pair.publicKey, allowList: allowed, logger: logger)
            } else {
                nil
            }
        // Handed over here; from now on only the new thread touches the loop.
        nonisolated(unsafe) let loop = try CoordinatorLoop(
            router, inputs, ledger: ledger, resuming: name, settings: settings, bounds: bounds, journal: journal,
            keys: keys, logger: logger)
        try CheckedThread.start("coordinator") { [ended = service.ended] in
            loop.run()
            ended.signal()
        }
        return service
    }

    private init(_ router: RouterEndpoint, _ inputs: EventQueue<Input>, _ watch: LedgerWatch) {
        self.router = router
        self.inputs = inputs
        self.watch = watch
    }

    /// Plans and accepts a sweep; for a coordinator in the caller's own process. A sweep of the same name that nobody
    /// else submitted is replaced.
    ///
    /// - Parameter retry: whether its quarantined units are tried again.
    package func submit(_ source: SweepSource, retry: Bool = false) async throws -> SubmittedSweep {
        try await withCheckedThrowingContinuation { continuation in
            let request = SweepRequest(source: source, requester: .local, retry: retry, replaces: true)
            inputs.post(.submission(request) { continuation.resume(with: $0) })
        }
    }

    /// The progress of the sweep; nil if there is none of that name.
    package func progress(of sweep: String) async -> Progress? {
        await withCheckedContinuation { continuation in
            inputs.post(.progress(sweep) { continuation.resume(returning: $0) })
        }
    }

    /// How the run of a sweep stands; nil if there is none of that name.
    package func standing(of sweep: String) async -> RunStanding? {
        await withCheckedContinuation { continuation in
            inputs.post(.standing(sweep) { continuation.resume(returning: $0) })
        }
    }

    /// The state of everything.
    package func overview() async -> Overview {
        await withCheckedContinuation { continuation in
            inputs.post(.overview { continuation.resume(returning: $0) })
        }
    }

    /// Why the ledger takes no results; nil while it does.
    package func commitRefusal() async -> String? {
        await withCheckedContinuation { continuation in
            inputs.post(.commitRefusal { continuation.resume(returning: $0) })
        }
    }

    /// Does what an operator asks for, through the same door as a client's request.
    package func perform(_ action: OperatorAction) async -> OperatorAction.Outcome {
        await withCheckedContinuation { continuation in
            inputs.post(.action(action) { continuation.resume(returning: $0) })
        }
    }

    /// How many workers are registered.
    package var workers: Int {
        get async {
            await withCheckedContinuation { continuation in
                inputs.post(.workerCount { continuation.resume(returning: $0) })
            }
        }
    }

    /// Ends the service, and returns once ledger and journal have written what was queued. Committed results stay;
    /// workers report what they hold to the next coordinator.
    package func stop() async {
        inputs.post(.stop)
        await router.close()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [ended] in
                _ = ended.wait(timeout: .now() + 30)
                // For a second caller of `stop`.
                ended.signal()
                continuation.resume()
            }
        }
    }
}
