import Digests
import Foundation
import Logging
import Scheduling
import Synchronization
import Transport

/// Writes every event that the coordinator's machine handles to the journal, on a thread of its own.
///
/// The coordinator's thread only enqueues events. Any failure here is logged once and loses a part of the journal; the
/// sweep never waits for it.
final class JournalWriter: Sendable {
    private let settings: JournalSettings
    private let logger: Logger
    private let queue = Mutex(JournalQueue())
    /// Rings on empty -> non-empty, and when the thread must stop waiting for more.
    private let arrivals = MonotonicCondition()
    private let hurry = MonotonicCondition()
    private let isClosed = Atomic<Bool>(false)
    /// Entries that were handed to the kernel or dropped.
    private let settled = Atomic<Int>(0)
    private let ended = DispatchSemaphore(value: 0)

    /// Events gather for this long, so that the thread wakes a few times a second.
    private static let gatherNanoseconds: Int64 = 50_000_000

    init(_ settings: JournalSettings, logger: Logger) {
        self.settings = settings
        self.logger = logger
        Thread { [self] in
            // A thread can only name itself.
            Thread.current.name = "journal"
            run()
        }.start()
    }

    /// Queues an event that the machine is about to handle.
    func record(_ event: Coordinator.Event, at now: Instant, _ machine: UnsafePointer<Coordinator>) {
        let isFirst = queue.withLock { queue in
            let wasEmpty = queue.entries.isEmpty
            queue.append(event, at: now, machine, settings)
            return wasEmpty && !queue.entries.isEmpty
        }
        if isFirst { arrivals.ring() }
    }

    /// Writes what is queued, and the machine's digest, so that a replay can tell whether it ends in the same state.
    func close(_ machine: Coordinator) {
        queue.withLock { $0.appendEnd(machine) }
        isClosed.store(true, ordering: .releasing)
        hurry.ring()
        arrivals.ring()
        _ = ended.wait(timeout: .now() + 10)
    }

    /// Flushes the queue and waits for it; for a process that is about to end.
    func flush(atMost milliseconds: Int) {
        let count = queue.withLock { $0.count }
        for _ in 0..<milliseconds where settled.load(ordering: .acquiring) < count {
            hurry.ring()
            arrivals.ring()
            usleep(1_000)
        }
    }

    private func run() {
        var file: SegmentFile?
        var problem: String?
        while !isClosed.load(ordering: .acquiring) {
            _ = arrivals.wait(atMost: 3_600_000_000_000)
            _ = hurry.wait(atMost: Self.gatherNanoseconds)
            writeWhatGathered(&file, &problem)
        }
        writeWhatGathered(&file, &problem)
        ended.signal()
    }

    private func writeWhatGathered(_ file: inout SegmentFile?, _ problem: inout String?) {
        let (entries, count) = queue.withLock { ($0.takeAll(), $0.count) }
        defer { settled.store(count, ordering: .releasing) }
        do {
            for entry in entries { try write(entry, to: &file) }
            try file?.flush()
            guard let written = file else { return }
            if problem != nil { logger.info("the journal is written again") }
            problem = nil
            if written.eventBytes >= settings.eventBytes(beside: written.snapshotBytes) {
                queue.withLock { $0.askForSnapshot() }
            }
        } catch {
            file = nil
            queue.withLock { $0.pause(until: .now + settings.retrySeconds) }
            if problem == nil {
                logger.warning(
                    "the journal is not written; the sweep goes on without", metadata: ["problem": "\(error)"])
            }
            problem = "\(error)"
        }
    }

    private func write(_ entry: JournalQueue.Entry, to file: inout SegmentFile?) throws {
        switch entry {
        case .snapshot(let machine, let instant, let isContinuation):
            try file?.flush()
            file = nil
            file = try begin(with: machine, at: instant, isContinuation: isContinuation)
        case .event(let event): try file?.append(.event) { try $0.write(event) }
        case .fingerprint(let fingerprint): try file?.append(.fingerprint) { try $0.write(fingerprint) }
        case .end(let machine):
            let digest = SHA256.hash(try BinaryWriter.bytes(of: machine))
            try file?.append(.end) { $0.append(digest.bytes) }
        }
    }

    private func begin(with machine: Coordinator, at instant: Instant, isContinuation: Bool) throws -> SegmentFile {
        let folder = JournalFolder(path: settings.folder)
        try PrivateFolder.create(folder.path)
        try checkDisk()
        let now = Instant.now
        var wall = timespec()
        clock_gettime(CLOCK_REALTIME, &wall)
        let header = JournalHeader(
            program: settings.program, incarnation: machine.incarnation,
            wallClock: Int64(wall.tv_sec) * 1_000_000_000 + Int64(wall.tv_nsec), instant: now,
            isContinuation: isContinuation)
        let file = try SegmentFile(folder.next(), header, machine)
        folder.prune(to: settings.olderBytes(beside: file.snapshotBytes))
        return file
    }

    private func checkDisk() throws {
        var disk = statvfs()
        guard statvfs(settings.folder, &disk) == 0 else { throw JournalError.system("ask after", settings.folder) }
        let (free, _) = Int(clamping: disk.f_bavail).multipliedReportingOverflow(by: Int(clamping: disk.f_frsize))
        let needed = settings.diskReserve + settings.segmentBytes
        guard settings.diskReserve == 0 || free >= needed else {
            throw JournalError.diskReserve(free: free, reserve: settings.diskReserve)
        }
    }
}
