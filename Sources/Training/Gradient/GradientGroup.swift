import Features
import Numerics
import Probes
import Units

/// Units that see the same batches: equal samples, B, seed and epochs.
struct GradientGroup {
    let schedule: BatchSchedule
    let epochs: Int
    /// The layer's sample of each row of their tasks.
    let samples: [Int]
    var units: [GradientUnit]

    private struct Key: Hashable {
        let schedule: BatchSchedule
        let epochs: Int
        let samples: [Int]
    }

    /// Cuts units into streams, in the order in which each is first met.
    static func streams(of units: [GradientUnit]) -> [GradientGroup] {
        var streams: [GradientGroup] = []
        var places: [Key: Int] = [:]
        // Units of one task share its array of samples, so comparing and hashing it once per task is enough.
        var placesOfTask: [String: [BatchSchedule: [Int: Int]]] = [:]
        for unit in units {
            let (task, epochs) = (unit.prepared.task, unit.settings.epochs)
            let schedule = unit.batches
            let key = Key(schedule: schedule, epochs: epochs, samples: [])
            let place: Int
            if let known = placesOfTask[task.name]?[schedule]?[epochs] {
                place = known
            } else {
                let full = Key(schedule: key.schedule, epochs: epochs, samples: task.samples)
                place = places[full] ?? streams.count
                if place == streams.count {
                    streams.append(
                        GradientGroup(schedule: schedule, epochs: epochs, samples: task.samples, units: []))
                }
                places[full] = place
                placesOfTask[task.name, default: [:]][schedule, default: [:]][epochs] = place
            }
            streams[place].units.append(unit)
        }
        return streams
    }
}

/// A unit that is trained by gradient.
struct GradientUnit: TrainableUnit {
    let prepared: PreparedUnit
    let settings: GradientSettings
    let network: ProbeNetwork
    let optimizer: any Optimizer

    /// - Throws: `TrainingError` for a probe that has no gradient, an optimiser that does not exist, and for a choice that nothing can be chosen by.
    init(_ prepared: PreparedUnit, _ settings: GradientSettings) throws(TrainingError) {
        guard let probe = prepared.probe as? any GradientProbe else {
            throw TrainingError(
                field: "solver", problem: "no head of type \(prepared.unit.probe.type) is found by gradient",
                remedy: "take a solver that suits the probe")
        }
        guard let optimizer = OptimizerCatalog.optimizer(settings) else {
            throw TrainingError(
                field: "solver.gradient.optimizer", problem: "there is no optimiser \(settings.optimizer)",
                remedy: "take one of \(OptimizerCatalog.names.joined(separator: ", "))")
        }
        self.prepared = prepared
        self.settings = settings
        self.optimizer = optimizer
        network = ProbeNetwork(probe, attendsUniformly: prepared.unit.control == .uniform)
        try prepared.check(
            canChooseAmong: candidates.count, "candidates", orGive: "one learning rate and one weight decay")
    }

    /// The batches that it sees.
    var batches: BatchSchedule {
        let (task, unit) = (prepared.task, prepared.unit)
        let isGrouped = unit.task.trainingLoss == .pairwise && unit.task.ranksWithinGroups
        return BatchSchedule(
            samples: task.samples.count, batch: settings.batch,
            atLeast: (settings.minimumSteps + settings.epochs - 1) / settings.epochs, seed: unit.seed,
            drawn: unit.shots == nil ? nil : prepared.rows.fold, groups: isGrouped ? task.groups : nil,
            shuffle: settings.shuffle, storage: task.samples)
    }

    /// Before the grid is extended.
    var candidates: [CandidateGrid.Candidate] { CandidateGrid(settings).candidates }

    /// Whether candidates are compared after an epoch.
    func looks(after epochs: Int) -> Bool {
        prepared.unit.solver.selection.epoch == nil || epochs == settings.epochs
    }

    /// How the unit's choice was made.
    func diagnostics(of selection: UnitSelection, trainingScore: Double?) -> TrainingDiagnostics {
        let looksAtEpochs = prepared.unit.solver.selection.epoch == nil && settings.epochs > 1
        let chooses = prepared.rows.canChoose && (candidates.count > 1 || looksAtEpochs)
        return selection.diagnostics(
            chooses: chooses, innerRows: prepared.rows.innerValidation,
            steps: batches.stepsPerEpoch * settings.epochs, trainingScore: trainingScore)
    }

    /// Bytes that the unit keeps between batches: its candidates in training, the best head so far, and what each
    /// candidate loses on the rows that are held back, at two epochs.
    var bytes: Int {
        let trainingHeads = candidates.count * prepared.rows.inner.count
        let most = candidates.count + settings.extend * settings.weightDecays.count
        return trainingHeads * TrainingHead.bytes(network, optimizer) + HeadParameters.bytes(network)
            + 2 * most * prepared.rows.innerValidation * MemoryLayout<Float>.size + PreparedTables.bytes(prepared)
    }

    func bytesAlone(_ context: PassContext) -> Int { GroupFootprint(self, context).least }

    /// The schedule of a candidate that trains on a number of a task's rows: the rate is base·(rows of a batch)/256,
    /// where rows of a batch is the number that it has in expectation.
    func schedule(_ candidate: CandidateGrid.Candidate, training rows: Int, in batches: BatchSchedule) -> Schedule {
        let share = Double(rows) / Double(batches.rows)
        return Schedule(
            rate: candidate.learningRate * Double(batches.size) * share / 256, epochs: Double(settings.epochs),
            warmup: settings.warmup, isConstant: settings.hasConstantRate)
    }

    var work: Double { work(chosenEpochs: settings.epochs) }

    /// Multiply–accumulates of training all candidates with a look at the validation rows after every epoch, of the
    /// refit over as many epochs as were chosen, and of testing, on training rows too.
    ///
    /// - Parameters:
    ///   - rates: Learning rates that the grid was extended by.
    ///   - chosenEpochs: Epochs of the refit; as many as there are, before they are chosen.
    func work(rates: Int = 0, chosenEpochs: Int) -> Double {
        let (cost, rows) = (network.probe.cost.executed, prepared.rows)
        let (forward, both) = (Double(cost.forward), Double(cost.forward + cost.backward))
        let rounds = batches.rounds
        let training = Double(rows.innerTraining) * rounds * both + Double(rows.innerValidation) * forward
        let heads = candidates.count + rates * settings.weightDecays.count
        let tested = rows.test.count + prepared.testedTrainingRows.count
        var work = Double(heads * settings.epochs) * training + Double(tested) * forward
        if prepared.unit.solver.selection.trainsAgain { work += Double(chosenEpochs * rows.fold.count) * rounds * both }
        return work
    }
}
