extension Prediction {
    /// Why a metric has no value on these rows, in words that follow "undefined: "; nil where it has one.
    package func undefinedReason(_ metric: String) -> String? {
        if value(of: metric) != nil { return nil }
        if !isMetric(metric) { return "no metric of \(kind) tasks is called \(metric)" }
        return unusableInput ?? missingContrast(metric) ?? "it is not defined on these \(count) rows"
    }

    /// Whether a metric of this name scores the kind of task.
    func isMetric(_ name: String) -> Bool {
        let isTop = name.hasPrefix("top") && Metrics.values(of: name) != nil
        return Metrics.names(forKind: kind).contains(name) || (kind == "classification" && isTop)
    }

    /// The kind of task, as the catalogue of metrics names it.
    private var kind: String {
        switch truth {
        case .classes: "classification"
        case .indicators: "multilabel"
        case .answers: "binary"
        case .relevance: "retrieval"
        case .order: "ranking"
        case .values: "regression"
        }
    }

    /// What makes every metric undefined.
    private var unusableInput: String? {
        if count == 0 { return "there are no rows" }
        let width = scores.count / count
        let broken = (0..<count).count { row in
            let scores = scores[row * width..<(row + 1) * width]
            return !scores.allSatisfy { $0 < .infinity } || isHopeless(scores)
        }
        if broken > 0 { return "the scores of \(broken) of \(count) rows are NaN or infinite" }
        let targets = numbers ?? []
        let unknown = targets.count { $0.isNaN || (kind == "regression" && $0.isInfinite) }
        return unknown > 0 ? "\(unknown) of \(count) targets are NaN or infinite" : nil
    }

    /// Whether −∞ makes a row undefined: one class has to be possible, and errors need numbers.
    private func isHopeless(_ scores: ArraySlice<Float>) -> Bool {
        switch truth {
        case .classes: scores.allSatisfy { $0 == -.infinity }
        case .values: !scores.allSatisfy(\.isFinite)
        default: false
        }
    }

    private var numbers: [Float]? {
        switch truth {
        case .order(let targets, _), .values(let targets): targets
        default: nil
        }
    }

    /// What the rows lack that the metric compares.
    private func missingContrast(_ metric: String) -> String? {
        switch truth {
        case .classes: "all \(rows) are of one class"
        case .answers(let labels), .relevance(let labels, _):
            labels.contains(1) ? "no negative among \(rows)" : "no positive among \(rows)"
        case .indicators(let indicators, _):
            indicators.contains(1)
                ? "no label has both a positive and a negative among \(rows)" : "no positive of any label among \(rows)"
        case .order(let targets, let groups):
            metric.hasPrefix("grouped") ? missingGroups(groups) : missingOrder(targets)
        case .values(let targets):
            metric == "r2" && count > 1 ? "all targets are equal" : missingOrder(targets)
        }
    }

    private var rows: String { count == 1 ? "1 row" : "\(count) rows" }

    private func missingOrder(_ targets: [Float]) -> String? {
        if count == 1 { return "one row has no order" }
        if targets.allSatisfy({ $0 == targets[0] }) { return "all targets are equal" }
        return scores.allSatisfy { $0 == scores[0] } ? "all predictions are equal" : nil
    }

    private func missingGroups(_ groups: [Int32]?) -> String {
        guard let groups else { return "the rows have no groups" }
        let number = Set(groups).count
        return number == 1
            ? "predictions or targets do not differ within the only group"
            : "in none of \(number) groups do both predictions and targets differ"
    }
}
