import Probes
package import Sweeps
package import Training
import Units

/// What `probesweep plan` shows: the specification with its defaults, the probes with their costs, and the passes.
package struct PlanReport: Sendable {
    package var specification: SweepSpecification
    package var machine: CostModel
    package var workers: Int
    package var probes: [Probe]
    package var passes: [Pass]
    /// Test samples that may be seen in training.
    package var leakage: [LeakageFinding] = []
    /// Data from a ledger, nil if none was given.
    package var learnedCosts: PlanLearnedCosts?
    /// Layers that are larger than memory and read in random order.
    package var randomReadings: [RandomReading] = []
    /// How many rows each fold trains, chooses and is tested on.
    package var rows: [PlannedRows] = []
    /// Seconds that workers take to start, nil if no machine was measured.
    package var startSeconds: Double?

    /// One probe of the sweep at one shape.
    package struct Probe: Codable, Hashable, Sendable {
        package var task: String
        package var label: String
        /// D.
        package var width: Int
        /// D_o.
        package var output: Int
        package var parameters: Int
        package var referenceGFLOPs: Double
        package var executedGFLOPs: Double
        /// The same two of the longest sample, nil where they do not differ.
        package var longestReferenceGFLOPs: Double?
        package var longestExecutedGFLOPs: Double?
        /// Its units in the sweep, over layers and folds.
        package var units: Int
    }

    /// One pass with its predicted cost.
    package struct Pass: Codable, Hashable, Sendable {
        /// What the plan calls the feature set.
        package var features: String
        /// The seed of the backbone's weights where they are untrained, for the control; nil for trained ones.
        package var randomWeights: Int?
        package var layer: Int
        package var width: Int
        /// T of the longest sample.
        package var tokens: Int
        /// T, the mean over samples, which costs are computed of; nil where all are as long.
        package var meanTokens: Double?
        package var units: Int
        package var parameters: Int
        package var trainingTMAC: Double
        package var bytes: Double
        /// Temporary space of a worker (`TMPDIR`) for mixed or prepared tokens; nil where all are read as they are stored.
        package var temporaryBytes: Double?
        /// On one worker.
        package var seconds: Double
    }

    /// - Parameters:
    ///   - workers: Workers that the predicted time is divided by; leases split passes, so that all of them have work.
    ///   - machine: The speed of one worker.
    ///   - startSeconds: Seconds that workers of that machine take to start, nil if not measured.
    ///   - learnedCosts: Data from a ledger, whose workers then replace `machine`.
    package init(
        _ plan: Plan, workers: Int, machine: CostModel = .reference, startSeconds: Double? = nil,
        learnedCosts: PlanLearnedCosts? = nil
    ) {
        specification = plan.specification
        self.machine = machine
        self.workers = workers
        self.startSeconds = startSeconds
        self.learnedCosts = learnedCosts
        passes = plan.passes.map { Pass($0, machine, learnedCosts) }
        probes = Self.probes(of: plan)
    }

    package var units: Int { passes.reduce(0) { $0 + $1.units } }
    /// Trainable parameters of all heads, one for each unit.
    package var parameters: Int { passes.reduce(0) { $0 + $1.parameters } }
    package var trainingTMAC: Double { passes.reduce(0) { $0 + $1.trainingTMAC } }
    package var bytes: Double { passes.reduce(0) { $0 + $1.bytes } }
    /// The most temporary space that a pass takes for mixed or prepared tokens; nil where none does.
    package var temporaryBytes: Double? { passes.compactMap(\.temporaryBytes).max() }
    /// Predicted seconds with all workers, with their start if it was measured.
    package var seconds: Double {
        (startSeconds ?? 0) + passes.reduce(0) { $0 + $1.seconds } / Double(max(1, workers))
    }
    /// The same without units that have a result, nil without a ledger.
    package var secondsToGo: Double? {
        learnedCosts.map { learnedCosts in
            let done = learnedCosts.secondsDone / learnedCosts.speed / Double(max(1, workers))
            return learnedCosts.done < units ? max(0, seconds - done) : 0
        }
    }

    /// Probes in the order of the specification; units of probes that differ only in the layer are summed.
    private static func probes(of plan: Plan) -> [Probe] {
        var probes: [Probe] = []
        var indices: [Probe: Int] = [:]
        for (unit, folds) in plan.passes.flatMap(\.probes) {
            let probe = Probe(unit)
            if let index = indices[probe] {
                probes[index].units += folds
            } else {
                indices[probe] = probes.count
                probes.append(probe)
                probes[probes.count - 1].units = folds
            }
        }
        return probes
    }
}

extension PlanReport.Probe {
    /// With no unit counted yet, so that equal probes of different layers are equal.
    fileprivate init(_ planned: PlannedUnit) {
        task = planned.unit.task.name
        label = planned.unit.probeLabel
        width = planned.unit.features.width
        output = (try? planned.unit.fittedProbe(trainingSamples: 0).outputWidth) ?? width
        parameters = planned.cost.probe.parameters
        referenceGFLOPs = 2 * Double(planned.cost.probe.reference.forward) / 1e9
        executedGFLOPs = 2 * Double(planned.cost.probe.executed.forward) / 1e9
        if let longest = planned.costOfLongest, longest != planned.cost.probe {
            longestReferenceGFLOPs = 2 * Double(longest.reference.forward) / 1e9
            longestExecutedGFLOPs = 2 * Double(longest.executed.forward) / 1e9
        }
        units = 0
    }
}

extension PlanReport.Pass {
    fileprivate init(_ pass: PlannedPass, _ machine: CostModel, _ learnedCosts: PlanLearnedCosts?) {
        let cost = pass.cost(correctedBy: learnedCosts?.corrections ?? [:])
        features = pass.title
        randomWeights = pass.randomWeights
        layer = pass.layer.layer
        width = pass.layer.width
        tokens = pass.layer.tokens
        meanTokens = pass.facts.hasUnlikeLengths ? pass.facts.meanTokens : nil
        units = cost.units
        parameters = cost.parameters
        trainingTMAC = cost.trainingMACs / 1e12
        bytes = cost.bytes
        temporaryBytes = pass.temporaryBytes
        // Measured seconds of units include reading tokens.
        seconds = learnedCosts.map { CostModel.reference.seconds(cost.work) / $0.speed } ?? cost.seconds(on: machine)
    }
}
