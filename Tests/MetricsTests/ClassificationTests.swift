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
}
