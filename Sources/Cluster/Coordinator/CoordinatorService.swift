import Dispatch
import Foundation
import Identities
public import Ledger
public import Logging
public import Scheduling
import Sweeps
public import Transport

/// The coordinator as a process runs it: one thread that takes facts from sockets, ledger and clock, brings them to the
/// ``Coordinator`` and performs what it orders. It decides nothing itself.
public final class CoordinatorService: Sendable {
    let router: RouterEndpoint
    let inputs = EventQueue<Input>()
    private let ended = DispatchSemaphore(value: 0)

    enum Input: Sendable {
        /// The router has events.
        case network
        case fact(Coordinator.Event)
        case intake(Result<SweepIntake.Accepted, any Error>, retry: Bool, answer: ClientAnswer)
        case answer(ClientAnswer, WireCoordinatorToClient.OneOf_Body)
        case leaseRead(Lease, Result<[Data], any Error>, of: LeaseHolder, to: Address)
        case sweepCancelled(SweepID, problem: (any Error)?, ClientAnswer)
        case progress(String, reply: @Sendable (Progress?) -> Void)
        case overview(reply: @Sendable (Overview) -> Void)
        case workerCount(reply: @Sendable (Int) -> Void)
        case submission(SweepSource, retry: Bool, reply: @Sendable (Result<SubmittedSweep, any Error>) -> Void)
        case stop
    }

    /// The endpoint as bound, with the real port.
    public var address: String { router.address }

    /// Opens for business: what the ledger holds unfinished is wanted again, then the socket is bound.
    ///
    /// - Parameter journal: where every event is written down; nil for nowhere.
    public static func start(
        ledger: Ledger, listen endpoint: String, security: RouterSecurity,
        settings: CoordinatorSettings = CoordinatorSettings(), journal: JournalSettings? = nil, logger: Logger
    ) throws -> CoordinatorService {
        let router = try RouterEndpoint.bind(endpoint, security: security)
        let service = CoordinatorService(router: router)
        // The loop is handed over here and touched by the new thread alone from now on.
        nonisolated(unsafe) let loop = try CoordinatorLoop(
            service: service, ledger: ledger, settings: settings, journal: journal, logger: logger)
        Thread { [ended = service.ended] in
            Thread.current.name = "coordinator"
            loop.run()
            ended.signal()
        }.start()
        return service
    }

    private init(router: RouterEndpoint) {
        self.router = router
        let inputs = inputs
        router.onEvents { inputs.post(.network) }
    }

    /// Plans a sweep and takes it on; for a coordinator in the caller's own process.
    ///
    /// - Parameter retry: whether its units in quarantine are tried again.
    public func submit(_ source: SweepSource, retry: Bool = false) async throws -> SubmittedSweep {
        try await withCheckedThrowingContinuation { continuation in
            inputs.post(.submission(source, retry: retry) { continuation.resume(with: $0) })
        }
    }

    /// How far the sweep is; nil if there is none of that name.
    public func progress(of sweep: String) async -> Progress? {
        await withCheckedContinuation { continuation in
            inputs.post(.progress(sweep) { continuation.resume(returning: $0) })
        }
    }

    /// How everything stands.
    public func overview() async -> Overview {
        await withCheckedContinuation { continuation in
            inputs.post(.overview { continuation.resume(returning: $0) })
        }
    }

    /// How many workers are registered.
    public var workers: Int {
        get async {
            await withCheckedContinuation { continuation in
                inputs.post(.workerCount { continuation.resume(returning: $0) })
            }
        }
    }

    /// Ends the service, and returns when ledger and journal have what was handed to them. What is committed stays; what
    /// workers hold they report to the next coordinator.
    public func stop() async {
        inputs.post(.stop)
        await router.close()
        await withCheckedContinuation { continuation in
            DispatchQueue.global().async { [ended] in
                _ = ended.wait(timeout: .now() + 30)
                // For whoever stops it again.
                ended.signal()
                continuation.resume()
            }
        }
    }
}
