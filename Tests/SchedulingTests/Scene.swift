import Scheduling
import Testing

/// A coordinator on a stage: tells it facts, keeps its clock, and checks its invariants after every one.
struct Scene {
    var coordinator: Coordinator
    var now = Instant(seconds: 100)

    init(
        _ settings: CoordinatorSettings = .plain, incarnation: UInt32 = 1, knownWorkers: Set<String> = [],
        experience: Experience = Experience()
    ) {
        coordinator = Coordinator(
            settings, incarnation: incarnation, knownWorkers: knownWorkers, experience: experience, at: now)
    }

    /// Everything that the coordinator orders.
    @discardableResult
    mutating func tell(_ event: Coordinator.Event, after seconds: Double = 0) -> [Coordinator.Directive] {
        now = now + seconds
        let directives = coordinator.handle(event, at: now)
        #expect(coordinator.brokenInvariants() == [])
        return directives
    }

    /// Says hello and takes what is leased at once.
    mutating func join(_ names: String...) {
        for name in names { tell(.hello(peer(name), hello(name))) }
    }

    /// Lets time pass while all workers live.
    mutating func wait(_ seconds: Int) {
        for _ in 0..<seconds {
            now = now + 1
            for worker in coordinator.status(at: now).workers { tell(.traffic(worker.peer)) }
        }
    }

    mutating func submit(_ count: Int, cost: Float = 1, pass: String = "layer 0", to sweep: SweepID = sweep) {
        tell(.sweepSubmitted(submission(0..<count, cost: cost, pass: pass, sweep: sweep)))
    }
}

extension CoordinatorSettings {
    /// Leases of four one-second units, and one at a time.
    static var plain: CoordinatorSettings {
        var settings = CoordinatorSettings()
        settings.minimumLeaseSeconds = 4
        settings.maximumLeaseSeconds = 4
        settings.leasesPerWorker = 1
        return settings
    }
}

let sweep = SweepID("sweep")
let plainWelcome = Welcome(heartbeatInterval: 1, silenceLimit: 3.5)

/// The digest of unit number `number`.
func unit(_ number: Int) -> UnitDigest { UnitDigest(words: UInt64(number), 0, 0, 0) }

func units(_ numbers: some Sequence<Int>) -> [UnitDigest] { numbers.map(unit) }

/// The first incarnation of the worker, unless told otherwise.
func peer(_ name: String, _ incarnation: UInt8 = 1) -> PeerID { PeerID(Array(name.utf8) + [incarnation]) }

func hello(_ name: String, held: [HeldLease] = []) -> WorkerHello {
    WorkerHello(protocolVersion: 1, name: name, held: held)
}

func attempt(_ counter: UInt32, of incarnation: UInt32 = 1) -> Attempt {
    Attempt(incarnation: incarnation, counter: counter)
}

func lease(_ counter: UInt32, _ numbers: some Sequence<Int>, pass: String = "layer 0") -> Lease {
    Lease(attempt: attempt(counter), pass: PassID(pass), units: units(numbers))
}

func finished(_ number: Int, _ attempt: Attempt) -> UnitReport {
    UnitReport(unit: unit(number), attempt: attempt, outcome: .finished([UInt8(number & 255)]))
}

func failed(_ number: Int, _ attempt: Attempt, _ reason: String = "loss is not finite") -> UnitReport {
    UnitReport(unit: unit(number), attempt: attempt, outcome: .failed(reason))
}

func row(_ number: Int, _ attempt: Attempt, _ worker: String) -> LedgerRow {
    .result(unit(number), attempt, worker: worker, payload: [UInt8(number & 255)])
}

func receipt(_ number: Int, _ attempt: Attempt) -> Receipt { Receipt(unit: unit(number), attempt: attempt) }

func commit(_ number: UInt64) -> CommitID { CommitID(number: number) }

func submission(
    _ numbers: some Sequence<Int>, cost: Float = 1, pass: String = "layer 0", sweep: SweepID = sweep
) -> SweepSubmission {
    SweepSubmission(
        sweep: sweep, passes: [PlannedPass(PassID(pass), numbers.map { PlannedUnit(unit($0), cost: cost) })])
}
