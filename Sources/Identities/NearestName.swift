/// The known name with the fewest insertions, deletions, replacements and swaps from the given one; the first of equals, nil
/// where even the nearest differs in more than half of its characters.
package func nearestName(to name: String, among known: [String]) -> String? {
    let distances = known.map { (name: $0, distance: editDistance(name, $0)) }
    guard let nearest = distances.min(by: { $0.distance < $1.distance }) else { return nil }
    return 2 * nearest.distance <= max(name.count, nearest.name.count) ? nearest.name : nil
}

/// Levenshtein distance in which two neighbours that changed places count once, by dynamic programming, row by row.
private func editDistance(_ first: String, _ second: String) -> Int {
    let (first, second) = (Array(first), Array(second))
    var (before, row) = ([Int](), Array(0...second.count))
    for (index, character) in first.enumerated() {
        var next = [index + 1]
        for (column, other) in second.enumerated() {
            var least = min(next[column] + 1, row[column + 1] + 1, row[column] + (character == other ? 0 : 1))
            if index > 0, column > 0, character == second[column - 1], other == first[index - 1] {
                least = min(least, before[column - 1] + 1)
            }
            next.append(least)
        }
        (before, row) = (row, next)
    }
    return row[second.count]
}
