import Attention
import Numerics

/// One head at work on a batch, with its maps and the aggregates of those that replace them.
protocol AblatedBatch: AnyObject {
    /// Reads a batch.
    ///
    /// - Parameter places: Of the samples; the map of each is the other sample's of the one before.
    func read(_ places: ArraySlice<Int>)

    /// The maps of a row.
    func maps(_ row: Int) -> SampleMaps

    /// Calls the body with the number and the logits `[n, C]` of each ablation.
    func forEachAblation(_ ablations: [AttentionAblation], _ body: (Int, MatrixView<Float>) -> Void)
}

/// What is to replace maps.
struct MapReplacements {
    let kinds: Set<AttentionAblation.Replacement>
    /// `[N, M]`.
    let meanMap: [Float]?

    static let none = MapReplacements([], meanMap: nil)

    init(_ kinds: Set<AttentionAblation.Replacement>, meanMap: [Float]?) {
        precondition(!kinds.contains(.meanMap) || meanMap != nil, "no mean map was given")
        self.kinds = kinds
        self.meanMap = meanMap
    }
}

extension MatrixView<Float> {
    /// Takes one predictor's aggregates, of M that lie side by side.
    func copyAggregate(_ predictor: Int, of width: Int, from source: MatrixView<Float>) {
        let part = predictor * width..<(predictor + 1) * width
        columns(part).copy(from: source.columns(source.columns == width ? 0..<width : part))
    }
}
