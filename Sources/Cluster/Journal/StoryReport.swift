package import Foundation
import Identities
import Ledger
package import Scheduling
import Sweeps

/// The history of a unit: from the journal, and before that from the ledger.
package struct StoryReport: Sendable, Encodable {
    /// Something that happened, and when.
    package struct Line: Sendable, Encodable {
        package var time: Date
        package var incarnation: UInt32
        package var entry: UnitStory.Entry

        /// The line for a reader.
        package var text: String { "\(JournalTime.text(time))  coordinator \(incarnation): \(entry.text)" }
    }

    package var unit: String
    package var lines: [Line]
    /// The time that the journal covers; nil if there is none.
    package var journalBegins: Date?
    package var journalEnds: Date?
    /// Parts of the journal that are missing.
    package var gaps: Int
    /// What the ledger holds of it.
    package var ledger: [String]

    /// - Parameters:
    ///   - prefix: the unit's key, or at least eight of its first digits.
    ///   - program: this program's version.
    package static func tell(
        _ prefix: String, of sweep: String, state: String, program: String
    ) throws -> StoryReport {
        let reader = try LedgerReader.open(state)
        let unit = try key(prefix, of: try reader.sweep(sweep), in: reader)
        var story = StoryReport(
            unit: unit.description, lines: [], gaps: 0, ledger: lines(of: try reader.record(of: unit)))
        var recorder = Recorder(UnitStory(of: unit))
        do {
            let outcome = try JournalReplay.run(state: state, program: program, &recorder)
            (story.journalBegins, story.journalEnds) = (outcome.start?.time, outcome.endTime)
            story.gaps = outcome.gaps
            if let difference = outcome.difference {
                story.ledger.append(
                    "the journal diverges after event \(difference.event) of \(difference.segment); see replay")
            }
        } catch let error as JournalError {
            story.ledger.append("\(error)")
        }
        story.lines = recorder.lines
        return story
    }

    private static func key(_ prefix: String, of sweep: SweepRecord, in reader: LedgerReader) throws -> UnitKey {
        guard prefix.count >= 8, let first = UnitKey(padded(prefix, with: "0")),
            let last = UnitKey(padded(prefix, with: "f"))
        else { throw StoryError.noKey(prefix) }
        let found = try reader.units(of: sweep.id, from: first, through: last, limit: 4)
        guard let key = found.first else { throw StoryError.unknown(prefix, sweep: sweep.name) }
        guard found.count == 1 else { throw StoryError.ambiguous(prefix, found.map(\.description)) }
        return key
    }

    private static func padded(_ prefix: String, with digit: Character) -> String {
        prefix + String(repeating: digit, count: max(0, 64 - prefix.count))
    }

    private static func lines(of record: UnitRecord) -> [String] {
        var lines = record.failures.map { failure in
            let entry = failure.record
            return "\(JournalTime.text(failure.failedAt))  \(entry.cause == .death ? "charged" : "failed") on "
                + "\(entry.worker) under \(entry.attempt)\(failure.isForgiven ? ", forgiven since" : ""): \(entry.reason)"
        }
        if let reason = record.quarantine { lines.append("in quarantine: \(reason)") }
        if let result = record.result {
            lines.append(
                "\(JournalTime.text(result.committedAt))  committed, from \(result.worker) under "
                    + "\(result.attempt)")
        }
        return lines.isEmpty ? ["neither a result nor a failure"] : lines.map(\.printable)
    }

    private struct Recorder: JournalReplay.Observer {
        var lines: [Line] = []
        private var story: UnitStory

        init(_ story: UnitStory) { self.story = story }

        mutating func begin(_ machine: Coordinator, at time: Date) {
            guard let entry = story.begin(with: machine), lines.last?.entry != entry else { return }
            lines.append(Line(time: time, incarnation: machine.incarnation, entry: entry))
        }

        mutating func willHandle(_ event: JournaledEvent, _ machine: Coordinator) {
            story.prepare(for: event.event, machine)
        }

        mutating func didHandle(
            _ event: JournaledEvent, at time: Date, _ directives: [Coordinator.Directive], _ machine: Coordinator
        ) {
            for entry in story.entries(after: event.event, directives, machine) {
                lines.append(Line(time: time, incarnation: machine.incarnation, entry: entry))
            }
        }
    }
}

/// A key that does not identify one unit of the sweep.
package enum StoryError: Error, CustomStringConvertible {
    case noKey(String)
    case unknown(String, sweep: String)
    case ambiguous(String, [String])

    package var description: String {
        switch self {
        case .noKey(let text): "--unit: \"\(text)\" is not a key: give 64 hexadecimal digits, or at least the first 8"
        case .unknown(let text, let sweep): "--unit: no unit of sweep \(sweep) has a key that begins with \(text)"
        case .ambiguous(let text, let keys):
            "--unit: several keys begin with \(text): \(keys.joined(separator: ", ")); give more digits"
        }
    }
}
