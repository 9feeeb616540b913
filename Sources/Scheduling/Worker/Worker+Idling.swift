// How a worker that nobody needs leaves.

extension Worker {
    /// When it leaves if nothing is leased to it until then.
    var idleDeadline: Instant {
        guard let idleSince, let timeout = settings.idleTimeout else { return .distantFuture }
        return idleSince + timeout
    }

    /// Takes note of whether it has anything to do, and leaves once it had nothing for too long.
    ///
    /// A worker with reports without receipt stays, whether or not the coordinator can be reached: they are all that is left
    /// of its work.
    mutating func leaveIfIdle() {
        guard queue.isEmpty, outbox.isEmpty, !drainState.isDraining else {
            idleSince = nil
            return
        }
        idleSince = idleSince ?? now
        guard let timeout = settings.idleTimeout, idleDeadline <= now else { return }
        let time = "\(Int(timeout.rounded())) s"
        leave(
            link.isWelcomed
                ? "nothing was leased to it for \(time)"
                : "nothing was leased to it for \(time), and the coordinator cannot be reached")
    }
}
