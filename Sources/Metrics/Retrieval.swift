/// One query's candidates in descending order of score.
///
/// Ties: a metric over ranks is the mean over all orders of equal scores (McSherry and Najork, "Computing information
/// retrieval performance measures efficiently in the presence of tied scores", ECIR 2008). Where files list positives
/// before negatives, any order by index would reward a constant prediction with a perfect score.
///
/// Queries without a relevant candidate are undefined and take no part in a mean over queries. NaN: undefined.
struct RankedQuery {
    /// A run of candidates with equal scores.
    private struct Tie {
        var start: Int
        var count: Int
        var relevant: Int
    }

    private let ties: [Tie]
    private let relevant: Int

    init(_ sweep: ThresholdSweep) {
        var ties: [Tie] = []
        var reached = ThresholdSweep.Step(truePositives: 0, falsePositives: 0)
        for step in sweep.steps {
            let start = reached.truePositives + reached.falsePositives
            ties.append(
                Tie(
                    start: start, count: step.truePositives + step.falsePositives - start,
                    relevant: step.truePositives - reached.truePositives))
            reached = step
        }
        self.ties = ties
        relevant = sweep.positives
    }

    /// Recall@k: the share of the relevant candidates that are among the first k. A constant prediction scores k/n in
    /// expectation; k ≥ n scores 1.
    func recall(at k: Int) -> Double? {
        guard relevant > 0 else { return nil }
        let found = ties.reduce(0.0) { sum, tie in
            let taken = min(max(k - tie.start, 0), tie.count)
            return sum + Double(tie.relevant) * Double(taken) / Double(tie.count)
        }
        return found / Double(relevant)
    }

    /// The reciprocal of the rank, from 1, of the first relevant candidate.
    var reciprocalRank: Double? {
        guard let tie = ties.first(where: { $0.relevant > 0 }) else { return nil }
        // P(first relevant at place j of the tie) = P(none before j) · relevant / (candidates left).
        var (sum, noneBefore) = (0.0, 1.0)
        for place in 0..<tie.count - tie.relevant + 1 {
            let left = Double(tie.count - place)
            let isHere = Double(tie.relevant) / left
            sum += noneBefore * isHere / Double(tie.start + place + 1)
            noneBefore *= 1 - isHere
        }
        return sum
    }
}
