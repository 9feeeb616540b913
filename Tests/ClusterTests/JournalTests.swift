import Foundation
import Scheduling
import TestKit
import Testing

@testable import Cluster

@Suite("The coordinator's journal")
struct JournalTests {
    /// A recorded simulation of one coordinator.
    private static let recording: SimulationRecorder.Recording = {
        var plan = SimulationPlan(units: SimulatedUnit.many(400, cost: 0.1), workers: SimulatedWorker.many(4), seed: 7)
        plan.faults = [(2, .killWorker(1, restartAfter: 1)), (4, .freezeWorker(2, seconds: 6))]
        let cluster = SimulatedCluster(plan)
        let recorder = SimulationRecorder(every: 1_000_000)
        cluster.recorder = recorder
        cluster.run()
        return recorder.recordings[0]
    }()

    private let folder: TemporaryFolder
    private let log = LogLines()

    init() throws { folder = try TemporaryFolder() }

    private var state: String { folder.url.path }
    private var journal: JournalFolder { JournalFolder(path: state + "/journal") }

    private func settings(_ change: (inout JournalSettings) -> Void = { _ in }) -> JournalSettings {
        var settings = JournalSettings(state: state, program: "1.0")
        settings.diskReserve = 0
        settings.fingerprintInterval = 16
        change(&settings)
        return settings
    }

    /// Runs the recording through a machine with a journal.
    ///
    /// - Parameters:
    ///   - pauses: events between two waits for the journal's thread; 0 for none.
    ///   - endsInOrder: false leaves the journal as a kill would.
    private func write(
        _ settings: JournalSettings, repeats: Int = 1, pauses: Int = 0, endsInOrder: Bool = true
    ) throws {
        let recording = Self.recording
        for _ in 0..<repeats {
            let writer = JournalWriter(settings, logger: log.logger)
            let machine = JournaledMachine(try #require(recording.states.first).machine, journal: writer)
            for (place, event) in recording.events.enumerated() {
                let directives = machine.handle(event.event, at: event.instant)
                #expect(directives == recording.directives[place])
                if pauses > 0, place % pauses == 0 { writer.flush(atMost: 5_000) }
            }
            if endsInOrder { machine.close() } else { writer.flush(atMost: 5_000) }
        }
    }

    private func replay(program: String = "1.0", force: Bool = false) throws -> ReplayOutcome {
        try JournalReplay.run(state: state, program: program, force: force)
    }

    @Test("A replay ends in the same state, compared as a whole, and the files are the owner's alone")
    func whole() throws {
        try write(settings())
        let outcome = try replay()
        #expect(outcome.isSame)
        #expect(outcome.events == Self.recording.events.count)
        #expect(outcome.wholeComparisons == 1)
        #expect(outcome.briefComparisons > 5)
        #expect(outcome.eventsSinceComparison == 0)
        #expect(outcome.start?.segment == "00000001.journal")
        #expect(outcome.remarks == [])
        let file = try FileManager.default.attributesOfItem(atPath: try #require(journal.segments().first).path)
        #expect(file[.posixPermissions] as? Int == 0o600)
        let folder = try FileManager.default.attributesOfItem(atPath: journal.path)
        #expect(folder[.posixPermissions] as? Int == 0o700)
        #expect(log.lines == [])
    }

    @Test("Segments follow one another; each begins with the state that the one before ends in")
    func segments() throws {
        try write(settings { $0.segmentBytes = 2_000 }, pauses: 5)
        #expect(journal.segments().count > 2)
        let outcome = try replay()
        #expect(outcome.isSame)
        #expect(outcome.gaps == 0)
        #expect(outcome.wholeComparisons == journal.segments().count)
    }

    @Test("Old segments go, within the stated bound, and a replay starts at the oldest that is left")
    func pruning() throws {
        let settings = settings { $0.segmentBytes = 2_000 }
        for _ in 0..<3 {
            try write(settings, pauses: 2)
            let segments = journal.segments()
            let snapshot = try SegmentReader(try #require(segments.last)).snapshot.count
            let newest = try #require(segments.last).bytes
            let older = segments.dropLast().reduce(0) { $0 + $1.bytes }
            #expect(segments.count >= 2)
            // What one drain of the queue may add to a segment that is full.
            let slack = 4_000
            #expect(older <= settings.olderBytes(beside: snapshot) + slack)
            #expect(newest <= snapshot + settings.eventBytes(beside: snapshot) + slack)
        }
        let outcome = try replay()
        #expect(outcome.isSame)
        let oldest = try #require(journal.segments().first)
        #expect(oldest.number > 1)
        #expect(outcome.start?.segment == oldest.name)
    }

    @Test("After a kill the last fingerprint is compared, and a torn record is an end like any other")
    func torn() throws {
        try write(settings(), endsInOrder: false)
        let whole = try replay()
        #expect(whole.isSame)
        #expect(whole.wholeComparisons == 0)
        let segment = try #require(journal.segments().first)
        truncate(segment.path, off_t(segment.bytes - 3))
        let torn = try replay()
        #expect(torn.isSame)
        #expect(torn.events == whole.events - 1)
        #expect(torn.remarks.first?.contains("is torn") == true)
    }

    @Test("A record whose bytes changed ends its segment, with the place")
    func damaged() throws {
        try write(settings())
        let segment = try #require(journal.segments().first)
        var bytes = try Data(contentsOf: URL(filePath: segment.path))
        bytes[bytes.count / 2] ^= 0x10
        try bytes.write(to: URL(filePath: segment.path))
        let outcome = try replay()
        #expect(outcome.events < Self.recording.events.count)
        #expect(outcome.remarks.first?.contains("the checksum differs") == true)
    }

    @Test("A machine that decides otherwise is found within a fingerprint's distance, with what differs")
    func difference() throws {
        try write(settings())
        let segment = try #require(journal.segments().first)
        var reader = try SegmentReader(segment)
        let other = BinaryWriter()
        other.append(JournalRecord.magic)
        try other.append(.header) { try $0.write(reader.header) }
        try other.append(.snapshot) { $0.append(reader.snapshot) }
        var reports = 0
        while let record = reader.next() {
            switch record {
            case .event(let event):
                if case .reported = event.event { reports += 1 }
                // The tenth message of results never comes to this machine.
                if case .reported = event.event, reports == 10 { continue }
                try other.append(.event) { try $0.write(event) }
            case .fingerprint(let fingerprint): try other.append(.fingerprint) { try $0.write(fingerprint) }
            case .end(let digest): try other.append(.end) { $0.append(digest) }
            case .header, .snapshot: break
            }
        }
        try Data(other.bytes).write(to: URL(filePath: segment.path))
        let outcome = try replay()
        #expect(!outcome.isSame)
        let difference = try #require(outcome.difference)
        #expect(difference.eventsBefore <= 16)
        #expect(difference.what.contains { $0.hasPrefix("finished: ") })
        #expect(outcome.lines.last?.hasPrefix("differs in 00000001.journal after event ") == true)
    }

    @Test("What another version wrote is refused with both versions, unless it is forced")
    func otherVersion() throws {
        try write(settings())
        #expect(throws: JournalError.otherProgram(folder: journal.path, wrote: ["1.0"], this: "2.0")) {
            try replay(program: "2.0")
        }
        #expect(try replay(program: "2.0", force: true).isSame)
        try write(settings { $0.program = "2.0" })
        let outcome = try replay(program: "2.0")
        #expect(outcome.isSame)
        #expect(outcome.start?.segment == "00000002.journal")
        #expect(outcome.otherPrograms == ["1.0"])
    }

    @Test(
        "A full disk stops the journal with one line in the log, and it goes on in a new segment when there is room",
        .enabled(if: SmallDisk.refusal == nil, "\(SmallDisk.refusal ?? "")"))
    func fullDisk() throws {
        let disk = try SmallDisk(mebibytes: 1)
        let rest = disk.path + "/rest"
        try Data(count: 1_040_000).write(to: URL(filePath: rest))
        let settings = settings {
            $0.folder = disk.path + "/journal"
            // The recording's clock is far behind this machine's.
            $0.retrySeconds = -1e9
        }
        let recording = Self.recording
        let writer = JournalWriter(settings, logger: log.logger)
        let machine = JournaledMachine(try #require(recording.states.first).machine, journal: writer)
        for (place, event) in recording.events.enumerated() {
            let directives = machine.handle(event.event, at: event.instant)
            #expect(directives == recording.directives[place])
            if place == recording.events.count / 2 { unlink(rest) }
            if place % 10 == 0 { writer.flush(atMost: 5_000) }
        }
        machine.close()
        #expect(log.lines.filter { $0.contains("the journal is not written") }.count == 1)
        #expect(log.lines.filter { $0.contains("the journal is written again") }.count == 1)
        let link = state + "/journal"
        symlink(settings.folder, link)
        let outcome = try replay()
        #expect(outcome.isSame)
        #expect(outcome.wholeComparisons == 1)
        #expect(outcome.events < recording.events.count)
    }

    @Test("The journal leaves the last of the disk to the ledger")
    func reserve() throws {
        try write(settings { $0.diskReserve = .max / 4 })
        #expect(journal.segments() == [])
        #expect(log.lines.count == 1)
    }

    @Test("Events that come faster than they are written are left out, and the next segment begins behind them")
    func queueBound() throws {
        try write(settings { $0.queueBytes = 10_000 }, endsInOrder: true)
        let outcome = try replay()
        #expect(outcome.isSame)
        #expect(outcome.events < Self.recording.events.count)
        #expect(outcome.wholeComparisons >= 1)
    }

    @Test("A state folder without a journal says so")
    func missing() throws {
        #expect(throws: JournalError.missing(folder: journal.path)) { try replay() }
    }

    @Test("Files that are no segments, and segments that end in their snapshot, are passed over with the reason")
    func strangers() throws {
        try write(settings())
        try Data("junk".utf8).write(to: URL(filePath: journal.path + "/00000002.journal"))
        let first = try Data(contentsOf: URL(filePath: try #require(journal.segments().first).path))
        try first.prefix(200).write(to: URL(filePath: journal.path + "/00000003.journal"))
        try Data().write(to: URL(filePath: journal.path + "/notes.txt"))
        let outcome = try replay()
        #expect(outcome.isSame)
        #expect(outcome.segments == 1)
        #expect(outcome.remarks.count == 2)
    }
}
