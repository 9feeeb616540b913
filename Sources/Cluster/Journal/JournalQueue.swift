import Scheduling

/// Entries that are queued for the journal's thread, guarded by the writer's lock.
struct JournalQueue {
    enum Entry: Sendable {
        /// A new segment begins with this state.
        case snapshot(Coordinator, Instant, isContinuation: Bool)
        case event(JournaledEvent)
        case fingerprint(Coordinator.Fingerprint)
        case end(Coordinator)
    }

    private(set) var entries: [Entry] = []
    /// Approximate memory that the entries hold.
    private var weight = 0
    /// Entries that were ever appended.
    private(set) var count = 0
    /// A snapshot must precede the next event.
    private var needsSnapshot = true
    /// Every event since the last snapshot was appended.
    private var isWhole = false
    /// Nothing is accepted before this instant.
    private var pausedUntil: Instant?
    private var untilFingerprint = 0

    /// Appends an event that the machine is about to handle.
    mutating func append(
        _ event: Coordinator.Event, at now: Instant, _ machine: UnsafePointer<Coordinator>, _ settings: JournalSettings
    ) {
        if let end = pausedUntil {
            guard now >= end else { return }
            pausedUntil = nil
        }
        // The writer has fallen behind: drop rather than block. A single event is accepted however large it is.
        if weight > settings.queueBytes { dropAll() }
        if needsSnapshot {
            put(.snapshot(machine.pointee, now, isContinuation: isWhole), weight: 0)
            (needsSnapshot, isWhole, untilFingerprint) = (false, true, settings.fingerprintInterval)
        } else if untilFingerprint <= 0 {
            put(.fingerprint(machine.pointee.fingerprint), weight: 128)
            untilFingerprint = settings.fingerprintInterval
        }
        untilFingerprint -= 1
        put(.event(JournaledEvent(instant: now, event: event)), weight: event.journalWeight)
    }

    mutating func appendEnd(_ machine: Coordinator) {
        guard pausedUntil == nil, !needsSnapshot else { return }
        put(.end(machine), weight: 0)
    }

    mutating func takeAll() -> [Entry] {
        defer { (entries, weight) = ([], 0) }
        return entries
    }

    /// The segment is full: the next event begins another one, which continues it.
    mutating func askForSnapshot() { needsSnapshot = true }

    /// Nothing is written until the instant, and then a new segment begins.
    mutating func pause(until end: Instant) {
        dropAll()
        pausedUntil = end
    }

    private mutating func put(_ entry: Entry, weight: Int) {
        entries.append(entry)
        self.weight += weight
        count += 1
    }

    private mutating func dropAll() {
        (entries, weight, needsSnapshot, isWhole) = ([], 0, true, false)
    }
}

extension Coordinator.Event {
    /// Approximate memory, results included. Looking at each result would be a cache miss, so the first one stands for
    /// all.
    fileprivate var journalWeight: Int {
        switch self {
        case .reported(_, let reports): 128 + reports.count * (96 + (reports.first?.outcome.bytes ?? 0))
        case .sweepSubmitted(let submission): submission.passes.reduce(128) { $0 + 40 * $1.units.count }
        default: 256
        }
    }
}

extension UnitOutcome {
    fileprivate var bytes: Int {
        switch self {
        case .finished(let result): result.count
        case .failed(let reason): reason.utf8.count
        }
    }
}
