/// Entries with their scores on the same folds or tasks, best mean first.
struct RankedScores {
    let names: [String]
    /// `[entries][folds or tasks]`, more is better.
    let scores: [[Double]]

    init(_ names: [String], _ scores: [[Double]]) {
        let means = scores.map(Self.mean)
        let order = names.indices.sorted { (-means[$0], names[$0]) < (-means[$1], names[$1]) }
        self.names = order.map { names[$0] }
        self.scores = order.map { scores[$0] }
    }

    /// - Parameters:
    ///   - pairs: Of indices in this order.
    ///   - direction: −1 where scores are negated, so that less was better.
    ///   - open: Makes the first open pair, of its names and its differences.
    func ranking(
        _ pairs: [PairTest], direction: Double, gains: [Ranking.Gain?],
        open: (String, String, [Double]) -> Ranking.OpenPair, nemenyi: Ranking.Nemenyi? = nil,
        hierarchical: [HierarchicalTest?]? = nil
    ) -> Ranking {
        let intervals = RankIntervals(count: names.count, pairs)
        let letters = intervals.letters
        let adjacent = pairs.filter { $0.second == $0.first + 1 }
        let firstOpen = adjacent.filter { !$0.isResolved }.min { $0.first < $1.first }
        let cases = scores.first?.count ?? 0
        let best =
            cases > 1
            ? BestOfMany(
                scores.map { $0.map { direction * $0 } }, greaterIsBetter: direction > 0,
                Resamples(count: Resamples.usualCount, of: cases, seed: 0)) : nil
        return Ranking(
            rows: names.indices.map { index in
                Ranking.Row(
                    backbone: names[index], score: direction * Self.mean(scores[index]), rank: intervals.ranks[index],
                    letters: letters[index], gain: gains[index])
            }, pairs: pairs, adjacentResolved: adjacent.count(where: \.isResolved),
            firstOpen: firstOpen.map { pair in
                open(
                    names[pair.first], names[pair.second],
                    zip(scores[pair.first], scores[pair.second]).map { $0 - $1 })
            }, best: best, nemenyi: nemenyi, hierarchical: hierarchical)
    }

    private static func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(max(1, values.count)) }
}
