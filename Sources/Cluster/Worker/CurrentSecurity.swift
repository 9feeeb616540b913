import Synchronization
import Transport

/// The security of a worker's sockets, with the coordinator's keys as the last of them learnt them: a socket that takes the
/// place of another must not begin with what the process knew at its start.
final class CurrentSecurity: Sendable {
    private let security: Mutex<DealerSecurity>

    init(_ security: DealerSecurity) { self.security = Mutex(security) }

    var value: DealerSecurity { security.withLock { $0 } }

    func take(_ event: DealerEvent) {
        guard case .coordinatorKey(let notice) = event else { return }
        security.withLock { $0 = $0.knowing(notice.keys) }
    }
}
