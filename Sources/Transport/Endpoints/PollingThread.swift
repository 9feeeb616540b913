import Dispatch
import Foundation
import Synchronization

/// A loop over sockets that belong to one thread.
protocol PollingLoop: SendableMetatype {
    /// The endpoint as bound or connected.
    var address: String { get }

    /// Polls until its endpoint is closed.
    func run()
}

/// Starts the thread of an endpoint. Its sockets are made, polled and closed there and nowhere else, as ZeroMQ asks,
/// and no reference to them leaves it.
enum PollingThread {
    /// - Parameters:
    ///   - make: called on the new thread; what it throws is thrown here.
    ///   - ended: completed when every socket is closed and what they bound is free again.
    /// - Returns: the loop's address.
    static func start<Loop: PollingLoop>(
        _ name: String, ended: Completion, _ make: @escaping @Sendable () throws(TransportError) -> Loop
    ) throws(TransportError) -> String {
        let outcome = StartOutcome()
        try CheckedThread.start(name) {
            open(make, outcome)
            ended.complete()
        }
        return try outcome.wait()
    }

    /// A separate function, so that the loop and its sockets are gone when it returns.
    private static func open<Loop: PollingLoop>(_ make: () throws(TransportError) -> Loop, _ outcome: StartOutcome) {
        do throws(TransportError) {
            let loop = try make()
            outcome.finish(.success(loop.address))
            loop.run()
        } catch {
            outcome.finish(.failure(error))
        }
    }
}

/// Hands the outcome of making a loop to the thread that asked for it.
private final class StartOutcome: Sendable {
    private let outcome = Mutex<Result<String, TransportError>?>(nil)
    private let finished = DispatchSemaphore(value: 0)

    func finish(_ result: Result<String, TransportError>) {
        outcome.withLock { $0 = result }
        finished.signal()
    }

    func wait() throws(TransportError) -> String {
        finished.wait()
        guard let result = outcome.withLock({ $0 }) else {
            preconditionFailure("The outcome is set before the signal.")
        }
        return try result.get()
    }
}
