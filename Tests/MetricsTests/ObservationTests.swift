import Foundation
import Metrics
import Testing

/// A prediction of every kind over truths that a test can vary.
private enum Truths {
    static let classification = Prediction.Truth.classes([0, 0, 0, 2, 1, 2, 0, 1])
    static let tiedClasses = Prediction.Truth.classes([0, 0, 2, 2, 1])
    static let binary = Prediction.Truth.answers([1, 0, 0, 1, 1, 1, 0, 1])
    static let halfBinary = Prediction.Truth.answers([1, 0, 0, 1])
    static let labels = Prediction.Truth.indicators([1, 0, 0, 1, 1, 0, 1, 0, 0, 0, 0, 0, 1, 1, 0, 0], classes: 4)
    static let all = [classification, tiedClasses, binary, halfBinary, labels]
}

@Suite("What a prediction scores that does not depend on the sample")
struct ChanceTests {
    /// Logits of the shares of these rows, the same in every row.
    private func constant(_ truth: Prediction.Truth) -> Prediction {
        switch truth {
        case .classes(let labels):
            let row = (0..<4).map { index in
                Float(log(Double(labels.count { $0 == index }) / Double(labels.count)))
            }
            return Prediction(scores: labels.flatMap { _ in row }, truth: truth)
        case .answers(let labels):
            let share = Double(labels.count { $0 == 1 }) / Double(labels.count)
            return Prediction(scores: labels.map { _ in Float(log(share) - log(1 - share)) }, truth: truth)
        case .indicators(let indicators, let classes):
            let rows = indicators.count / classes
            let row = (0..<classes).map { label in
                let share = Double((0..<rows).count { indicators[$0 * classes + label] == 1 }) / Double(rows)
                return min(Float(log(share) - log(1 - share)), 1e6)
            }
            return Prediction(scores: (0..<rows).flatMap { _ in row }, truth: truth)
        default: return Prediction(scores: [], truth: truth)
        }
    }

    @Test("is the metric of the shares of these rows", arguments: Truths.all.indices)
    func shares(_ index: Int) {
        let prediction = constant(Truths.all[index])
        let kind = ["classification", "classification", "binary", "binary", "multilabel"][index]
        for name in Metrics.names(forKind: kind) where !name.hasSuffix("ece") {
            let (chance, constant) = (prediction.chance(of: name), prediction.value(of: name))
            if name.hasSuffix("average-precision") || name.hasSuffix("f1") {
                // A constant prediction is not the best that knows nothing.
                if let chance, let constant { #expect(chance >= constant - 1e-6, "\(name)") }
            } else {
                #expect(isClose(chance, constant, within: 1e-6), "\(name)")
            }
        }
    }

    @Test("for top-k is the share of the k largest classes")
    func majority() {
        let prediction = Prediction(scores: [Float](repeating: 0, count: 32), truth: Truths.classification)
        #expect(prediction.chance(of: "top1") == 0.5)
        #expect(prediction.chance(of: "top2") == 0.75)
        #expect(prediction.chance(of: "top5") == 1)
        #expect(prediction.chance(of: "balanced-accuracy") == 1.0 / 3)
        #expect(prediction.chance(of: "ece") == nil)
        #expect(prediction.chance(of: "no such metric") == nil)
    }

    @Test("for average precision is what random scores have in the mean")
    func randomScores() throws {
        var state: UInt64 = 5
        func random() -> Float {
            state = state &* 6_364_136_223_846_793_005 &+ 1_442_695_040_888_963_407
            return Float(state >> 40)
        }
        func mean(_ truth: Prediction.Truth, columns: Int, _ rows: Int, _ metric: String) throws -> Double {
            let trials = 3000
            let values = try (0..<trials).map { _ in
                let scores = (0..<rows * columns).map { _ in random() }
                return try #require(Prediction(scores: scores, truth: truth).value(of: metric))
            }
            return values.reduce(0, +) / Double(trials)
        }
        let few = Prediction.Truth.answers((0..<40).map { $0 < 3 ? 1 : 0 })
        let found = try #require(
            Prediction(scores: [Float](repeating: 0, count: 40), truth: few).chance(of: "average-precision"))
        #expect(try abs(mean(few, columns: 1, 40, "average-precision") - found) < 0.01)
        #expect(found > 3.0 / 40 + 0.05, "the prevalence is far less")
        let query = Prediction.Truth.relevance((0..<20).map { $0 % 10 == 0 ? 1 : 0 }, queries: (0..<20).map { $0 / 10 })
        let ranked = Prediction(scores: [Float](repeating: 0, count: 20), truth: query)
        let expected = try #require(ranked.chance(of: "mean-average-precision"))
        #expect(try abs(mean(query, columns: 1, 20, "mean-average-precision") - expected) < 0.01)
        let classes = Prediction.Truth.classes((0..<30).map { Int32($0 % 3) })
        let balanced = Prediction(scores: [Float](repeating: 0, count: 90), truth: classes)
        let guess = try #require(balanced.chance(of: "macro-f1"))
        #expect(abs(guess - 1.0 / 3) < 1e-12)
    }

    @Test("for average precision is nil without a positive, and for accuracy the larger share")
    func prevalence() {
        let prediction = Prediction(scores: [Float](repeating: 0, count: 8), truth: Truths.binary)
        #expect(prediction.chance(of: "roc-auc") == 0.5)
        #expect(prediction.chance(of: "accuracy") == 5.0 / 8)
        let negatives = Prediction(scores: [0, 0], truth: .answers([0, 0]))
        #expect(negatives.chance(of: "average-precision") == nil)
        #expect(negatives.chance(of: "roc-auc") == nil)
    }

    @Test("for queries is that of equal scores")
    func queries() {
        let truth = Prediction.Truth.relevance([1, 0, 0, 0, 1, 0], queries: [0, 0, 0, 0, 1, 1])
        let prediction = Prediction(scores: [6, 5, 4, 3, 2, 1], truth: truth)
        #expect(prediction.chance(of: "recall-at-1") == (0.25 + 0.5) / 2)
        // One relevant of four, and of two: the mean of 1/rank.
        #expect(isClose(prediction.chance(of: "mean-average-precision"), (25.0 / 48 + 0.75) / 2, within: 1e-12))
    }

    @Test("for an order is 0, and for numbers the best constant")
    func numbers() {
        let ranks = Prediction(scores: [1, 2, 3], truth: .order([3, 1, 2], groups: nil))
        #expect(ranks.chance(of: "kendall-tau") == 0)
        #expect(ranks.chance(of: "grouped-kendall-tau") == nil)
        let values = Prediction(scores: [1, 2, 3, 4], truth: .values([0, 0, 0, 8]))
        #expect(values.chance(of: "r2") == 0)
        #expect(values.chance(of: "mean-squared-error") == 12)
        #expect(values.chance(of: "mean-absolute-error") == 2)
        #expect(values.chance(of: "spearman") == 0)
        let same = Prediction(scores: [1, 2], truth: .values([5, 5]))
        #expect(same.chance(of: "r2") == nil)
        #expect(same.chance(of: "kendall-tau") == nil)
    }
}

@Suite("The least positives")
struct LeastPositivesTests {
    @Test("are those of the rarest class among all, or among those that occur in the task")
    func classes() {
        let prediction = Prediction(scores: [Float](repeating: 0, count: 32), truth: Truths.classification)
        #expect(prediction.leastPositives() == 0)
        #expect(prediction.leastPositives(among: [0, 1, 2]) == 2)
        let labels = Prediction(scores: [Float](repeating: 0, count: 16), truth: Truths.labels)
        #expect(labels.leastPositives() == 1)
        #expect(labels.leastPositives(among: [0]) == 3)
    }

    @Test("of yes or no are the positives, and numbers have none")
    func others() {
        #expect(Prediction(scores: [0, 0, 0], truth: .answers([1, 0, 0])).leastPositives() == 1)
        #expect(Prediction(scores: [0, 0], truth: .relevance([1, 1], queries: [0, 1])).leastPositives() == 2)
        #expect(Prediction(scores: [0], truth: .values([1])).leastPositives() == nil)
        #expect(Prediction(scores: [0], truth: .order([1], groups: nil)).leastPositives() == nil)
    }
}

@Suite("The reason why a metric is undefined")
struct UndefinedReasonTests {
    static let examples: [(Prediction, String, String?)] = [
        (Prediction(scores: [1, 0], truth: .answers([0, 0])), "average-precision", "no positive among 2 rows"),
        (Prediction(scores: [1, 0], truth: .answers([0, 0])), "f1", "no positive among 2 rows"),
        (Prediction(scores: [1, 0], truth: .answers([1, 1])), "roc-auc", "no negative among 2 rows"),
        (Prediction(scores: [1, 0], truth: .answers([1, 1])), "f1", nil),
        (Prediction(scores: [1], truth: .answers([1])), "roc-auc", "no negative among 1 row"),
        (Prediction(scores: [], truth: .answers([])), "accuracy", "there are no rows"),
        (
            Prediction(scores: [.nan, 0, 1], truth: .answers([1, 0, 1])), "accuracy",
            "the scores of 1 of 3 rows are NaN or infinite"
        ),
        (
            Prediction(scores: [0, 0, .infinity, 0], truth: .classes([0, 1])), "top1",
            "the scores of 1 of 2 rows are NaN or infinite"
        ),
        (
            Prediction(scores: [0, -.infinity, -.infinity, -.infinity], truth: .classes([0, 1])), "log-loss",
            "the scores of 1 of 2 rows are NaN or infinite"
        ),
        (Prediction(scores: [1, 0, 0, 1], truth: .classes([0, 0])), "macro-roc-auc", "all 2 rows are of one class"),
        (Prediction(scores: [1, 0, 0, 1], truth: .classes([0, 0])), "top1", nil),
        (Prediction(scores: [1, 0, 0, 1], truth: .classes([0, 0])), "top3", nil),
        (
            Prediction(scores: [1, 0], truth: .classes([0])), "kendall-tau",
            "no metric of classification tasks is called kendall-tau"
        ),
        (
            Prediction(scores: [1, 0], truth: .indicators([0, 0], classes: 2)), "macro-average-precision",
            "no positive of any label among 1 row"
        ),
        (
            Prediction(scores: [1, 0], truth: .indicators([1, 0], classes: 2)), "macro-roc-auc",
            "no label has both a positive and a negative among 1 row"
        ),
        (
            Prediction(scores: [1, 0], truth: .relevance([0, 0], queries: [0, 0])), "mean-reciprocal-rank",
            "no positive among 2 rows"
        ),
        (Prediction(scores: [1, 1], truth: .order([1, 2], groups: nil)), "kendall-tau", "all predictions are equal"),
        (Prediction(scores: [1, 2], truth: .order([1, 1], groups: nil)), "spearman", "all targets are equal"),
        (Prediction(scores: [1], truth: .order([1], groups: nil)), "kendall-tau", "one row has no order"),
        (
            Prediction(scores: [1, 2], truth: .order([1, 2], groups: nil)), "grouped-kendall-tau",
            "the rows have no groups"
        ),
        (
            Prediction(scores: [1, 2], truth: .order([1, 2], groups: [0, 1])), "grouped-spearman",
            "in none of 2 groups do both predictions and targets differ"
        ),
        (
            Prediction(scores: [1, 2], truth: .order([1, .nan], groups: nil)), "spearman",
            "1 of 2 targets are NaN or infinite"
        ),
        (Prediction(scores: [1, 2], truth: .values([3, 3])), "r2", "all targets are equal"),
        (Prediction(scores: [1, 2], truth: .values([3, 3])), "mean-squared-error", nil),
        (
            Prediction(scores: [-.infinity, 2], truth: .values([3, 4])), "mean-absolute-error",
            "the scores of 1 of 2 rows are NaN or infinite"
        ),
    ]

    @Test("is told in words", arguments: examples.indices)
    func words(_ index: Int) {
        let (prediction, metric, reason) = Self.examples[index]
        #expect(prediction.undefinedReason(metric) == reason)
    }

    @Test("is there exactly where the metric has no value, and is always a particular one", arguments: examples.indices)
    func agreement(_ index: Int) {
        let prediction = Self.examples[index].0
        for name in Metrics.catalogue.map(\.name) {
            let reason = prediction.undefinedReason(name)
            #expect((reason == nil) == (prediction.value(of: name) != nil), "\(name)")
            #expect(reason?.hasPrefix("it is not defined") != true, "\(name)")
        }
    }
}
