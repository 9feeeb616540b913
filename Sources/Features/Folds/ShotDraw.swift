extension FeatureTask {
    /// k rows of each class, or of each label's positives, out of some rows; all rows of a class that has fewer.
    ///
    /// The rows of a smaller k are among those of a larger one under the same seed. With many labels, rows that were
    /// drawn for one label count for all that they have.
    ///
    /// - Returns: rising.
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

    /// A share of some rows, classes in their proportions to within a row and none of them left out; at least two rows.
    ///
    /// - Returns: rising.
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
