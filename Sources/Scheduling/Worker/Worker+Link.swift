import Identities

// The connection to the coordinator.

/// The state of the connection to the coordinator.
struct Link: Sendable {
    enum State: Sendable {
        /// No connection.
        case away
        /// A hello has been sent, or is about to be.
        case registering
        case welcomed
    }

    var state = State.away
    var terms = Welcome(heartbeatInterval: 1, silenceLimit: 3.5)
    var lastHeard = Instant(nanoseconds: 0)
    /// When the next hello or heartbeat is due.
    var nextBeat = Instant.distantFuture

    var isWelcomed: Bool { state == .welcomed }

    /// When silence becomes too long.
    var patienceEnd: Instant { state == .away ? .distantFuture : lastHeard + terms.silenceLimit }

    var nextDeadline: Instant { min(nextBeat, patienceEnd) }
}

extension Worker {
    mutating func onConnected() {
        link.state = .registering
        link.lastHeard = now
        sendHello()
    }

    mutating func onDisconnected() {
        link.state = .away
        link.nextBeat = .distantFuture
    }

    mutating func onWelcomed(_ terms: Welcome) {
        link.lastHeard = now
        link.terms = terms
        guard link.state == .registering else { return }
        link.state = .welcomed
        link.nextBeat = now + terms.heartbeatInterval
        if drainState.isDraining { order(.sendDraining) }
        outbox.forgetSending()
    }

    mutating func onRegistrationAsked() {
        link.lastHeard = now
        // A hello in flight will do.
        guard link.state == .welcomed else { return }
        link.state = .registering
        sendHello()
    }

    /// Reconnects when silence lasts too long.
    mutating func reconnectIfSilent() {
        guard link.patienceEnd <= now else { return }
        onDisconnected()
        order(.reconnect)
    }

    /// Sends heartbeats, and repeats hellos while no welcome comes.
    mutating func maintainLink() {
        guard link.nextBeat <= now else { return }
        switch link.state {
        case .away: break
        case .registering: sendHello()
        case .welcomed: sendHeartbeat()
        }
    }

    private mutating func sendHello() {
        link.nextBeat = now + link.terms.heartbeatInterval
        let reported = reportedAttempts.map { HeldLease(attempt: $0, units: [], isTraining: false) }
        order(
            .sendHello(
                WorkerHello(
                    protocolVersion: settings.protocolVersion, id: settings.id, name: settings.name,
                    threads: settings.threads, speed: settings.speed, lifetime: end?.seconds(since: now),
                    held: queue.held + reported, waitingReports: outbox.count, previousStderr: settings.previousStderr))
        )
    }

    /// Leases whose units have ended and whose reports have no receipt yet. They are listed too, or the coordinator
    /// would consider them lost.
    private var reportedAttempts: [Attempt] { outbox.openAttempts.subtracting(queue.heldAttempts).sorted() }

    mutating func sendHeartbeat() {
        guard link.isWelcomed else { return }
        link.nextBeat = now + link.terms.heartbeatInterval
        order(
            .sendHeartbeat(
                queue.statuses + reportedAttempts.map { LeaseStatus(attempt: $0, unfinished: 0, isTraining: false) }))
    }
}
