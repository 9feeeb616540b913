extension Board {
    /// What a ranking says in words: how many neighbours it resolves, what would resolve the first open pair, and what is
    /// left of the best score.
    func notes(on ranking: Ranking, _ section: Section) -> [String] {
        let adjacent = ranking.rows.count - 1
        var lines = [
            "\(ranking.adjacentResolved) of \(adjacent) adjacent \(adjacent == 1 ? "pair is" : "pairs are") resolved."
        ]
        if let open = ranking.firstOpen { lines.append(Self.note(on: open)) }
        if let best = ranking.best {
            lines.append(
                "best of \(ranking.rows.count): \(NumberFormat.fixed(best.naive)) as found, "
                    + "\(NumberFormat.fixed(best.corrected)) after correction for the choice.")
        }
        if let hierarchical = ranking.hierarchical {
            lines += zip(ranking.pairs, hierarchical).compactMap { pair, test in
                test.flatMap { pair.second == pair.first + 1 ? Self.note(on: $0, pair, ranking) : nil }
            }
        }
        if let nemenyi = ranking.nemenyi {
            let ranks = zip(ranking.rows, nemenyi.meanRanks).map { "\($0.backbone) \(NumberFormat.fixed($1, 2))" }
            lines.append(
                "Nemenyi: mean ranks \(ranks.joined(separator: ", ")); they differ by "
                    + "\(NumberFormat.fixed(nemenyi.criticalDifference, 2)) or more. This depends on who is on the board."
            )
        }
        return lines
    }

    private static func note(on open: Ranking.OpenPair) -> String {
        let needed: String =
            if let tasks = open.moreTasks {
                "about \(tasks) more independent \(tasks == 1 ? "task" : "tasks") would resolve it"
            } else if let factor = open.sampleFactor {
                "about \(NumberFormat.significant(factor, 2)) times as many samples would resolve it"
                    + (open.moreSamples.map { " (\($0) more)" } ?? "")
            } else {
                "no difference or no spread was found, by which more evidence could be counted"
            }
        return "first open: \(open.first) and \(open.second); \(needed)."
    }

    private static func note(on test: HierarchicalTest, _ pair: PairTest, _ ranking: Ranking) -> String {
        let (first, second) = (ranking.rows[pair.first].backbone, ranking.rows[pair.second].backbone)
        return "on another task: P(\(first) better) \(NumberFormat.fixed(test.firstBetter, 2)), "
            + "P(same) \(NumberFormat.fixed(test.equivalent, 2)), "
            + "P(\(second) better) \(NumberFormat.fixed(test.secondBetter, 2))."
    }
}
