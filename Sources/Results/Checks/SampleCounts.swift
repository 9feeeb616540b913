package import Foundation
package import Identities
package import Ledger
import Scheduling
import Sweeps
import Units

/// How many samples the feature sets of a sweep have, which bounds the numbers in its results, and how long samples are
/// on average, which costs are computed of.
package struct SampleCounts {
    /// By the digest of a layer, which its sample ids are part of.
    private let byLayer: [String: Int]
    private let tokensByLayer: [String: Int]
    private let raw: Set<String>

    /// - Parameter facts: JSON of the sweep's facts; those of an earlier version that differ are ignored.
    package init(facts: Data) { self.init(facts: SweepFacts(ofLedger: facts)) }

    init(facts: SweepFacts?) {
        let sets = (facts?.sets ?? []).flatMap(\.withUntrained)
        byLayer = Dictionary(
            sets.flatMap { set in set.layers.map { ($0.digest, set.samples) } }, uniquingKeysWith: max)
        tokensByLayer = Dictionary(
            sets.flatMap { set in set.layers.compactMap { layer in layer.roundedMeanTokens.map { (layer.digest, $0) } }
            },
            uniquingKeysWith: max)
        raw = Set(sets.flatMap { set in set.layers.filter { $0.isRaw ?? false }.map(\.digest) })
    }

    /// Whether the sweep reads a layer for the control `raw` alone.
    func isRaw(layer digest: String) -> Bool { raw.contains(digest) }

    /// The mean of T over the samples of a layer, to the nearest token; nil where that is not known.
    func meanTokens(ofLayer digest: String) -> Int? { tokensByLayer[digest] }

    package func samples(ofLayer digest: String) -> Int? { byLayer[digest] }

    package func byPass(_ passes: [PassRecord]) -> [PassID: Int] {
        var samples: [PassID: Int] = [:]
        for pass in passes { samples[pass.name] = byLayer[PassName.digest(of: pass.name)] }
        return samples
    }
}

extension SweepFacts {
    /// - Parameter json: of a ledger; nil for facts of an earlier version that differ.
    init?(ofLedger json: Data) {
        guard let facts = try? JSONDecoder().decode(SweepFacts.self, from: json) else { return nil }
        self = facts
    }
}
