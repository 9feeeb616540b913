/// An event and the instant at which the machine handled it.
package struct JournaledEvent: Sendable, Equatable, Codable {
    package var instant: Instant
    package var event: Coordinator.Event

    package init(instant: Instant, event: Coordinator.Event) {
        self.instant = instant
        self.event = event
    }
}

extension JournaledEvent: BinaryCodable {
    package func write(to writer: BinaryWriter) throws {
        instant.write(to: writer)
        try event.encode(to: writer)
    }

    package static func read(from reader: BinaryReader) throws -> JournaledEvent {
        JournaledEvent(instant: try .read(from: reader), event: try Coordinator.Event(from: reader))
    }
}

/// An event that is impossible at its place in the journal.
package struct ReplayError: Error, CustomStringConvertible {
    package let instant: Instant
    package let last: Instant
    package var description: String { "an event at \(instant.seconds) s follows one at \(last.seconds) s" }
}

extension Coordinator {
    /// Feeds a journaled event to the machine as the shell did at the time.
    package mutating func replay(_ journaled: JournaledEvent) throws(ReplayError) -> [Directive] {
        guard journaled.instant >= now else { throw ReplayError(instant: journaled.instant, last: now) }
        return handle(journaled.event, at: journaled.instant)
    }

    /// Runs a journal through the machine.
    ///
    /// - Parameter perform: called with each event, its directives, and the machine after it.
    package mutating func replay(
        _ events: some Sequence<JournaledEvent>,
        _ perform: (JournaledEvent, [Directive], borrowing Coordinator) throws -> Void = { _, _, _ in }
    ) throws {
        for event in events { try perform(event, try replay(event), self) }
    }
}
