/// What tests of all pairs say about the ranks of K entries.
///
/// An entry's rank lies between 1 + the number of entries that are significantly better and K − the number of those that
/// are significantly worse. The tests are corrected together, so that with probability 0.95 no pair is wrongly found to
/// differ, and then every interval holds the entry's true rank: the intervals are simultaneous (Mohamad, Goeman and van
/// Zwet, "Simultaneous confidence intervals for ranks with application to ranking institutions", Biometrics 78, 2022).
package struct RankIntervals: Codable, Hashable, Sendable {
    /// Of every entry, 1 is best.
    package let ranks: [ClosedRange<Int>]
    /// Maximal sets of entries of which no two can be told apart, each rising; an entry may be in several, as "cannot be
    /// told apart" is not transitive.
    package let groups: [[Int]]

    /// - Parameters:
    ///   - count: K.
    ///   - tests: One for every pair.
    package init(count: Int, _ tests: [PairTest]) {
        let resolved = tests.filter(\.isResolved)
        ranks = (0..<count).map { entry in
            let concerned = resolved.filter { $0.first == entry || $0.second == entry }
            let worse = concerned.count { $0.favours(entry) }
            return 1 + (concerned.count - worse)...max(1 + (concerned.count - worse), count - worse)
        }
        var neighbours = (0..<count).map { entry in Set(0..<count).subtracting([entry]) }
        for test in resolved {
            neighbours[test.first].remove(test.second)
            neighbours[test.second].remove(test.first)
        }
        groups = maximalCliques(neighbours)
    }

    /// The letters of every entry's groups, `a` for the first: entries that share one cannot be told apart.
    package var letters: [String] {
        ranks.indices.map { entry in
            groups.indices.filter { groups[$0].contains(entry) }.map(Self.letter).joined()
        }
    }

    private static func letter(_ index: Int) -> String {
        let alphabet = Array("abcdefghijklmnopqrstuvwxyz")
        return String(alphabet[index % alphabet.count]) + (index < alphabet.count ? "" : "\(index / alphabet.count)")
    }
}

/// The maximal sets of vertices that are all neighbours of each other, in order of their members (Bron and Kerbosch,
/// "Algorithm 457: finding all cliques of an undirected graph", Communications of the ACM 16, 1973, with a pivot).
///
/// - Parameter neighbours: Of every vertex; symmetric.
func maximalCliques(_ neighbours: [Set<Int>]) -> [[Int]] {
    var found: [[Int]] = []
    func extend(_ clique: [Int], _ candidates: Set<Int>, _ excluded: Set<Int>) {
        if candidates.isEmpty && excluded.isEmpty { return found.append(clique.sorted()) }
        // Cliques without the pivot have one of the vertices that are not its neighbours.
        let pivot = candidates.union(excluded).max {
            (neighbours[$0].intersection(candidates).count, $1) < (neighbours[$1].intersection(candidates).count, $0)
        }
        var (candidates, excluded) = (candidates, excluded)
        for vertex in candidates.subtracting(pivot.map { neighbours[$0] } ?? []).sorted() {
            extend(
                clique + [vertex], candidates.intersection(neighbours[vertex]),
                excluded.intersection(neighbours[vertex]))
            candidates.remove(vertex)
            excluded.insert(vertex)
        }
    }
    if !neighbours.isEmpty { extend([], Set(neighbours.indices), []) }
    return found.sorted { $0.lexicographicallyPrecedes($1) }
}
