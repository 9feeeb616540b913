import Digests
package import Foundation
package import Scheduling

/// Replays a coordinator's journal through the machine, and compares the states in the journal with those that the
/// machine reaches.
package struct JournalReplay {
    /// Told what is replayed, in its order.
    package protocol Observer {
        /// Starts over with a segment's snapshot, whatever machine was known before.
        mutating func begin(_ machine: Coordinator, at time: Date)
        mutating func willHandle(_ event: JournaledEvent, _ machine: Coordinator)
        mutating func didHandle(
            _ event: JournaledEvent, at time: Date, _ directives: [Coordinator.Directive], _ machine: Coordinator)
    }

    private let segments: [JournalFolder.Segment]
    private let program: String
    private var machine: JournaledMachine?
    private var last: (header: JournalHeader, isWhole: Bool)?
    package private(set) var outcome: ReplayOutcome

    /// - Parameters:
    ///   - state: the state folder of the coordinator, which may be running.
    ///   - program: this program's version.
    ///   - force: whether segments of other versions are replayed too.
    /// - Returns: what was found, up to the first difference.
    /// - Throws: ``JournalError`` if there is nothing to replay.
    package static func run(
        state: String, program: String, force: Bool = false, _ observer: inout some Observer
    ) throws -> ReplayOutcome {
        let folder = JournalFolder(path: JournalSettings.folder(of: state))
        let segments = folder.segments()
        guard !segments.isEmpty else { throw JournalError.missing(folder: folder.path) }
        var replay = JournalReplay(segments: segments, program: program, outcome: ReplayOutcome())
        try replay.run(force: force, &observer)
        if replay.outcome.start == nil, !replay.outcome.otherPrograms.isEmpty {
            throw JournalError.otherProgram(
                folder: folder.path, wrote: replay.outcome.otherPrograms.sorted(), this: program)
        }
        return replay.outcome
    }

    package static func run(state: String, program: String, force: Bool = false) throws -> ReplayOutcome {
        var nobody = NoObserver()
        return try run(state: state, program: program, force: force, &nobody)
    }

    private init(segments: [JournalFolder.Segment], program: String, outcome: ReplayOutcome) {
        (self.segments, self.program, self.outcome) = (segments, program, outcome)
    }

    private mutating func run(force: Bool, _ observer: inout some Observer) throws {
        for segment in segments {
            do {
                let reader = try SegmentReader(segment)
                guard force || reader.header.program == program else {
                    outcome.otherPrograms.insert(reader.header.program)
                    last = nil
                    continue
                }
                try run(reader, &observer)
            } catch let error as JournalError {
                outcome.remarks.append("\(error)")
                last = nil
            }
            if outcome.difference != nil { return }
        }
    }

    private mutating func run(_ segment: SegmentReader, _ observer: inout some Observer) throws {
        var segment = segment
        let began = try begin(segment)
        guard outcome.difference == nil else { return }
        if let began { machine = JournaledMachine(began, journal: nil) }
        guard let current = machine?.current else { return }
        observer.begin(current, at: segment.time(of: segment.header.instant))
        outcome.segments += 1
        var event = 0
        while let record = segment.next() {
            switch record {
            case .header, .snapshot: outcome.remarks.append("\(segment.segment.name) has a second beginning")
            case .event(let journaled):
                event += 1
                try handle(journaled, at: segment.time(of: journaled.instant), &observer)
            case .fingerprint(let fingerprint): compare(fingerprint, segment, event)
            case .end(let digest): compare(digest, segment, event)
            }
            if outcome.difference != nil { return }
        }
        if let problem = segment.problem { outcome.remarks.append("\(segment.segment.name): \(problem)") }
        last = (segment.header, segment.problem == nil)
    }

    /// The machine of the segment's snapshot, compared with the current one if this segment continues the one before;
    /// nil if the current machine goes on.
    private mutating func begin(_ segment: SegmentReader) throws -> Coordinator? {
        let snapshot: Coordinator
        do {
            snapshot = try BinaryReader.value(Coordinator.self, of: segment.snapshot)
        } catch {
            throw JournalError.unreadable(file: segment.segment.path, reason: "its snapshot: \(error)")
        }
        let time = segment.time(of: segment.header.instant)
        if outcome.start == nil {
            outcome.start = ReplayOutcome.Start(
                segment: segment.segment.name, time: time, incarnation: segment.header.incarnation,
                program: segment.header.program)
        }
        outcome.endTime = time
        outcome.incarnations.insert(segment.header.incarnation)
        guard let last, last.header.incarnation == segment.header.incarnation, let machine else { return snapshot }
        guard segment.header.isContinuation, last.isWhole else {
            outcome.gaps += 1
            return snapshot
        }
        if try BinaryWriter.bytes(of: machine.current) == segment.snapshot {
            countComparison(isWhole: true)
        } else {
            differ(segment, 0, machine.current.differences(from: snapshot))
        }
        return nil
    }

    private mutating func handle(
        _ journaled: JournaledEvent, at time: Date, _ observer: inout some Observer
    ) throws {
        guard let machine else { return }
        observer.willHandle(journaled, machine.current)
        let directives = try machine.replay(journaled)
        observer.didHandle(journaled, at: time, directives, machine.current)
        outcome.events += 1
        outcome.eventsSinceComparison += 1
        outcome.endTime = time
        outcome.lastEvent = journaled.event.summary
    }

    private mutating func compare(_ fingerprint: Coordinator.Fingerprint, _ segment: SegmentReader, _ event: Int) {
        guard let machine else { return }
        let differences = machine.current.fingerprint.differences(from: fingerprint)
        if differences.isEmpty { countComparison(isWhole: false) } else { differ(segment, event, differences) }
    }

    private mutating func compare(_ digest: [UInt8], _ segment: SegmentReader, _ event: Int) {
        guard let machine, let bytes = try? BinaryWriter.bytes(of: machine.current) else { return }
        if SHA256.hash(bytes).bytes == digest {
            countComparison(isWhole: true)
        } else {
            differ(segment, event, ["the digest of the whole state"])
        }
    }

    private mutating func countComparison(isWhole: Bool) {
        outcome.eventsSinceComparison = 0
        if isWhole { outcome.wholeComparisons += 1 } else { outcome.briefComparisons += 1 }
    }

    private mutating func differ(_ segment: SegmentReader, _ event: Int, _ differences: [String]) {
        outcome.difference = ReplayOutcome.Difference(
            segment: segment.segment.name, event: event, what: differences,
            eventsBefore: outcome.eventsSinceComparison)
    }
}

private struct NoObserver: JournalReplay.Observer {
    func begin(_ machine: Coordinator, at time: Date) {}
    func willHandle(_ event: JournaledEvent, _ machine: Coordinator) {}
    func didHandle(
        _ event: JournaledEvent, at time: Date, _ directives: [Coordinator.Directive], _ machine: Coordinator
    ) {}
}
