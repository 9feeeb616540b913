import OrderedCollections

/// The worker's side of the cluster as a value: what it holds, what it has reported, and whether it is to end.
///
/// Its guarantees: a report is stored before it is sent and kept until its receipt arrives; the pass in training goes
/// on whether or not the coordinator can be reached; and a worker that is to end gives back at once what it has not
/// started.
package struct Worker: Sendable {
    package let settings: WorkerSettings

    var link = Link()
    var queue = LeaseQueue()
    var outbox = UnacknowledgedReports()
    var drainState = DrainState.none
    /// Since when it holds nothing and everything has its receipt; nil while there is something.
    var idleSince: Instant?
    let end: Instant?

    /// The instant of the current event, and the directives it has led to.
    var now: Instant
    var directives: [Directive] = []

    /// A worker that starts now, with the reports that an earlier process of this name left in the outbox on disk.
    package init(_ settings: WorkerSettings, outbox reports: [UnitReport] = [], at now: Instant) {
        self.settings = settings
        self.now = now
        self.end = settings.lifetime.map { now + $0 }
        link.terms = settings.welcome
        idleSince = reports.isEmpty ? now : nil
        for report in reports { outbox.insert(report) }
    }

    /// The only way to change the state: takes an event, returns the directives to perform, in order.
    package mutating func handle(_ event: Event, at now: Instant) -> [Directive] {
        invariant(now >= self.now, "Monotonic clocks do not run backwards: \(now) after \(self.now).")
        self.now = now
        switch event {
        case .connected: onConnected()
        case .disconnected: onDisconnected()
        case .welcomed(let terms): onWelcomed(terms)
        case .rejected(let reason): order(.exit(status: 2, reason: reason))
        case .registrationAsked: onRegistrationAsked()
        case .leased(let lease, let content): onLeased(lease, content)
        case .cancelled(let attempt, let units): onCancelled(attempt, units)
        case .acknowledged(let receipts): onAcknowledged(receipts)
        case .inputsAsked(let queries): onInputsAsked(queries)
        case .inputsChecked(let states, let roots): onInputsChecked(states, roots: roots)
        case .unitsGivenBack(let attempt, let units): onUnitsGivenBack(attempt, units)
        case .beat, .suspended: link.lastHeard = now
        case .unitsEnded(let reports): onUnitsEnded(reports)
        case .passEnded(let attempt, let reason): onPassEnded(attempt, reason)
        case .progressed(let attempt, let progress): queue.setProgress(progress, of: attempt)
        case .stuck(let attempt, let reason): queue.setStuck(reason, of: attempt)
        case .drainRequested: onDrainRequested()
        case .haltRequested: onHaltRequested()
        // Only now: after a stall of the shell, signs of life may be queued behind any other event.
        case .timerFired: reconnectIfSilent()
        }
        performDueWork()
        defer { directives = [] }
        return directives
    }

    /// When `timerFired` is due at the latest.
    package var nextDeadline: Instant {
        var deadline = min(link.nextDeadline, drainState.deadline)
        if link.isWelcomed { deadline = min(deadline, outbox.nextResend(settings.resendDelay)) }
        if case .none = drainState, let end { deadline = min(deadline, end + -settings.lifetimeMargin) }
        return min(deadline, idleDeadline)
    }

    mutating func order(_ directive: Directive) { directives.append(directive) }

    /// Does what is due by now.
    private mutating func performDueWork() {
        if case .none = drainState, let end, end + -settings.lifetimeMargin <= now { onDrainRequested() }
        maintainLink()
        if link.isWelcomed { sendReports(outbox.takeDue(at: now, settings.resendDelay)) }
        leaveIfIdle()
        advanceDraining()
    }
}
