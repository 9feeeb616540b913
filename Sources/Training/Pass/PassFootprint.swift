import Features
import Numerics

/// The memory that is held for a whole pass, planned before any of it is allocated.
struct PassFootprint {
    /// Bytes of the budget that are taken until the pass ends, tables not counted.
    let bytes: Int
    /// Bytes of pooled vectors, and of what is computed of frozen tokens.
    let tables: Int

    /// The share of a budget that tables may take; beyond it they go to a temporary file.
    private static let tableShare = 4
    /// Bytes that a thread takes with the buffers in which products pack their inputs, and with its stack.
    private static let thread = 1_500_000
    /// Bytes of a unit's description, its probe's layout, and its place in every list.
    private static let unit = 8_000
    /// Bytes of everything whose size depends on nothing.
    private static let base = 2 << 20

    init(_ methods: UnitsByMethod, _ layer: LayerTokens, threads: Int) {
        let inputs = methods.pooledInputs
        let (summaries, norms) = (methods.summaries, methods.norms)
        let readsFrozen = !summaries.isEmpty || !norms.isEmpty
        let pooled = PooledVectors.bytes(
            samples: inputs.isEmpty ? 0 : methods.pooledSamples.count, inputs: inputs, width: layer.width)
        let frozen =
            readsFrozen
            ? FrozenTokens.bytes(layer, samples: methods.tokenSamples, summaries: summaries, norms: norms) : 0
        tables = pooled + frozen
        // The row of each sample, and while tables are made or channels fitted a sample's tokens on each thread.
        let places = 2 * layer.samples * (MemoryLayout<Int32>.size + MemoryLayout<Int>.size)
        let fitsChannels = methods.fitsChannels
        let tokens =
            readsFrozen || fitsChannels
            ? (layer.maximumTokens + layer.prefix) * layer.width * MemoryLayout<Float>.size : 0
        bytes =
            places + threads * (Self.thread + tokens) + methods.count * Self.unit + methods.rowBytes + Self.base
            + (fitsChannels ? TokenChannels.bytes(width: layer.width) : 0)
            + PreparationCache.capacity
            * (inputs.map { FittedPreparation.bytes($0, tokenWidth: layer.width) }.max() ?? 0)
    }

    /// Whether the tables can lie in memory beside the unit that needs most.
    ///
    /// - Parameters:
    ///   - free: Bytes of the budget beside `bytes`.
    ///   - largest: Bytes that the unit needs.
    func holdsTables(_ free: Int, largest: Int) -> Bool {
        tables <= free / Self.tableShare && tables + largest <= free
    }
}
