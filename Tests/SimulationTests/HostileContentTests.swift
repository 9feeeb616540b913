import Identities
import Scheduling
import TestKit
import Testing

/// A coordinator among peers that are admitted and lie, with an operator and a ledger that do what they may.
private struct HostileScene {
    var coordinator: Coordinator
    var messages: HostileMessages
    var now = Instant(seconds: 1)
    var addresses = (0..<6).map { Address(number: UInt64($0)) }
    var openCommits: [CommitID] = []
    /// Results that are on their way, and those that are in the ledger.
    private var written: [CommitID: Set<UnitKey>] = [:]
    private var done: Set<UnitKey> = []
    private var submitted: [SweepID: Set<UnitKey>] = [:]
    var broken: [String] = []
    private var nextAddress: UInt64 = 100

    static let units = (0..<40).map { SimulatedUnit($0, pass: "layer \($0 / 20)", cost: 1) }
    static let sweeps = [SweepID(1), SweepID(2)]

    init(seed: UInt64) {
        coordinator = Coordinator(incarnation: 2, knownWorkers: seed % 2 == 0 ? ["peer-0", "gone"] : [], at: now)
        messages = HostileMessages(
            seed: seed, units: Self.units.map(\.digest),
            identities: (0..<5).map { number in
                WorkerHello(
                    protocolVersion: 1, id: WorkerID(words: 1, UInt64(number)), name: "peer-\(number % 3)", host: "host"
                )
            })
    }

    mutating func step() {
        now = now + Double.random(in: 0...0.5, using: &messages.generator)
        tell(event())
    }

    private mutating func event() -> Coordinator.Event {
        let place = Int.random(in: 0..<addresses.count, using: &messages.generator)
        switch Int.random(in: 0..<100, using: &messages.generator) {
        case 0..<70: return messages.next().event(from: addresses[place])
        case 70..<82:
            guard !openCommits.isEmpty else { return .timerFired }
            done.formUnion(written[openCommits[0]] ?? [])
            return .committed(openCommits.removeFirst())
        case 82..<84: return openCommits.first.map { .commitFailed($0, reason: "locked") } ?? .timerFired
        case 84..<88: return .timerFired
        case 88..<92: return lose(place)
        case 92: return .leaseNotSent(messages.leases.last?.attempt ?? Attempt(number: 0), reason: "unreadable")
        default: return operation()
        }
    }

    private mutating func lose(_ place: Int) -> Coordinator.Event {
        let lost = addresses[place]
        nextAddress += 1
        addresses[place] = Address(number: nextAddress)
        let isRevoked = messages.generator.chance(0.2)
        return isRevoked ? .keyRevoked(lost) : .connectionLost(lost, reason: "closed")
    }

    private mutating func operation() -> Coordinator.Event {
        let sweep = Self.sweeps[Int.random(in: 0...1, using: &messages.generator)]
        let name = "peer-\(Int.random(in: 0...3, using: &messages.generator))"
        switch Int.random(in: 0..<11, using: &messages.generator) {
        case 0...3: return .sweepSubmitted(submission(of: sweep))
        case 9: return .resultsDiscarded(discarded(from: sweep))
        case 10:
            guard !openCommits.isEmpty else { return .timerFired }
            let results = written[openCommits[0]] ?? []
            let refused = results.sorted().filter { _ in messages.generator.chance(0.5) }
            done.formUnion(results.subtracting(refused))
            return .commitRefused(
                openCommits.removeFirst(), Dictionary(uniqueKeysWithValues: refused.map { ($0, "no such unit") }))
        case 4:
            submitted[sweep] = []
            return .sweepCancelled(sweep)
        case 5: return .quarantineLifted(sweep)
        case 6: return .workerDrained(name)
        case 7: return .hostSuspended(SuspendedHost(host: name, label: name, reason: "an operator's wish"))
        default: return .hostResumed(host: name)
        }
    }

    /// Some of the sweep's results, which the ledger has removed.
    private mutating func discarded(from sweep: SweepID) -> SweepSubmission {
        let removed = done.intersection(submitted[sweep] ?? []).sorted().filter { _ in messages.generator.chance(0.3) }
        done.subtract(removed)
        let passes = Dictionary(grouping: Self.units.filter { removed.contains($0.digest) }, by: \.pass)
        return SweepSubmission(
            sweep: sweep,
            passes: passes.sorted { $0.key.text < $1.key.text }.map { pass, units in
                WorkPass(pass, units.map { WorkItem($0.digest, cost: 1) })
            })
    }

    private mutating func submission(of sweep: SweepID) -> SweepSubmission {
        let start = Int.random(in: 0...20, using: &messages.generator)
        let chosen = Self.units[start..<start + 20]
        submitted[sweep, default: []].formUnion(chosen.map(\.digest))
        let passes = Dictionary(grouping: chosen, by: \.pass).sorted { $0.key.text < $1.key.text }
        let holder = LeaseHolder(id: WorkerID(words: 1, 0), name: "peer-0", key: "")
        return SweepSubmission(
            sweep: sweep,
            passes: passes.map { pass, units in WorkPass(pass, units.map { WorkItem($0.digest, cost: 1) }) },
            formerLeases: [
                IssuedLease(attempt: Attempt(incarnation: 1, counter: 1), holder: holder, units: chosen.map(\.digest))
            ])
    }

    mutating func tell(_ event: Coordinator.Event) {
        for directive in coordinator.handle(event, at: now) {
            switch directive {
            case .lease(_, _, let lease): messages.learn(lease)
            case .commit(let id, let rows):
                written[id] = Set(rows.compactMap { if case .result(let unit, _, _, _) = $0 { unit } else { nil } })
                if !openCommits.contains(id) { openCommits.append(id) }
            default: break
            }
        }
        broken += coordinator.brokenInvariants().map { "after \(event): \($0)" }
    }

    /// Lets the liars go and one honest worker train whatever is left.
    mutating func finish() -> SweepCounts? {
        for address in addresses { tell(.goodbye(address)) }
        for number in 0..<4 { tell(.workerDrained("peer-\(number)")) }
        for sweep in Self.sweeps { tell(.quarantineLifted(sweep)) }
        let honest = Address(number: 7)
        let id = WorkerID(words: 9, 9)
        var work: [Lease] = []
        tell(.hello(honest, WorkerHello(protocolVersion: 1, id: id, name: "honest", host: "host"), key: ""))
        for _ in 0..<400 {
            now = now + 0.5
            for directive in coordinator.handle(.timerFired, at: now) { take(directive, honest, &work) }
            for directive in coordinator.handle(
                .heartbeat(
                    honest,
                    work.map {
                        LeaseStatus(attempt: $0.attempt, unfinished: $0.units.count, isTraining: false)
                    }), at: now)
            { take(directive, honest, &work) }
            for id in openCommits {
                for directive in coordinator.handle(.committed(id), at: now) { take(directive, honest, &work) }
            }
            openCommits = []
            guard !work.isEmpty else { continue }
            let lease = work.removeFirst()
            let reports = lease.units.map { UnitReport(unit: $0, attempt: lease.attempt, outcome: .finished([1])) }
            for directive in coordinator.handle(.reported(honest, reports), at: now) { take(directive, honest, &work) }
            broken += coordinator.brokenInvariants()
        }
        let status = coordinator.status(at: now)
        return status.sweeps.filter { !$0.isCancelled }.map(\.counts).max { $0.unfinished < $1.unfinished }
    }

    private mutating func take(_ directive: Coordinator.Directive, _ honest: Address, _ work: inout [Lease]) {
        switch directive {
        case .lease(honest, _, let lease): work.append(lease)
        case .cancel(honest, let attempt, let units):
            for place in work.indices where work[place].attempt == attempt {
                work[place].units.removeAll { units.isEmpty || units.contains($0) }
            }
            work.removeAll { $0.units.isEmpty }
        case .commit(let id, _): openCommits.append(id)
        default: break
        }
    }
}

@Suite("Byzantine peers")
struct HostileContentTests {
    /// Events of all seeds: 10⁵ in every run, 10⁷ where PROBESWEEP_LONG_TESTS is set.
    private static let events = isLongRun ? 10_000_000 : 100_000
    private static let eventsPerSeed = 1_000

    @Test("No sequence of well-formed, false messages breaks an invariant, and an honest worker still finishes")
    func liars() {
        for seed in 1...UInt64(Self.events / Self.eventsPerSeed) {
            var scene = HostileScene(seed: seed)
            for _ in 0..<Self.eventsPerSeed where scene.broken.isEmpty { scene.step() }
            #expect(scene.broken == [], "seed \(seed)")
            let counts = scene.finish()
            #expect(scene.broken == [], "seed \(seed), afterwards")
            #expect(counts?.unfinished ?? 0 == 0, "seed \(seed): \(String(describing: counts))")
            if !scene.broken.isEmpty { return }
        }
    }
}
