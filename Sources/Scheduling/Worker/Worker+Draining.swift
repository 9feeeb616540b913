import Identities

// How a worker ends.

/// Whether the worker is to end, and what it still waits for.
enum DrainState: Sendable {
    case none
    /// The pass in training may go on until then.
    case finishing(until: Instant)
    /// Nothing is in training; receipts are awaited until then.
    case leaving(until: Instant)
    case gone

    var isDraining: Bool {
        if case .none = self { false } else { true }
    }

    var deadline: Instant {
        switch self {
        case .none, .gone: .distantFuture
        case .finishing(let deadline), .leaving(let deadline): deadline
        }
    }
}

extension Worker {
    mutating func onDrainRequested() {
        guard !drainState.isDraining else { return }
        // What is told after the end is told to nobody.
        let last = end.map { $0 + -settings.receiptGrace } ?? .distantFuture
        drainState = .finishing(until: min(now + settings.drainGrace, last))
        if link.isWelcomed { order(.sendDraining) }
        for attempt in queue.waiting { giveBack(attempt) }
    }

    mutating func onHaltRequested() {
        onDrainRequested()
        abandonTraining()
    }

    /// Moves towards the exit as soon as there is nothing left to wait for.
    mutating func advanceDraining() {
        if case .finishing(let deadline) = drainState {
            if deadline <= now { abandonTraining() }
            if queue.isEmpty { drainState = .leaving(until: now + settings.receiptGrace) }
        }
        // Without a connection no receipt will come; the reports are safe on disk.
        if case .leaving(let deadline) = drainState, outbox.isEmpty || deadline <= now || !link.isWelcomed {
            leave("drained")
        }
    }

    /// Ends in order, for a reason.
    mutating func leave(_ reason: String) {
        // Sent even before the welcome: a coordinator that does know this peer would take its exit for a death.
        if link.state != .away { order(.sendGoodbye) }
        order(.exit(status: 0, reason: reason))
        drainState = .gone
        idleSince = nil
        onDisconnected()
    }

    private mutating func abandonTraining() {
        guard let attempt = queue.training else { return }
        order(.abandonPass(attempt))
        giveBack(attempt)
    }

    private mutating func giveBack(_ attempt: Attempt) {
        let units = queue.training == attempt ? queue.unfinished(of: attempt) : []
        queue.remove(attempt)
        if link.isWelcomed { order(.sendReturned(attempt, units)) }
    }
}
