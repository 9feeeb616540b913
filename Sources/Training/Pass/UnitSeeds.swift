import Identities
import Numerics
import Units

/// The random numbers that training uses, each from a generator keyed by owner and purpose.
enum UnitSeeds {
    /// First values of a tensor: by what is trained on which rows from which seed, and not by how, so that all
    /// candidates of a unit start alike, and so do units that differ in their recipe or protocol alone
    /// (``ProbeUnit/initializationKey``).
    static func initialization(of key: UnitKey, tensor: String) -> CounterGenerator {
        CounterGenerator(key: key.words.0, stream: stream("initialize \(tensor)"))
    }

    /// The order in which an epoch visits a task's samples: by the sweep's seed and the epoch alone, so that units with
    /// equal seeds share batches.
    static func order(seed: Int, epoch: Int) -> CounterGenerator {
        CounterGenerator(key: UInt64(bitPattern: Int64(seed)), stream: stream("order \(epoch)"))
    }

    /// The order within a window of an epoch that visits blocks.
    static func window(_ window: Int, seed: Int, epoch: Int) -> CounterGenerator {
        CounterGenerator(
            key: UInt64(bitPattern: Int64(seed)), stream: stream("order \(epoch) within window \(window)"))
    }

    /// The inner split of a training fold: by the fold alone, so that all probes choose on the same rows.
    static func innerSplit(of fold: FoldReference) -> UInt64 {
        var generator = CounterGenerator(
            key: UInt64(bitPattern: Int64(fold.seed)), stream: stream("inner split \(fold.heldOut)"))
        return generator.next()
    }

    /// The draws of low shots: by the fold and the draw alone, so that all probes get the same rows.
    static func shots(of fold: FoldReference, draw: Int) -> UInt64 {
        var generator = CounterGenerator(
            key: UInt64(bitPattern: Int64(fold.seed)), stream: stream("shots \(fold.heldOut) \(draw)"))
        return generator.next()
    }

    /// 64-bit FNV-1a of a purpose's name.
    private static func stream(_ purpose: String) -> UInt64 {
        purpose.utf8.reduce(0xCBF2_9CE4_8422_2325) { ($0 ^ UInt64($1)) &* 0x100_0000_01B3 }
    }
}
