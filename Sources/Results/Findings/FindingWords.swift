import Probes
import Units

/// The sentences of a ``TaskFinding``.
struct FindingWords {
    let block: ResultTable.Block
    let contest: TaskContest?

    private var score: ScoreText { ScoreText(of: block.metric) }

    var sentences: [String] {
        guard let contest else {
            return ["No row is complete."] + missing
        }
        let parts = [winner(contest), correction(contest), others(contest)] + rivals(contest)
        return parts.compactMap { $0 } + marks(contest) + [chance].compactMap { $0 } + missing
    }

    /// `EP₁₆, Dₒ = D/4 on layer 8 of ViT-S`.
    private func name(_ row: ResultRow) -> String {
        "\(row.displayNameWithOutput) on layer \(row.layerSummary) of \(row.features)"
    }

    private func winner(_ contest: TaskContest) -> String {
        let best = contest.best
        let direction = block.greaterIsBetter ? "" : ", where less is better"
        let folds = "\(best.folds.count) \(best.folds.count == 1 ? "fold" : "folds")"
        let interval =
            best.estimate?.halfWidth == nil
            ? " on one fold, which has no interval" : " (mean and half of the 95 % interval over \(folds))"
        return "\(name(best)) is best: \(DisplayName.metricWithUnit(block.metric)) \(score.text(best.estimate))"
            + "\(interval)\(direction)."
            + (block.isOptimistic ? " Every row chose on its test folds, which is optimistic." : "")
    }

    private func correction(_ contest: TaskContest) -> String? {
        guard let correction = contest.correction, correction.candidates > 1 else { return nil }
        let parts = [
            correction.nested.map { "chosen in each fold on its inner split the figure is \(score.text($0.estimate))" },
            correction.bootstrap.map { "corrected by a bootstrap over folds it is \(score.text($0.corrected))" },
        ].compactMap { $0 }
        guard !parts.isEmpty else { return "It is the best of \(correction.candidates) rows, which flatters it." }
        return "It is the best of \(correction.candidates) rows, which flatters it: \(parts.joined(separator: "; "))."
    }

    private func others(_ contest: TaskContest) -> String? {
        let left =
            contest.notCompared > 0
            ? " \(contest.notCompared) more are over other folds or labels, and not compared with it." : ""
        guard let pairs = contest.comparison?.pairs, !pairs.isEmpty else {
            return contest.block.rows.count > 1
                ? "It was not tested against the others." + left : left.isEmpty ? nil : left
        }
        let worse = pairs.count(where: \.isResolved)
        return "Of the \(pairs.count) others \(worse) \(worse == 1 ? "is" : "are") worse at 95 % and "
            + "\(pairs.count - worse) \(pairs.count - worse == 1 ? "is" : "are") not told apart from it "
            + "(corrected resampled t-test, Holm)." + left
    }

    /// The best row of another backbone, and the best of another type of probe; one sentence where both are one row.
    private func rivals(_ contest: TaskContest) -> [String] {
        let best = contest.best
        let found = [
            ("another backbone", contest.firstPlace { $0.features != best.features }),
            ("another type of probe", contest.firstPlace { $0.unit.probe.type != best.unit.probe.type }),
        ]
        let places = found.compactMap(\.1).reduce(into: [Int]()) { if !$0.contains($1) { $0.append($1) } }
        return places.compactMap { place in
            guard let pair = contest.advantage(over: place) else { return nil }
            let row = contest.block.rows[place]
            let whats = found.filter { $0.1 == place }.map(\.0).joined(separator: " and of ")
            let verdict = pair.isResolved ? "worse" : "not told apart"
            return "The best row of \(whats), \(name(row)), has \(score.text(row.estimate)): behind by "
                + "\(score.text(pair.advantage.difference, halfWidth: pair.advantage.halfWidth)), \(verdict) "
                + "(p \(NumberFormat.probability(pair.correctedPValue)) after Holm's correction)."
        }
    }

    private func marks(_ contest: TaskContest) -> [String] {
        let rows = block.rows.map { $0.marks.map(\.kind).filter(\.isCaution) }
        let marked = rows.count { !$0.isEmpty }
        guard marked > 0 else { return ["No row has a mark that asks for caution."] }
        let counts = RowMark.Kind.allCases.compactMap { kind in
            let count = rows.count { $0.contains(kind) }
            return count == 0 ? nil : "\(kind.sign), \(kind.meaning) (\(count))"
        }
        let own = contest.best.marks.filter(\.kind.isCaution).map { "\($0)" }
        return [
            "\(marked) of \(rows.count) rows have marks that ask for caution: \(counts.joined(separator: "; ")).",
            own.isEmpty ? "The best row has none." : "The best row is one of them: \(own.joined(separator: "; ")).",
        ]
    }

    private var chance: String? {
        let chances = block.rows.compactMap(\.chance)
        guard let least = chances.min(), let most = chances.max() else { return nil }
        let ends = [least, most].map { score.text($0) }
        return "Predictions that know nothing have \(ends[0] == ends[1] ? ends[0] : ends.joined(separator: "–"))."
    }

    private var missing: [String] {
        let planned = block.rows.reduce(0) { $0 + $1.folds.count }
        let done = block.rows.reduce(0) { $0 + $1.foldsDone }
        return done < planned ? ["\(planned - done) of \(planned) folds of rows have no result."] : []
    }
}
