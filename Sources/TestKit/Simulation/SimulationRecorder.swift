package import Scheduling

/// Records the events and directives of every coordinator of a simulation, with its state before some of the events.
package final class SimulationRecorder {
    /// One incarnation of the coordinator.
    package struct Recording: Sendable {
        package var events: [JournaledEvent] = []
        /// The directives of each event.
        package var directives: [[Coordinator.Directive]] = []
        /// The machine before the event at this index.
        package var states: [(place: Int, machine: Coordinator)] = []
        /// The machine after the last event.
        package var last: Coordinator?
    }

    package private(set) var recordings: [Recording] = []
    private let interval: Int

    /// - Parameter interval: events between two states that are kept.
    package init(every interval: Int) { self.interval = interval }

    func begin() { recordings.append(Recording()) }

    func willHandle(_ event: Coordinator.Event, at now: Instant, _ machine: Coordinator) {
        guard let recording = recordings.indices.last else { return }
        let place = recordings[recording].events.count
        if place % interval == 0 { recordings[recording].states.append((place, machine)) }
        recordings[recording].events.append(JournaledEvent(instant: now, event: event))
    }

    func didHandle(_ directives: [Coordinator.Directive], _ machine: Coordinator) {
        guard let recording = recordings.indices.last else { return }
        recordings[recording].directives.append(directives)
        recordings[recording].last = machine
    }
}

extension Coordinator {
    mutating func handle(_ event: Event, at now: Instant, _ recorder: SimulationRecorder?) -> [Directive] {
        recorder?.willHandle(event, at: now, self)
        let directives = handle(event, at: now)
        recorder?.didHandle(directives, self)
        return directives
    }
}
