extension Metrics {
    /// The expected average precision of an order that is drawn at random within blocks, which follow each other; nil
    /// without positives.
    ///
    /// AP = (1/P) Σ over positives of the precision at their rank. In a block of m rows with p positives behind n₀ rows
    /// with p₀ positives, the row at rank n₀ + j is a positive with probability p/m, and then p₀ + 1 + (j − 1)(p − 1)/(m − 1)
    /// positives are expected up to it. Of one block this is H_N/N + (1 − H_N/N)(P − 1)/(N − 1), which exceeds the
    /// prevalence P/N that equal scores have.
    static func expectedAveragePrecision(_ blocks: [(rows: Int, positives: Int)]) -> Double? {
        let total = blocks.reduce(0) { $0 + $1.positives }
        guard total > 0 else { return nil }
        var (before, positivesBefore, sum) = (0, 0, 0.0)
        for block in blocks where block.rows > 0 {
            let share = Double(block.positives) / Double(block.rows)
            let step = block.rows > 1 ? Double(block.positives - 1) / Double(block.rows - 1) : 0
            if block.positives > 0 {
                for place in 0..<block.rows {
                    let expected = Double(positivesBefore + 1) + Double(place) * step
                    sum += share * expected / Double(before + place + 1)
                }
            }
            before += block.rows
            positivesBefore += block.positives
        }
        return sum / Double(total)
    }
}
