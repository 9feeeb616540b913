import Numerics
import Probes
import Training
import Units

/// A layer that is larger than memory and read sample by sample in random order: every epoch then waits for the disk at
/// every sample.
package struct RandomReading: Codable, Hashable, Sendable, CustomStringConvertible {
    /// What the plan calls the feature set.
    package let set: String
    /// The seed of the backbone's weights if those are random; nil for trained ones.
    package let randomWeights: Int?
    package let layer: Int
    /// Of the layer's tokens.
    package let bytes: Int
    /// Of the machine.
    package let memory: Int

    package var description: String {
        "layer \(layer) of \(PlannedPass.name(set, randomWeights: randomWeights)) has "
            + "\(MachineMemory.gigabytes(bytes)) of tokens, and this machine \(MachineMemory.gigabytes(memory)) of "
            + "memory: an epoch in random order reads the disk sample by sample. "
            + "Add shuffle: {block: \(BlockShuffle.standard.block)} to training, which reads blocks of samples."
    }
}

extension Plan {
    /// The layers that are larger than memory, and whose tokens units read in an order shuffled over all samples.
    ///
    /// - Parameter memory: Bytes that the machine has.
    package func randomReadings(memory: Int) -> [RandomReading] {
        passes.filter { pass in
            pass.facts.bytes > memory && pass.probes.contains { $0.0.unit.readsTokensAtRandom }
        }.map {
            RandomReading(
                set: $0.title, randomWeights: $0.randomWeights, layer: $0.layer.layer, bytes: $0.facts.bytes,
                memory: memory)
        }
    }
}

extension ProbeUnit {
    /// Whether it reads tokens epoch by epoch, and not in blocks.
    fileprivate var readsTokensAtRandom: Bool {
        guard let reading = solver.method.tokenReading, !reading.isInBlocks,
            let probe = try? fittedProbe(trainingSamples: 0)
        else { return false }
        if case .pooled = probe.reading { return false }
        return true
    }
}
