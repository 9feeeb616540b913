package import Attention
import Features
import Numerics
package import Probes

/// Reads where a trained head looks, and what it says when it is made to look elsewhere.
///
/// Maps and aggregates are made where training and scoring make them, by the attention core or by the probe; where maps
/// are replaced, the rest of the head is evaluated again from the aggregates on. Samples are read batch by batch in a
/// drawn order, so that the other sample, the next one in that order, is not of the same class or group because both are
/// stored side by side.
package struct AttentionReader: Sendable {
    private let predictor: HeadPredictor
    private let tokens: TokenSelection
    /// M.
    package let predictors: Int

    /// - Throws: `AttentionUnsupported` for a head without maps.
    package init(_ predictor: HeadPredictor) throws(AttentionUnsupported) {
        let probe = predictor.head.network.probe
        guard let predictors = Self.predictors(of: probe), let tokens = probe.reading.tokens else {
            throw AttentionUnsupported(probe: type(of: probe).name)
        }
        (self.predictor, self.tokens, self.predictors) = (predictor, tokens, predictors)
    }

    /// M of a probe; nil for one without maps.
    package static func predictors(of probe: any Probe) -> Int? {
        switch probe.reading {
        case .attention(let demand): demand.queries
        case .tokens: (probe as? any AttendingProbe)?.predictors
        case .pooled: nil
        }
    }

    /// C.
    package var classes: Int { predictor.classes }

    /// Seeds the order of samples: one for all heads, so that all see the same other samples.
    private static let order = CounterGenerator(key: 0x6174_7465_6E64, stream: 0)

    /// Samples of a batch. No bit of a result depends on it.
    private static let capacity = 64

    /// The maps of some samples of the layer.
    ///
    /// - Parameter receive: Gets the place of each sample among those given, its maps, and the norms of its own tokens as
    ///   they are stored.
    package func maps(of samples: [Int], receive: (Int, SampleMaps, [Float]) -> Void) {
        visit(samples, .none) { batch, places in
            for (row, place) in places.enumerated() {
                receive(place, batch.maps(row), norms(ofSample: samples[place]))
            }
        }
    }

    /// The logits `[n, C]` of some samples of the layer under each ablation, in the order given.
    ///
    /// - Parameter meanMap: `[N, M]`, where an ablation asks for it. Samples must then have N tokens each; where one asks
    ///   for other samples, they must be of one length, and two at least.
    package func logits(of samples: [Int], under ablations: [AttentionAblation], meanMap: [Float]? = nil) -> [[Float]] {
        var logits = ablations.map { _ in [Float](repeating: 0, count: samples.count * classes) }
        let replacements = Set(ablations.filter { !$0.predictors.isEmpty }.map(\.replacement))
        visit(samples, MapReplacements(replacements, meanMap: meanMap)) { batch, places in
            batch.forEachAblation(ablations) { index, rows in
                logits[index].withUnsafeMutableBufferPointer { target in
                    for (row, place) in places.enumerated() {
                        _ = target[place * classes..<(place + 1) * classes].update(fromContentsOf: rows.row(row))
                    }
                }
            }
        }
        return logits
    }

    /// Calls the body for each batch with the places of its samples. Behind them the batch has one sample more, the other
    /// one of the last.
    private func visit(
        _ samples: [Int], _ replacements: MapReplacements, _ body: (any AblatedBatch, ArraySlice<Int>) -> Void
    ) {
        guard !samples.isEmpty else { return }
        var context = predictor.context(of: samples, ThreadPool(threads: predictor.threads))
        context.keepsReadings = true
        let stack = predictor.stack(samples, capacity: Self.capacity + 1, context)
        let batch = batch(stack, replacements)
        let order = Self.order.permutation(samples.count)
        for start in stride(from: 0, to: order.count, by: Self.capacity) {
            let places = order[start..<min(start + Self.capacity, order.count)]
            let next = order[places.endIndex % order.count]
            batch.read(places + [next])
            body(batch, places)
        }
    }

    private func batch(_ stack: HeadBatch, _ replacements: MapReplacements) -> any AblatedBatch {
        let head = predictor.head
        if case .attention(let demand) = head.network.probe.reading {
            return CoreBatch(stack, head, demand, replacements)
        }
        guard let probe = head.network.attending else { preconditionFailure("a reader of a probe without maps") }
        return ComputedBatch(stack, head, probe, replacements)
    }

    /// ‖x_t‖.
    private func norms(ofSample sample: Int) -> [Float] {
        let layer = predictor.storedLayer
        let view = FrozenTokens.view(layer, sample, tokens)
        let rows = Matrix<Float>(rows: view.tokens, columns: view.width)
        unpack(view, into: rows.view)
        return (0..<rows.rows).map { token in
            rows.row(token).reduce(0) { $0 + $1 * $1 }.squareRoot()
        }
    }
}
