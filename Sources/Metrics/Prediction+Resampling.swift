extension Prediction {
    /// n, the samples that are predicted.
    package var count: Int {
        switch truth {
        case .classes(let labels), .answers(let labels), .relevance(let labels, _): labels.count
        case .indicators(let indicators, let classes): indicators.count / max(1, classes)
        case .order(let targets, _), .values(let targets): targets.count
        }
    }

    /// The predictions of a bootstrap sample.
    ///
    /// - Parameter cases: the samples of each draw. Where samples are in groups (or queries) every draw is a group of
    ///   its own: a group that is drawn twice is two groups, not one of twice the size.
    package func resampled(_ cases: [[Int]]) -> Prediction {
        let places = cases.flatMap { $0 }
        let width = scores.count / max(1, count)
        func pick<Value>(_ values: [Value]) -> [Value] { places.map { values[$0] } }
        func draws(_ groups: [Int32]) -> [Int32] {
            // Samples of several groups may come in one draw, where draws are not by group.
            var numbers: [[Int32]: Int32] = [:]
            return cases.enumerated().flatMap { draw, samples in
                samples.map { sample in
                    let key = [Int32(draw), groups[sample]]
                    let number = numbers[key] ?? Int32(numbers.count)
                    numbers[key] = number
                    return number
                }
            }
        }
        let truth: Truth =
            switch truth {
            case .classes(let labels): .classes(pick(labels))
            case .indicators(let indicators, let classes):
                .indicators(places.flatMap { indicators[$0 * classes..<($0 + 1) * classes] }, classes: classes)
            case .answers(let labels): .answers(pick(labels))
            case .relevance(let labels, let queries): .relevance(pick(labels), queries: draws(queries))
            case .order(let targets, let groups): .order(pick(targets), groups: groups.map(draws))
            case .values(let targets): .values(pick(targets))
            }
        return Prediction(scores: places.flatMap { scores[$0 * width..<($0 + 1) * width] }, truth: truth)
    }

    /// Several predictions of the same kind as one; nil for none, or for kinds that differ.
    package static func joined(_ parts: [Prediction]) -> Prediction? {
        guard var whole = parts.first else { return nil }
        for part in parts.dropFirst() {
            whole.scores += part.scores
            switch (whole.truth, part.truth) {
            case (.classes(let first), .classes(let second)): whole.truth = .classes(first + second)
            case (.indicators(let first, let labels), .indicators(let second, let others)) where labels == others:
                whole.truth = .indicators(first + second, classes: labels)
            case (.answers(let first), .answers(let second)): whole.truth = .answers(first + second)
            case (.relevance(let first, let queries), .relevance(let second, let others)):
                whole.truth = .relevance(first + second, queries: queries + others)
            case (.order(let first, let groups), .order(let second, let others)):
                whole.truth = .order(first + second, groups: groups.flatMap { own in others.map { own + $0 } })
            case (.values(let first), .values(let second)): whole.truth = .values(first + second)
            default: return nil
            }
        }
        return whole
    }
}
