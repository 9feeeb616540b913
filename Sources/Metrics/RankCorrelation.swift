/// Rank correlation of two lists: Kendall's τ-b and Spearman's ρ.
///
/// Both are undefined for fewer than two values, for a constant list on either side (SciPy: NaN; torchmetrics'
/// Spearman: 0), and where a value is NaN. Infinities are ordered like any other value.
extension Metrics {
    /// Kendall's τ-b = (P − Q) / √((P + Q + T_x)·(P + Q + T_y)): P pairs in the same order, Q in the opposite, T_x tied
    /// only in x, T_y only in y.
    ///
    /// Knight's algorithm ("A computer method for calculating Kendall's tau with ungrouped data", JASA 61, 1966): sort
    /// by x, then count the exchanges of a merge sort by y. Pairs are counted in integers, so the value is the same for
    /// every order of the samples.
    ///
    /// - Complexity: O(n log n).
    static func kendallTau(_ x: [Double], _ y: [Double]) -> Double? {
        guard isRankable(x, y) else { return nil }
        let order = x.indices.sorted { (x[$0], y[$0]) < (x[$1], y[$1]) }
        let pairs = pairCount(x.count)
        let tiedInX = tiedPairs(order) { x[$0] == x[$1] }
        let tiedInBoth = tiedPairs(order) { x[$0] == x[$1] && y[$0] == y[$1] }
        var sortedY = order.map { y[$0] }
        let discordant = sortCountingExchanges(&sortedY)
        let tiedInY = tiedPairs(Array(sortedY.indices)) { sortedY[$0] == sortedY[$1] }
        let concordant = pairs - tiedInX - tiedInY + tiedInBoth - discordant
        guard pairs > tiedInX, pairs > tiedInY else { return nil }
        return Double(concordant - discordant) / Double(pairs - tiedInX).squareRoot()
            / Double(pairs - tiedInY).squareRoot()
    }

    /// Spearman's ρ: Pearson's correlation of the ranks, equal values sharing the mean of their ranks.
    ///
    /// - Complexity: O(n log n).
    package static func spearman(_ x: [Double], _ y: [Double]) -> Double? {
        guard isRankable(x, y) else { return nil }
        let centre = Double(x.count + 1) / 2
        let first = averageRanks(x).map { $0 - centre }
        let second = averageRanks(y).map { $0 - centre }
        let product = zip(first, second).reduce(0) { $0 + $1.0 * $1.1 }
        let spread = first.reduce(0) { $0 + $1 * $1 }.squareRoot() * second.reduce(0) { $0 + $1 * $1 }.squareRoot()
        return spread > 0 ? product / spread : nil
    }

    /// Ranks from 1, the smallest value first; equal values share the mean of their ranks.
    static func averageRanks(_ values: [Double]) -> [Double] {
        let order = values.indices.sorted { values[$0] < values[$1] }
        var ranks = [Double](repeating: 0, count: values.count)
        for run in runs(order, { values[$0] == values[$1] }) {
            for index in order[run] { ranks[index] = Double(run.lowerBound + 1 + run.upperBound) / 2 }
        }
        return ranks
    }

    /// The mean over groups of a statistic of each group's members, and how many groups had none.
    ///
    /// Groups where the statistic is undefined (one member, or constant) are skipped.
    static func grouped(
        _ x: [Double], _ y: [Double], groups: [Int32], _ statistic: ([Double], [Double]) -> Double?
    ) -> (mean: Double?, skipped: Int) {
        let members = Dictionary(grouping: groups.indices) { groups[$0] }
        let values = members.sorted { $0.key < $1.key }.map { _, rows in
            statistic(rows.map { x[$0] }, rows.map { y[$0] })
        }
        return (mean(values), values.count { $0 == nil })
    }

    private static func isRankable(_ x: [Double], _ y: [Double]) -> Bool {
        precondition(x.count == y.count, "Lists of \(x.count) and \(y.count) values cannot be compared.")
        return x.count > 1 && !x.contains(where: \.isNaN) && !y.contains(where: \.isNaN)
    }

    private static func pairCount(_ count: Int) -> Int { count * (count - 1) / 2 }

    /// Pairs within runs of neighbours that are equal.
    private static func tiedPairs(_ order: [Int], _ areEqual: (Int, Int) -> Bool) -> Int {
        runs(order, areEqual).reduce(0) { $0 + pairCount($1.count) }
    }

    /// The runs of equal neighbours, as ranges of positions.
    private static func runs(_ order: [Int], _ areEqual: (Int, Int) -> Bool) -> [Range<Int>] {
        var runs: [Range<Int>] = []
        var start = 0
        for position in order.indices
        where position + 1 == order.count || !areEqual(order[position], order[position + 1]) {
            runs.append(start..<position + 1)
            start = position + 1
        }
        return runs
    }

    /// Merge sort in place, bottom up; returns the number of pairs that were in strictly descending order.
    private static func sortCountingExchanges(_ values: inout [Double]) -> Int {
        var exchanges = 0
        var width = 1
        var merged = values
        while width < values.count {
            for start in stride(from: 0, to: values.count, by: 2 * width) {
                let middle = min(start + width, values.count)
                let end = min(start + 2 * width, values.count)
                var (left, right) = (start, middle)
                for position in start..<end {
                    if left < middle, right == end || values[left] <= values[right] {
                        merged[position] = values[left]
                        left += 1
                    } else {
                        merged[position] = values[right]
                        right += 1
                        exchanges += middle - left
                    }
                }
            }
            swap(&values, &merged)
            width *= 2
        }
        return exchanges
    }
}
