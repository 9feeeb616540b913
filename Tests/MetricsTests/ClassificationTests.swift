import Foundation
import Metrics
import Testing

@Suite("Metrics of single-label classification")
struct ClassificationTests {
    struct Case: Decodable, CustomTestStringConvertible {
        let name: String
        let classes: Int
        let logits: [Float]
        let labels: [Int32]
        let expected: [String: Double]
        var testDescription: String { name }
    }

    @Test("agree with scikit-learn and NumPy", arguments: try Fixture.read("classification", as: [Case].self))
    func agreement(_ example: Case) {
        let values = Metrics.classification(
            logits: example.logits, classes: example.classes, labels: example.labels)
        #expect(Set(values.keys) == Set(example.expected.keys))
        for (name, expected) in example.expected {
            #expect(abs((values[name] ?? .nan) - expected) < 1e-12, "\(name)")
        }
    }

    @Test("do not depend on which of several equal scores comes first")
    func ties() {
        let scores: [Float] = [0.5, 0.5, 0, 0.25]
        let first = Metrics.classification(logits: scores, classes: 4, labels: [0])
        let second = Metrics.classification(logits: scores, classes: 4, labels: [1])
        #expect(first == second)
        #expect(first["top1"] == 0.5)
    }

    @Test("are the same, one by one and together", arguments: try Fixture.read("classification", as: [Case].self))
    func oneByOne(_ example: Case) {
        let prediction = Prediction(scores: example.logits, truth: .classes(example.labels))
        for (name, value) in prediction.metrics { #expect(prediction.value(of: name) == value, "\(name)") }
    }

    @Test("are absent where a score is NaN or infinite", arguments: [Float.nan, .infinity])
    func broken(_ score: Float) {
        #expect(Metrics.classification(logits: [0, score, 1, 0], classes: 2, labels: [0, 1]).isEmpty)
    }

    @Test("are absent without samples, and where no class has a finite score")
    func empty() {
        #expect(Metrics.classification(logits: [Float](), classes: 3, labels: []).isEmpty)
        #expect(Metrics.classification(logits: [-.infinity, -.infinity], classes: 2, labels: [0]).isEmpty)
    }

    @Test("give a log-loss of 36.04 nats, not infinity, for a label without any vote")
    func clipping() throws {
        let values = Metrics.classification(logits: [0, -.infinity], classes: 2, labels: [1])
        #expect(abs(try #require(values["log-loss"]) - 36.04) < 0.01)
    }

    @Test("know for which metrics less is better")
    func direction() {
        #expect(Metrics.greaterIsBetter("top1"))
        #expect(!Metrics.greaterIsBetter("log-loss"))
        #expect(!Metrics.greaterIsBetter("ece"))
        #expect(Metrics.names(forKind: "classification").first == "top1")
    }

    @Test("are the means of what each sample says, where they are means over samples")
    func sampleValues() throws {
        let prediction = Prediction(
            scores: [2, 1, 0, 0, 3, 3, 1, 0, 5, -1, 0, 0.5], truth: .classes([0, 2, 0, 2]))
        for name in ["top1", "top2", "log-loss", "brier-score"] {
            let values = try #require(prediction.sampleValues(of: name))
            #expect(values.reduce(0, +) / 4 == prediction.value(of: name), "\(name)")
        }
        #expect(prediction.sampleValues(of: "top1") == [1, 0.5, 0, 1])
        #expect(prediction.sampleValues(of: "balanced-accuracy") == nil)
        let answers = Prediction(scores: [1, -2, 0], truth: .answers([1, 1, 0]))
        let losses = try #require(answers.sampleValues(of: "log-loss"))
        #expect(losses.reduce(0, +) / 3 == answers.value(of: "log-loss"))
    }

    @Test("that are means over samples have the standard error of their difference")
    func standardError() throws {
        // Differences 1, 0, 1, 2: variance 2/3 over 4 samples.
        let error = try #require(Metrics.standardError(of: [2, 0, 1, 2], less: [1, 0, 0, 0]))
        #expect(abs(error - (2.0 / 3 / 4).squareRoot()) < 1e-15)
        #expect(Metrics.standardError(of: [1], less: [0]) == nil)
    }
}
