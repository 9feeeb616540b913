import Numerics
import Probes
import Units

/// One head in training: a candidate of a unit, or the unit's refit.
final class TrainingHead: @unchecked Sendable {
    // Sendable because a head is trained by one thread at a time, and the pass's thread looks between steps only.

    /// The unit's place in its stream.
    let unit: Int
    let head: HeadParameters
    let optimizer: any Optimizer
    let schedule: Schedule
    let weightDecay: Double
    /// Of each tensor.
    private let treatments: [TensorTreatment]
    /// The rows it trains on.
    let rows: RowSet
    /// The epoch after which it stops; the schedule runs to its own end.
    let lastEpoch: Int
    /// The first epoch that it trains in: not 0 if it resumes from a checkpoint.
    private(set) var firstEpoch = 0
    private let moments: Matrix<Float>
    private var steps = 0
    /// Set when the loss was not finite: the head is lost, and training it further is pointless.
    private(set) var hasFailed = false
    /// Set when nobody wants the unit any more.
    var isCancelled = false

    init(
        unit: Int, head: HeadParameters, optimizer: any Optimizer, schedule: Schedule, weightDecay: Double,
        treatments: [TensorTreatment], rows: RowSet, lastEpoch: Int
    ) {
        precondition(treatments.count == head.network.parameters.tensors.count, "a treatment for each tensor")
        self.unit = unit
        self.head = head
        self.optimizer = optimizer
        self.schedule = schedule
        self.weightDecay = weightDecay
        self.treatments = treatments
        self.rows = rows
        self.lastEpoch = lastEpoch
        moments = Matrix(Self.moments(head.network, optimizer))
    }

    /// Bytes that a head in training keeps between batches.
    static func bytes(_ network: ProbeNetwork, _ optimizer: any Optimizer) -> Int {
        HeadParameters.bytes(network) + moments(network, optimizer).bytes(of: Float.self)
    }

    private static func moments(_ network: ProbeNetwork, _ optimizer: any Optimizer) -> MatrixShape {
        MatrixShape(rows: optimizer.momentCount, columns: network.parameters.extent)
    }

    var network: ProbeNetwork { head.network }

    func trains(inEpoch epoch: Int) -> Bool {
        isScheduled(inEpoch: epoch) && !hasFailed && !isCancelled
    }

    /// Whether it would train in an epoch if nothing had gone wrong with it.
    func isScheduled(inEpoch epoch: Int) -> Bool { epoch >= firstEpoch && epoch < lastEpoch }

    var checkpoint: TrainingHeadCheckpoint {
        TrainingHeadCheckpoint(steps: steps, hasFailed: hasFailed, head: head.checkpoint, moments: moments.values)
    }

    /// Resumes after an epoch, from a checkpoint that fits.
    func restore(_ checkpoint: TrainingHeadCheckpoint, after epochs: Int) {
        (steps, hasFailed, firstEpoch) = (checkpoint.steps, checkpoint.hasFailed, epochs)
        head.restore(checkpoint.head)
        moments.restore(checkpoint.moments)
    }

    /// Notes the loss of a batch, forward and backward of which are done, and counts the step that follows.
    func observe(loss: Double) {
        if !loss.isFinite { hasFailed = true }
        steps += 1
    }

    /// Moves one tensor against its gradient. Tensors of one head may move on different threads.
    func move(_ tensor: Int, against gradients: TensorBlock<Float>, atEpoch epoch: Double, on path: KernelPath) {
        guard !hasFailed else { return }
        let step = OptimizerStep(
            learningRate: schedule.learningRate(atEpoch: epoch), weightDecay: weightDecay, index: steps - 1)
        let layout = network.parameters
        optimizer.move(
            head.parameters[tensor], against: gradients[tensor],
            moments: moments.elements + optimizer.momentCount * layout.offsets[tensor],
            treatment: treatments[tensor], at: step, on: path)
    }
}
