import Numerics

/// Which samples of a task each step of each epoch takes: epoch e visits all in the order given by (seed, e), a step
/// takes the next B, and the last incomplete batch is dropped. A task of fewer than B samples has one batch of all.
struct BatchSchedule: Hashable, Sendable {
    /// n, samples of the task.
    let samples: Int
    /// Samples of every batch.
    let size: Int
    let seed: Int

    init(samples: Int, batch: Int, seed: Int) {
        self.samples = samples
        self.seed = seed
        size = min(batch, samples)
    }

    var stepsPerEpoch: Int { samples / size }

    func order(ofEpoch epoch: Int) -> [Int] {
        UnitSeeds.order(seed: seed, epoch: epoch).permutation(samples)
    }

    /// The rows of a step, in an epoch's order.
    func batch(_ step: Int, in order: [Int]) -> ArraySlice<Int> {
        order[step * size..<(step + 1) * size]
    }

    /// e at a step: the fractional epoch that learning rates go by.
    func epoch(_ epoch: Int, step: Int) -> Double {
        Double(epoch) + Double(step) / Double(stepsPerEpoch)
    }
}
