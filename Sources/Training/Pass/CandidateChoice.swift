/// What a candidate lost on each row that was held back, over all inner splits, one after the other.
struct CandidateLoss: Hashable, Sendable {
    /// Nil where training diverged, or a row's loss is not finite.
    let rowLosses: [Float]?

    init(rowLosses: [Float]?) {
        self.rowLosses = rowLosses.flatMap { $0.allSatisfy(\.isFinite) ? $0 : nil }
    }

    /// (1/n) Σ ℓ_i in double precision; nil where there are no losses.
    var mean: Double? {
        guard let rowLosses, !rowLosses.isEmpty else { return nil }
        return rowLosses.reduce(0) { $0 + Double($1) } / Double(rowLosses.count)
    }
}

/// How one of several candidates is chosen by the loss on rows that were held back, and when a grid of candidates is
/// extended beyond its edge.
enum CandidateChoice {
    /// The candidate of the smallest mean loss, of equals the first in the order.
    ///
    /// - Parameter order: Places of candidates, the strongest penalty or the smallest rate first.
    /// - Returns: A place among the candidates; nil where none has a loss.
    static func best(among candidates: [CandidateLoss], order: [Int]) -> Int? {
        var best: (place: Int, loss: Double)?
        for place in order {
            guard let loss = candidates[place].mean else { continue }
            if best.map({ loss < $0.loss }) ?? true { best = (place, loss) }
        }
        return best?.place
    }

    /// Whether the mean of d_i = (neighbour's loss − edge's loss of row i) is greater than its standard error,
    /// s_d/√n with s_d² = Σ(d_i − d̄)²/(n − 1): the paired comparison over the same rows. False for fewer than two rows.
    static func edgeBeatsNeighbour(edge: [Float], neighbour: [Float]) -> Bool {
        let differences = zip(edge, neighbour).map { Double($1) - Double($0) }
        let count = Double(differences.count)
        guard count >= 2 else { return false }
        let mean = differences.reduce(0, +) / count
        let squares = differences.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
        return mean > (squares / (count - 1) / count).squareRoot()
    }

    /// The value to try next: one step beyond the edge of a grid, by the ratio of its last two values there. Nil where
    /// the chosen value is no edge, where it does not beat its neighbour by more than one paired standard error, and
    /// where the grid has no positive ratio.
    ///
    /// - Parameters:
    ///   - grid: Rising, extensions so far included.
    ///   - losses: Of each value of the grid.
    ///   - chosen: Place of the chosen value.
    static func extended(_ grid: [Double], losses: [CandidateLoss], chosen: Int) -> Double? {
        guard grid.count >= 2, chosen == 0 || chosen == grid.count - 1 else { return nil }
        let beside = chosen == 0 ? 1 : chosen - 1
        guard let edge = losses[chosen].rowLosses, let neighbour = losses[beside].rowLosses,
            edgeBeatsNeighbour(edge: edge, neighbour: neighbour)
        else { return nil }
        let value = grid[chosen] * (grid[chosen] / grid[beside])
        return value > 0 && value.isFinite && value != grid[chosen] ? value : nil
    }
}
