import Identities

// Leases and the pass in training.

extension Worker {
    mutating func onLeased(_ lease: Lease, _ content: LeaseContent) {
        link.lastHeard = now
        guard queue.append(lease, content) else { return }
        if drainState.isDraining {
            queue.remove(lease.attempt)
            order(.sendReturned(lease.attempt, []))
        } else {
            startNext()
        }
    }

    /// Starts the next pass, unless one is in training.
    mutating func startNext() {
        guard !drainState.isDraining, let (lease, content) = queue.startNext() else { return }
        order(.startPass(lease, content))
        // Sent at once: if a unit of the pass kills this process, the coordinator knows which units to suspect.
        sendHeartbeat()
    }

    mutating func onCancelled(_ attempt: Attempt, _ units: [UnitKey]) {
        link.lastHeard = now
        guard queue.holds(attempt) else {
            // The lease may still be on its way.
            if units.isEmpty { queue.remember(attempt) }
            return
        }
        let isTraining = queue.training == attempt
        let dropped = queue.remove(units.isEmpty ? queue.unfinished(of: attempt) : units, of: attempt)
        if isTraining, !dropped.isEmpty { order(.cancelUnits(attempt, dropped)) }
        guard queue.unfinished(of: attempt).isEmpty else { return }
        queue.remove(attempt)
        if isTraining { order(.abandonPass(attempt)) }
        startNext()
    }

    mutating func onUnitsEnded(_ reports: [UnitReport]) {
        let news = reports.filter { report in
            let wasHeld = !queue.remove([report.unit], of: report.attempt).isEmpty
            // A finished result is worth reporting, even if the unit was cancelled at the last moment.
            if case .finished = report.outcome { return true }
            return wasHeld
        }
        submit(news)
    }

    mutating func onInputsAsked(_ queries: [InputQuery]) {
        link.lastHeard = now
        order(.checkInputs(queries))
    }

    /// Not kept while there is no connection: every hello is answered by the question again.
    mutating func onInputsChecked(_ states: [InputState], roots: [String]) {
        guard link.isWelcomed else { return }
        for start in stride(from: 0, to: states.count, by: settings.inputsPerMessage) {
            let end = min(start + settings.inputsPerMessage, states.count)
            order(.sendInputs(Array(states[start..<end]), roots: roots))
        }
    }

    mutating func onUnitsGivenBack(_ attempt: Attempt, _ units: [UnitKey]) {
        let held = queue.remove(units, of: attempt)
        if !held.isEmpty { order(.sendReturned(attempt, held)) }
    }

    mutating func onPassEnded(_ attempt: Attempt, _ reason: String?) {
        guard queue.holds(attempt) else { return }
        let rest = queue.unfinished(of: attempt)
        queue.remove(attempt)
        if let reason {
            submit(rest.map { UnitReport(unit: $0, attempt: attempt, outcome: .failed(reason)) })
        } else if !rest.isEmpty {
            order(.sendReturned(attempt, rest))
        }
        startNext()
    }
}
