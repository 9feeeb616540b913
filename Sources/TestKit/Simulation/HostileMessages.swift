package import Identities
package import Scheduling

/// A well-formed but false message of an admitted peer (a Byzantine fault).
package enum HostileMessage: Sendable {
    case hello(WorkerHello, key: String)
    case heartbeat([LeaseStatus])
    case reports([UnitReport])
    case returned(Attempt, [UnitKey])
    case draining
    case goodbye

    /// The event that the coordinator's shell would make of it.
    package func event(from address: Address) -> Coordinator.Event {
        switch self {
        case .hello(let hello, let key): .hello(address, hello, key: key)
        case .heartbeat(let statuses): .heartbeat(address, statuses)
        case .reports(let reports): .reported(address, reports)
        case .returned(let attempt, let units): .returned(address, attempt, units)
        case .draining: .draining(address)
        case .goodbye: .goodbye(address)
        }
    }
}

/// Makes false messages from true ones: duplicate, unknown or foreign keys, attempts never issued or long over, reports
/// of units never held, identities of others. Equal seeds give equal messages.
package struct HostileMessages: Sendable {
    package var generator: SeededGenerator
    /// Keys of units that exist.
    package var units: [UnitKey]
    /// Leases that were issued to some worker.
    package private(set) var leases: [Lease] = []
    /// Processes whose identity may be claimed.
    package var identities: [WorkerHello]
    /// Whether lists that represent sets may have duplicates, which the message decoder would reject.
    package var doubles = true
    /// Payloads of false results.
    package var payloads: [[UInt8]] = [[1], [], Array("junk".utf8)]

    package init(seed: UInt64, units: [UnitKey], identities: [WorkerHello]) {
        generator = SeededGenerator(seed: seed)
        self.units = units
        self.identities = identities
    }

    /// Records a lease, so that false messages can be plausible.
    package mutating func learn(_ lease: Lease) {
        leases.append(lease)
        if leases.count > 200 { leases.removeFirst(100) }
    }

    package mutating func next() -> HostileMessage {
        switch Int.random(in: 0..<20, using: &generator) {
        case 0...3: hello()
        case 4...7: .heartbeat((0..<count()).map { _ in status() })
        case 8...13: .reports((0..<count()).map { _ in report() })
        case 14...17: .returned(attempt(), keys())
        case 18: .draining
        default: .goodbye
        }
    }

    private mutating func hello() -> HostileMessage {
        var hello = pick(identities) ?? WorkerHello(protocolVersion: 1, id: WorkerID(words: 0, 0), name: "nobody")
        if generator.chance(0.1) { hello.id = WorkerID(words: generator.next(), generator.next()) }
        if generator.chance(0.05) { hello.protocolVersion = Int.random(in: 0...3, using: &generator) }
        hello.held = (0..<count()).map { _ in
            HeldLease(attempt: attempt(), units: keys(), isTraining: generator.chance(0.5))
        }
        if doubles, generator.chance(0.2), let first = hello.held.first { hello.held.append(first) }
        if !doubles { hello.held = Self.distinct(hello.held) { $0.attempt } }
        hello.speed = pick([0, 1, 1e-9, 1e308]) ?? 1
        hello.lifetime = pick([nil, 0, 5, 1e300]) ?? nil
        hello.waitingReports = pick([0, 1, 100_000]) ?? 0
        if generator.chance(0.2) { hello.previousStderr = "said by somebody else" }
        return .hello(hello, key: generator.chance(0.1) ? "another key" : "")
    }

    private mutating func status() -> LeaseStatus {
        LeaseStatus(
            attempt: attempt(), unfinished: Int.random(in: 0...5, using: &generator), isTraining: generator.chance(0.5),
            progress: Double.random(in: 0...1, using: &generator))
    }

    private mutating func report() -> UnitReport {
        let outcome: UnitOutcome =
            generator.chance(0.6) ? .finished(pick(payloads) ?? []) : .failed("said by somebody else")
        return UnitReport(
            unit: key(), attempt: attempt(), outcome: outcome, seconds: pick([nil, 0, 1, 1e300]) ?? nil)
    }

    private mutating func attempt() -> Attempt {
        if generator.chance(0.7), let lease = pick(leases) { return lease.attempt }
        let (incarnations, counters): ([UInt32], [UInt32]) = ([0, 1, 2, .max], [0, 1, 2, 1_000, .max])
        return Attempt(incarnation: pick(incarnations) ?? 0, counter: pick(counters) ?? 0)
    }

    private mutating func key() -> UnitKey {
        if generator.chance(0.1) { return UnitKey(words: generator.next(), 1, 2, 3) }
        return pick(units) ?? UnitKey(words: 0, 0, 0, 0)
    }

    /// The keys of an issued lease, a few arbitrary keys, or both; sometimes with a duplicate.
    private mutating func keys() -> [UnitKey] {
        var keys = generator.chance(0.6) ? pick(leases)?.units ?? [] : []
        if keys.isEmpty || generator.chance(0.3) { keys += (0..<count()).map { _ in key() } }
        if doubles, generator.chance(0.3), let first = keys.first { return keys + [first] }
        return doubles ? keys : Self.distinct(keys) { $0 }
    }

    private mutating func count() -> Int { Int.random(in: 0...4, using: &generator) }

    private mutating func pick<Element>(_ choices: [Element]) -> Element? { choices.randomElement(using: &generator) }

    private static func distinct<Element, Identity: Hashable>(
        _ elements: [Element], by identity: (Element) -> Identity
    ) -> [Element] {
        var seen: Set<Identity> = []
        return elements.filter { seen.insert(identity($0)).inserted }
    }
}
