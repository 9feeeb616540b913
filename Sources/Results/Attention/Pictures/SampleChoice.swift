import Numerics

/// Which samples of a test fold are asked for.
package enum SampleChoice: Hashable, Sendable {
    case all
    /// So many, drawn.
    case count(Int)
    case ids([String])

    /// - Parameter words: As a command takes them: a single number is a count, anything else are ids.
    package init(_ words: [String], otherwise: SampleChoice) {
        if words.isEmpty {
            self = otherwise
        } else if words.count == 1, let count = Int(words[0]), count > 0 {
            self = .count(count)
        } else {
            self = .ids(words)
        }
    }

    /// Samples of the layer, in the order in which they were named or drawn.
    ///
    /// - Parameters:
    ///   - tested: Samples of the test fold.
    ///   - names: The ids of all samples of the set.
    ///   - unit: Names the unit in an error.
    func samples(of tested: [Int], names: [String], unit: String) throws(AttentionPictureError) -> [Int] {
        switch self {
        case .all: return tested
        case .count(let count):
            let order = CounterGenerator(key: Self.draw, stream: 0).permutation(tested.count)
            return order.prefix(count).map { tested[$0] }
        case .ids(let ids):
            let places = Dictionary(tested.map { (names[$0], $0) }, uniquingKeysWith: { first, _ in first })
            var samples: [Int] = []
            for id in ids {
                guard let sample = places[id] else {
                    throw .notTested(sample: id, unit: unit, examples: tested.prefix(3).map { names[$0] })
                }
                samples.append(sample)
            }
            return samples
        }
    }

    /// Seeds the draw: the same samples for all heads of a fold.
    private static let draw: UInt64 = 0x7361_6D70_6C65
}
