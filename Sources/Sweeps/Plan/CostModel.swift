/// Seconds that units take in a pass: counts of what training does, each divided by a measured rate.
///
/// A sample passes the attention core forward and backward in M·D·(token · T + visit) seconds; products, lists of
/// neighbours, element-wise work and optimisers go at rates of their own, all on one thread, and threads share all of it. Tokens are
/// read once an epoch by all units together.
public struct CostModel: Codable, Hashable, Sendable {
    /// Seconds of the core for one token, query and dimension, forward and backward.
    public var token: Double
    /// Seconds of the core for one sample, query and dimension, forward and backward: what does not depend on T.
    public var visit: Double
    /// Multiply–accumulates a second of products as training makes them, and of those that round nothing.
    public var products: Double
    public var fullProducts: Double
    /// Keys a second that lists of neighbours take.
    public var keys: Double
    /// Bytes a second of element-wise work in the cache.
    public var elements: Double
    /// Bytes a second of reading tokens.
    public var reading: Double
    public var threads: Int

    public init(
        token: Double, visit: Double, products: Double, fullProducts: Double, keys: Double, elements: Double,
        reading: Double, threads: Int
    ) {
        self.token = token
        self.visit = visit
        self.products = products
        self.fullProducts = fullProducts
        self.keys = keys
        self.elements = elements
        self.reading = reading
        self.threads = threads
    }

    /// One thread of a core with AVX-512 and BF16 products (AMD Zen 5), features in the page cache: what a coordinator
    /// counts in, since it cannot know its workers. A worker's speed is relative to this.
    public static let reference = CostModel(
        token: 12e-12, visit: 220e-12, products: 120e9, fullProducts: 80e9, keys: 0.1e9, elements: 40e9,
        reading: 15e9, threads: 1)

    /// Seconds of one unit without the reading of tokens, which it shares with its pass.
    public func seconds(_ work: UnitWork) -> Double {
        let core = token * work.coreTokens + visit * work.coreVisits
        let products = work.products / products + work.fullProducts / fullProducts
        let rest = work.keys / keys + work.elements / elements
        return (core + products + rest) / Double(max(1, threads))
    }

    /// How many times as fast as another machine this one trains, by a mixture of attentive and linear probes.
    public func speed(relativeTo other: CostModel) -> Double {
        var mixture = UnitWork()
        (mixture.coreTokens, mixture.coreVisits) = (40e9, 1e9)
        (mixture.products, mixture.elements) = (40e9, 4e9)
        return other.seconds(mixture) / seconds(mixture)
    }
}
