package import Identities
package import Scheduling

/// A simulated unit.
package struct SimulatedUnit: Sendable {
    package enum Behaviour: Sendable {
        case sound
        /// Kills every worker process that trains it.
        case poison
        /// Fails by error wherever it is trained.
        case failing
    }

    package var digest: UnitKey
    package var pass: PassID
    /// Actual seconds on a worker of speed 1.
    package var cost: Double
    /// Predicted seconds, which the coordinator gets.
    package var predictedCost: Double
    /// Units of a kind have the same prediction error.
    package var kind: CostKind
    package var behaviour: Behaviour
    /// What it reads; nil for what everybody has.
    package var inputs: String?

    /// Unit number `number` of a sweep; its digest is a function of the number.
    package init(
        _ number: Int, pass: String, cost: Double, predictedCost: Double? = nil, kind: String = "",
        behaviour: Behaviour = .sound, inputs: String? = nil
    ) {
        var generator = SeededGenerator(seed: UInt64(number))
        digest = UnitKey(words: generator.next(), generator.next(), generator.next(), generator.next())
        self.pass = PassID(pass)
        self.cost = cost
        self.predictedCost = predictedCost ?? cost
        self.kind = CostKind(kind)
        self.behaviour = behaviour
        self.inputs = inputs
    }

    /// `count` healthy units of equal cost, divided among passes in blocks.
    package static func many(_ count: Int, passes: Int = 4, cost: Double) -> [SimulatedUnit] {
        (0..<count).map { SimulatedUnit($0, pass: "layer \($0 * passes / count)", cost: cost) }
    }
}

/// A simulated worker.
package struct SimulatedWorker: Sendable {
    package var name: String
    package var speed: Double
    /// Fails every unit after ten milliseconds.
    package var isBroken: Bool
    package var lifetime: Double?
    /// When its process is first started.
    package var startsAt: Double
    /// Before this time it can read nothing.
    package var mountsAt: Double
    /// Where it runs; empty for a machine of its own.
    package var machine: String

    package init(
        _ name: String, speed: Double = 1, isBroken: Bool = false, lifetime: Double? = nil, startsAt: Double = 0,
        mountsAt: Double = 0, machine: String = ""
    ) {
        self.name = name
        self.speed = speed
        self.isBroken = isBroken
        self.lifetime = lifetime
        self.startsAt = startsAt
        self.mountsAt = mountsAt
        self.machine = machine
    }

    package static func many(_ count: Int) -> [SimulatedWorker] { (0..<count).map { SimulatedWorker("worker-\($0)") } }
}

/// The behaviour of the network.
package struct SimulatedNetwork: Sendable {
    /// Seconds, drawn uniformly for every message.
    package var delay: ClosedRange<Double> = 0.0002...0.002
    package var dropRate = 0.0
    package var duplicateRate = 0.0
    /// Messages from one process to another arrive in the order of sending, as on one TCP connection.
    package var isOrdered = true
    /// Probability that the end of a process is noticed at once by the end of its connection.
    package var closeRate = 1.0

    package init() {}

    /// Loses, duplicates and reorders messages.
    package static var hostile: SimulatedNetwork {
        var network = SimulatedNetwork()
        network.delay = 0.0002...0.3
        network.dropRate = 0.05
        network.duplicateRate = 0.05
        network.isOrdered = false
        network.closeRate = 0.5
        return network
    }
}

/// A fault. Workers are identified by their index in the plan.
package enum Fault: Sendable, Equatable {
    /// `kill -9`; a supervisor restarts the worker after these seconds.
    case killWorker(Int, restartAfter: Double)
    /// `kill -9` of the coordinator, which restarts on its ledger after these seconds.
    case killCoordinator(restartAfter: Double)
    /// SIGSTOP, and SIGCONT after these seconds.
    case freezeWorker(Int, seconds: Double)
    /// A partition between the worker and the coordinator, which neither side is notified of.
    case partition(Int, seconds: Double)
    /// The worker's connection is closed and can be made again after these seconds; both processes live on.
    case cutConnection(Int, seconds: Double)
    /// The same for all workers at once: the coordinator's own link.
    case cutEverybody(seconds: Double)
    /// SIGTERM; a supervisor restarts the worker after these seconds.
    case drainWorker(Int, restartAfter: Double)
    /// The ledger refuses every commit, as a full disk or a lock does.
    case stallLedger(seconds: Double)
    case cancelSweep
}

/// The parameters of a simulation.
package struct SimulationPlan: Sendable {
    package var units: [SimulatedUnit]
    package var workers: [SimulatedWorker]
    package var seed: UInt64
    package var coordinator = CoordinatorSettings()
    package var network = SimulatedNetwork()
    package var faults: [(at: Double, fault: Fault)] = []
    /// How many results of these units the ledger refuses permanently.
    package var refusedResults: [UnitKey: Int] = [:]
    /// When the coordinator is asked for the time to go.
    package var askAt: Double?
    /// Fixed seconds of every pass for reading its layer.
    package var readingCost = 0.0
    /// The simulation ends after these virtual seconds.
    package var limit = 3600.0
    /// The coordinator's invariants are checked once in this many events.
    package var invariantsEvery = 1

    package init(units: [SimulatedUnit], workers: [SimulatedWorker], seed: UInt64 = 1) {
        self.units = units
        self.workers = workers
        self.seed = seed
    }

    /// The same plan without speculative copies, so that a unit is trained twice only after a loss.
    package func withoutCopies() -> SimulationPlan {
        var plan = self
        plan.coordinator.minimumCopySeconds = .infinity
        return plan
    }

    /// Adds random faults of every kind, `rate` a second over these seconds.
    package mutating func addRandomFaults(rate: Double, over seconds: Double) {
        var generator = SeededGenerator(seed: seed &* 7919)
        var time = 0.5
        while time < seconds {
            let worker = Int.random(in: 0..<workers.count, using: &generator)
            let length = Double.random(in: 0.1...8, using: &generator)
            let fault: Fault =
                switch Int.random(in: 0..<15, using: &generator) {
                case 0...3: .killWorker(worker, restartAfter: length / 4)
                case 4, 5: .killCoordinator(restartAfter: length / 3)
                case 6, 7: .freezeWorker(worker, seconds: length)
                case 8, 9: .partition(worker, seconds: length)
                case 12, 13: .cutConnection(worker, seconds: length / 2)
                case 14: .cutEverybody(seconds: length / 2)
                case 10: .drainWorker(worker, restartAfter: length / 4)
                default: .stallLedger(seconds: length / 3)
                }
            faults.append((time, fault))
            time += Double.random(in: 0...(2 / rate), using: &generator)
        }
    }
}
