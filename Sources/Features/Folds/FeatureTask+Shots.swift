extension FeatureTask {
    /// Draws k of the rows of each class, or of each label's positives; all rows of a class that has fewer.
    ///
    /// Under the same seed the rows of a smaller k are a subset of those of a larger one. With many labels, a row that
    /// was drawn for one label counts for all labels that it has.
    ///
    /// - Returns: the rows, ascending.
    package func draw(perClass: Int, from rows: [Int], seed: UInt64) -> [Int] {
        guard case .indicators(let indicators) = targets else {
            return Strata.rows(of: rows, by: labels).flatMap { label, rows in
                Strata.shuffled(rows, label: label, purpose: .shots, seed: seed).prefix(perClass)
            }.sorted()
        }
        var drawn: Set<Int> = []
        for label in 0..<classes {
            let positives = rows.filter { indicators[$0 * classes + label] == 1 }
            var missing = perClass - positives.count { drawn.contains($0) }
            for row in Strata.shuffled(positives, label: Int32(label), purpose: .shots, seed: seed) where missing > 0 {
                if drawn.insert(row).inserted { missing -= 1 }
            }
        }
        return drawn.sorted()
    }

    /// Draws a share of the rows, stratified to within a row; no class is left out, and there are at least two rows.
    ///
    /// - Returns: the rows, ascending.
    package func draw(share: Double, from rows: [Int], seed: UInt64) -> [Int] {
        var drawn: [Int] = []
        var seen = 0
        for (label, rows) in Strata.rows(of: rows, by: labels) {
            seen += rows.count
            let due = Int((share * Double(seen)).rounded()) - drawn.count
            let least = labels.isEmpty ? 2 : 1
            drawn += Strata.shuffled(rows, label: label, purpose: .shots, seed: seed).prefix(max(due, least))
        }
        return drawn.sorted()
    }
}
