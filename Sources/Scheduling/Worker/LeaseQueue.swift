import Identities
import OrderedCollections

/// The leases that a worker holds: the first is in training, the others wait.
struct LeaseQueue: Sendable {
    private struct Entry: Sendable {
        let pass: PassID
        /// Until it is handed to the pass.
        var content: LeaseContent
        /// Neither finished nor failed, in the order of the lease.
        var unfinished: OrderedSet<UnitKey>
        var isTraining = false
        var progress = 0.0
        var stuck: String?
    }

    private var entries: OrderedDictionary<Attempt, Entry> = [:]
    /// Recently seen attempts, so that a lease that is delivered twice, or after its cancellation, is not trained.
    private var seen: OrderedSet<Attempt> = []

    var isEmpty: Bool { entries.isEmpty }
    var heldAttempts: Set<Attempt> { Set(held.map(\.attempt)) }

    var training: Attempt? {
        entries.elements.first.flatMap { $0.value.isTraining ? $0.key : nil }
    }

    /// Leases that have not been started.
    var waiting: [Attempt] { entries.filter { !$0.value.isTraining }.map(\.key) }

    var held: [HeldLease] {
        entries.map { HeldLease(attempt: $0.key, units: Array($0.value.unfinished), isTraining: $0.value.isTraining) }
            .filter { !$0.units.isEmpty }
    }

    var statuses: [LeaseStatus] {
        entries.map {
            LeaseStatus(
                attempt: $0.key, unfinished: $0.value.unfinished.count, isTraining: $0.value.isTraining,
                progress: $0.value.progress, stuck: $0.value.stuck)
        }
        .filter { $0.unfinished > 0 }
    }

    func unfinished(of attempt: Attempt) -> [UnitKey] { entries[attempt].map { Array($0.unfinished) } ?? [] }

    func holds(_ attempt: Attempt) -> Bool { entries[attempt] != nil }

    /// False if the lease was seen before.
    mutating func append(_ lease: Lease, _ content: LeaseContent) -> Bool {
        guard remember(lease.attempt) else { return false }
        entries[lease.attempt] = Entry(
            pass: lease.pass, content: content, unfinished: OrderedSet(lease.units))
        return true
    }

    /// False if the attempt is known.
    @discardableResult
    mutating func remember(_ attempt: Attempt) -> Bool {
        guard seen.append(attempt).inserted else { return false }
        if seen.count > 1024 { seen.removeFirst(512) }
        return true
    }

    /// The first lease with what it brought of its unfinished units, if nothing is in training; it is from now on.
    mutating func startNext() -> (Lease, LeaseContent)? {
        guard training == nil, let (attempt, entry) = entries.elements.first else { return nil }
        entries[attempt]?.isTraining = true
        entries[attempt]?.content = LeaseContent()
        var content = entry.content
        if content.forms.count > entry.unfinished.count {
            content.forms = content.forms.filter { entry.unfinished.contains($0.key) }
        }
        return (Lease(attempt: attempt, pass: entry.pass, units: Array(entry.unfinished)), content)
    }

    /// Takes units out of a lease.
    /// - Returns: Those that were unfinished.
    mutating func remove(_ units: some Sequence<UnitKey>, of attempt: Attempt) -> [UnitKey] {
        units.filter { entries[attempt]?.unfinished.remove($0) != nil }
    }

    mutating func remove(_ attempt: Attempt) { entries[attempt] = nil }

    mutating func setStuck(_ reason: String?, of attempt: Attempt) { entries[attempt]?.stuck = reason }

    mutating func setProgress(_ progress: Double, of attempt: Attempt) { entries[attempt]?.progress = progress }
}
