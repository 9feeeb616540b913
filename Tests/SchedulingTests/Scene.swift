import Identities
import Scheduling
import Testing

/// A coordinator on a stage: tells it facts, keeps its clock, and checks its invariants after every one.
struct Scene {
    var coordinator: Coordinator
    var now = Instant(seconds: 100)
    /// What was ordered to be written down of workers.
    var memories: [WorkerMemory] = []

    init(
        _ settings: CoordinatorSettings = .plain, incarnation: UInt32 = 1, knownWorkers: Set<String> = [],
        openLeases: [IssuedLease] = [], learnedCosts: LearnedCosts = LearnedCosts()
    ) {
        coordinator = Coordinator(
            settings, incarnation: incarnation, knownWorkers: knownWorkers, openLeases: openLeases,
            learnedCosts: learnedCosts, at: now)
    }

    /// Everything that the coordinator orders, but for ``memories``.
    @discardableResult
    mutating func tell(_ event: Coordinator.Event, after seconds: Double = 0) -> [Coordinator.Directive] {
        now = now + seconds
        let directives = coordinator.handle(event, at: now)
        #expect(coordinator.brokenInvariants() == [])
        return directives.filter { directive in
            guard case .remember(let memory) = directive else { return true }
            memories.append(memory)
            return false
        }
    }

    /// Says hello and takes what is leased at once.
    mutating func join(_ names: String...) {
        for name in names { tell(.hello(address(name), hello(name))) }
    }

    /// A unit that was to take four seconds has been in training on `a` for four, and `b` is idle.
    mutating func trainSlowly() {
        submit(1, cost: 4)
        join("a", "b")
        for _ in 0..<2 {
            tell(.heartbeat(address("a"), [.training(1, 1)]), after: 2)
            tell(.heartbeat(address("b"), []))
        }
    }

    /// Lets time pass while all workers live.
    mutating func wait(_ seconds: Int) {
        for _ in 0..<seconds {
            now = now + 1
            for worker in coordinator.status(at: now).workers {
                if let address = worker.address { tell(.traffic(address)) }
            }
        }
    }

    /// - Parameter former: leases of the coordinator before.
    mutating func submit(
        _ count: Int, cost: Float = 1, pass: String = "layer 0", to sweep: SweepID = sweep, former: [IssuedLease] = []
    ) {
        var submission = submission(0..<count, cost: cost, pass: pass, sweep: sweep)
        submission.formerLeases = former
        tell(.sweepSubmitted(submission))
    }
}

extension CoordinatorSettings {
    /// Leases of four one-second units, and one at a time; whose connection is lost is lost at once.
    static var plain: CoordinatorSettings {
        var settings = CoordinatorSettings()
        settings.minimumLeaseSeconds = 4
        settings.maximumLeaseSeconds = 4
        settings.leasesPerWorker = 1
        settings.reconnectGrace = 0
        return settings
    }
}

let sweep = SweepID(1)
let plainWelcome = Welcome(heartbeatInterval: 1, silenceLimit: 3.5)

/// The digest of unit number `number`.
func unit(_ number: Int) -> UnitKey { UnitKey(words: UInt64(number), 0, 0, 0) }

func units(_ numbers: some Sequence<Int>) -> [UnitKey] { numbers.map(unit) }

/// The connection of the worker's process of this number, from 1.
func address(_ name: String, _ process: UInt8 = 1) -> Address {
    Address(number: name.utf8.reduce(UInt64(0)) { $0 << 8 | UInt64($1) } << 8 | UInt64(process))
}

/// The worker's process of this number, from 1.
func process(_ name: String, _ process: UInt8 = 1) -> WorkerID { WorkerID(words: 7, address(name, process).number) }

func hello(_ name: String, _ number: UInt8 = 1, held: [HeldLease] = []) -> WorkerHello {
    WorkerHello(protocolVersion: 1, id: process(name, number), name: name, held: held)
}

extension Coordinator.Event {
    /// On an endpoint without keys.
    static func hello(_ address: Address, _ hello: WorkerHello) -> Coordinator.Event { .hello(address, hello, key: "") }
}

extension Coordinator.Directive {
    /// A lease for the worker that ``address(_:_:)`` names.
    static func lease(_ address: Address, _ lease: Lease) -> Coordinator.Directive {
        var letters: [UInt8] = []
        var rest = address.number >> 8
        while rest > 0 {
            letters.insert(UInt8(rest & 255), at: 0)
            rest >>= 8
        }
        let holder = LeaseHolder(
            id: WorkerID(words: 7, address.number), name: String(decoding: letters, as: UTF8.self), key: "")
        return .lease(address, holder, lease)
    }
}

func attempt(_ counter: UInt32, of incarnation: UInt32 = 1) -> Attempt {
    Attempt(incarnation: incarnation, counter: counter)
}

/// A lease that an earlier coordinator issued to the worker's first process.
func former(_ name: String, _ attempt: Attempt, _ numbers: some Sequence<Int>) -> IssuedLease {
    IssuedLease(attempt: attempt, holder: LeaseHolder(id: process(name), name: name, key: ""), units: units(numbers))
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
        sweep: sweep, passes: [WorkPass(PassID(pass), numbers.map { WorkItem(unit($0), cost: cost) })])
}
