import Units

/// The marks of how a row's heads were found, from the diagnostics of its results.
///
/// Counts are over results: folds, or folds with each of their draws and seeds.
struct TrainingMarks {
    private let findings: [FoldFinding]
    private let classes: Int

    init(of row: ResultRow) {
        findings = row.folds.flatMap(\.results).map(\.finding)
        classes = row.unit.task.kind == "classification" ? row.unit.task.classes : 0
    }

    var marks: [RowMark] {
        // Most rows have none.
        guard findings.contains(where: isRemarkable) else { return [] }
        return [
            gridEdge, mark(.lastEpoch) { $0.flags.contains(.isLastEpoch) }, fewSteps,
            mark(.cutOff) { $0.flags.contains(.isCutOff) }, fewInnerRows, undefinedInside, diverged,
            mark(.extended) { $0.flags.contains(.isExtended) },
        ].compactMap { $0 }
    }

    private func isRemarkable(_ finding: FoldFinding) -> Bool {
        finding.notes != nil || !finding.flags.isDisjoint(with: [.isLastEpoch, .isCutOff, .isExtended])
            || isOfFewSteps(finding) || isOfFewInnerRows(finding)
    }

    private func isOfFewSteps(_ finding: FoldFinding) -> Bool { finding.steps.map { $0 < RowMark.fewSteps } ?? false }

    /// Fewer rows than ``RowMark/fewInnerRows``, or, of a classification, fewer than two a class on average, so that a
    /// class has fewer than two.
    private func isOfFewInnerRows(_ finding: FoldFinding) -> Bool {
        finding.flags.contains(.hasChoice) && finding.innerRows < max(RowMark.fewInnerRows, 2 * classes)
    }

    /// Nil where it holds for none.
    private func mark(
        _ kind: RowMark.Kind, _ holds: (FoldFinding) -> Bool, detail: ([FoldFinding]) -> String = { _ in "" }
    ) -> RowMark? {
        let found = findings.filter(holds)
        if found.isEmpty { return nil }
        return RowMark(kind, folds: found.count, of: findings.count, detail: detail(found))
    }

    private var gridEdge: RowMark? {
        mark(.gridEdge) {
            $0.notes?.edges.isEmpty == false
        } detail: { found in
            counted(found.flatMap { ($0.notes?.edges ?? [:]).map { "\($0.wordsOfName) \($1.rawValue)" } })
        }
    }

    private var fewSteps: RowMark? {
        mark(.fewSteps, isOfFewSteps) {
            range($0.compactMap(\.steps)) + " steps"
        }
    }

    private var fewInnerRows: RowMark? {
        mark(.fewInnerRows, isOfFewInnerRows) {
            range($0.map(\.innerRows)) + " rows"
        }
    }

    private var undefinedInside: RowMark? {
        mark(.undefinedInside) {
            $0.notes?.undefinedInside != nil
        } detail: {
            counted($0.compactMap { $0.notes?.undefinedInside })
        }
    }

    private var diverged: RowMark? {
        mark(.diverged) {
            $0.notes?.diverged.isEmpty == false
        } detail: { found in
            counted(found.flatMap { $0.notes?.diverged.map(\.wordsOfCandidate) ?? [] })
        }
    }
}

/// Different texts by how often they occur, the most frequent first: `learning rate 0.3 (4), learning rate 0.1 (1)`; of
/// many the first four.
private func counted(_ texts: [String]) -> String {
    let counts = Dictionary(grouping: texts) { $0 }.mapValues(\.count)
    let sorted = counts.sorted { ($1.value, $0.key) < ($0.value, $1.key) }
    let shown = sorted.prefix(4).map { sorted.count == 1 ? $0.key : "\($0.key) (\($0.value))" }
    return (shown + (sorted.count > 4 ? ["and \(sorted.count - 4) more"] : [])).joined(separator: ", ")
}

private func range(_ counts: [Int]) -> String {
    guard let least = counts.min(), let most = counts.max(), least < most else { return "\(counts.first ?? 0)" }
    return "\(least)–\(most)"
}

extension String {
    /// The name of a choice in words: `learningRate` as `learning rate`.
    fileprivate var wordsOfName: String {
        map { $0.isUppercase ? " " + $0.lowercased() : String($0) }.joined()
    }
}

extension [String: Double] {
    fileprivate var wordsOfCandidate: String {
        if isEmpty { return "a candidate" }
        return sorted { $0.key < $1.key }.map { "\($0.key.wordsOfName) \(RoundTripFormat.number($0.value))" }
            .joined(separator: " and ")
    }
}
