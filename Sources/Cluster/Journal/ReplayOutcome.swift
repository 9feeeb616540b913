public import Foundation

/// What a replay of a journal found.
public struct ReplayOutcome: Sendable, Encodable {
    /// The oldest complete segment.
    public struct Start: Sendable, Encodable {
        public var segment: String
        public var time: Date
        public var incarnation: UInt32
        public var program: String
    }

    /// The first state where the machine diverged from the journal.
    public struct Difference: Sendable, Encodable {
        public var segment: String
        /// The state after this many events of the segment.
        public var event: Int
        public var what: [String]
        /// Events since the last state that matched: the cause is among them.
        public var eventsBefore: Int
    }

    /// Nil where no segment could be read.
    public internal(set) var start: Start?
    public internal(set) var endTime: Date?
    public internal(set) var events = 0
    public internal(set) var segments = 0
    public internal(set) var incarnations: Set<UInt32> = []
    /// Parts of the journal that are missing, because it could not be written.
    public internal(set) var gaps = 0
    /// States that were compared in full, and by fingerprint.
    public internal(set) var wholeComparisons = 0
    public internal(set) var briefComparisons = 0
    /// Events after the last state that could be compared.
    public internal(set) var eventsSinceComparison = 0
    public internal(set) var lastEvent: String?
    public internal(set) var difference: Difference?
    /// Versions of the program whose segments were skipped.
    public internal(set) var otherPrograms: Set<String> = []
    /// Other findings: torn ends, unreadable segments.
    public internal(set) var remarks: [String] = []

    public var isSame: Bool { difference == nil && start != nil }

    /// The outcome in lines for a reader.
    public var lines: [String] {
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
