import Cluster
import Foundation
import Synchronization

/// Whether SIGINT or SIGTERM has arrived.
final class Interruption: Sendable {
    private let flag = Atomic<Bool>(false)
    private let signals = Mutex<Signals?>(nil)

    init() {
        let sources = Signals([SIGINT, SIGTERM]) { [weak self] _ in self?.flag.store(true, ordering: .relaxed) }
        signals.withLock { $0 = sources }
    }

    var came: Bool { flag.load(ordering: .relaxed) }
}
