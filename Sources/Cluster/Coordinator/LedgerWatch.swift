import Dispatch
import Ledger
import Logging
import Synchronization

/// Looks every second whether the ledger's files are still where they were opened: SQLite goes on writing into files that
/// were deleted.
final class LedgerWatch: Sendable {
    private let found = Mutex<LedgerError?>(nil)
    // Written once in init and read once in deinit, so never from two threads at a time.
    private nonisolated(unsafe) let timer: any DispatchSourceTimer

    init(_ ledger: Ledger, logger: Logger) {
        timer = DispatchSource.makeTimerSource(queue: DispatchQueue(label: "probesweep.ledger-watch"))
        timer.schedule(deadline: .now() + 1, repeating: 1)
        timer.setEventHandler { [weak self] in self?.look(ledger, logger) }
        timer.resume()
    }

    deinit { timer.cancel() }

    /// What is wrong for good; nil while all is well.
    var failure: LedgerError? { found.withLock { $0 } }

    private func look(_ ledger: Ledger, _ logger: Logger) {
        guard failure == nil else { return }
        do {
            try ledger.checkPlace()
        } catch {
            logger.error("the ledger is lost", metadata: ["problem": "\(error)"])
            found.withLock { $0 = error }
        }
    }
}
