package import Foundation

/// What a replay of a journal found.
package struct ReplayOutcome: Sendable, Encodable {
    /// The oldest complete segment.
    package struct Start: Sendable, Encodable {
        package var segment: String
        package var time: Date
        package var incarnation: UInt32
        package var program: String
    }

    /// The first state where the machine diverged from the journal.
    package struct Difference: Sendable, Encodable {
        package var segment: String
        /// The state after this many events of the segment.
        package var event: Int
        package var what: [String]
        /// Events since the last state that matched: the cause is among them.
        package var eventsBefore: Int
    }

    /// Nil where no segment could be read.
    package internal(set) var start: Start?
    package internal(set) var endTime: Date?
    package internal(set) var events = 0
    package internal(set) var segments = 0
    package internal(set) var incarnations: Set<UInt32> = []
    /// Parts of the journal that are missing, because it could not be written.
    package internal(set) var gaps = 0
    /// States that were compared in full, and by fingerprint.
    package internal(set) var wholeComparisons = 0
    package internal(set) var briefComparisons = 0
    /// Events after the last state that could be compared.
    package internal(set) var eventsSinceComparison = 0
    package internal(set) var lastEvent: String?
    package internal(set) var difference: Difference?
    /// Versions of the program whose segments were skipped.
    package internal(set) var otherPrograms: Set<String> = []
    /// Other findings: torn ends, unreadable segments.
    package internal(set) var remarks: [String] = []

    package var isSame: Bool { difference == nil && start != nil }

    /// The outcome in lines for a reader.
    package var lines: [String] {
        guard let start else { return ["no segment can be read"] + remarks }
        var lines = [
            "starts at segment \(start.segment), \(Self.text(start.time)), coordinator \(start.incarnation), "
                + "written by probesweep \(start.program)",
            "ran \(events) events of \(segments) segments and \(incarnations.count) coordinators, until "
                + Self.text(endTime ?? start.time),
        ]
        if let lastEvent { lines.append("the last event is \(lastEvent)") }
        if gaps > 0 { lines.append("\(gaps) parts are missing, which could not be written at the time") }
        if !otherPrograms.isEmpty {
            lines.append("skipped segments written by probesweep \(otherPrograms.sorted().joined(separator: ", "))")
        }
        return lines + remarks + [verdict]
    }

    private var verdict: String {
        if let difference {
            return "differs in \(difference.segment) after event \(difference.event), within the last "
                + "\(difference.eventsBefore) events: " + difference.what.joined(separator: "; ")
        }
        let compared = "\(wholeComparisons) times as a whole, \(briefComparisons) times by fingerprint"
        return "ends in the same state (compared \(compared); \(eventsSinceComparison) events follow the last)"
    }

    private static func text(_ date: Date) -> String { JournalTime.text(date) }
}
