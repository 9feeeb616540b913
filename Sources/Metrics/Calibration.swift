extension Metrics {
    /// Expected calibration error: Σ_b (n_b/n) |accuracy_b − confidence_b| over 15 bins of equal width of the largest
    /// probability (Guo et al., "On calibration of modern neural networks", ICML 2017). Bins are (lo, hi], so that a
    /// confidence of exactly 1 lies in the last.
    ///
    /// Edges: bin b ends at (b + 1)/15, and a confidence above it by at most ``resolution`` counts as the edge: k-NN
    /// puts many confidences there, and the rounding of stored logits must not scatter them over two bins.
    /// (torchmetrics has [lo, hi), and a bin of its own for exactly 1.) Ties: where m classes have the largest score,
    /// the sample is right by 1/m if the label is one of them. Empty bins add nothing; empty classes do not matter. A
    /// row of equal logits has confidence 1/C and is right by 1/C.
    static func calibrationError(_ answers: [ProbabilisticAnswer], bins: Int = 15) -> Double {
        var surplus = [Double](repeating: 0, count: bins)
        for answer in answers {
            let place = ((answer.confidence - resolution) * Double(bins)).rounded(.up)
            // Accuracy and confidence of a bin share the weight n_b/n, so their difference can be summed sample by
            // sample.
            surplus[min(max(Int(place) - 1, 0), bins - 1)] += answer.surplus
        }
        return surplus.reduce(0) { $0 + abs($1) } / Double(answers.count)
    }

    /// The same over 15 bins of equal mass (Nguyen and O'Connor, "Posterior calibration and exploratory analysis for
    /// natural language processing models", EMNLP 2015): with confidences in ascending order, bin b holds those from
    /// place ⌊b·n/15⌋ to before ⌊(b + 1)·n/15⌋.
    ///
    /// Edges: confidences within ``resolution`` of each other are equal, and equal ones on both sides of an edge are
    /// parted in expectation: each bin takes as many as belong to it at their mean. Ties and the rest as above. Fewer
    /// than 15 samples have a bin each.
    static func equalMassCalibrationError(_ answers: [ProbabilisticAnswer], bins: Int = 15) -> Double {
        let sorted = answers.sorted { ($0.confidence, $0.correctness) < ($1.confidence, $1.correctness) }
        var surplus = [Double](repeating: 0, count: bins)
        var start = 0
        while start < sorted.count {
            var end = start + 1
            while end < sorted.count, sorted[end].confidence - sorted[start].confidence <= resolution { end += 1 }
            let mean = sorted[start..<end].reduce(0) { $0 + $1.surplus } / Double(end - start)
            for bin in 0..<bins {
                let (first, last) = (bin * sorted.count / bins, (bin + 1) * sorted.count / bins)
                surplus[bin] += mean * Double(max(0, min(last, end) - max(first, start)))
            }
            start = end
        }
        return surplus.reduce(0) { $0 + abs($1) } / Double(answers.count)
    }

    /// 2⁻²⁰: how exactly probabilities and log-odds follow from logits that are stored in single precision. What is
    /// nearer counts as equal, so that the last bits of stored logits decide nothing.
    static let resolution = 0x1p-20
}

extension ProbabilisticAnswer {
    /// How far the answer is better than it claims.
    fileprivate var surplus: Double { correctness - confidence }
}
