import Foundation
import Metrics
import Testing

@Suite("Metrics of every kind of task")
struct TaskKindTests {
    struct Case: Decodable, CustomTestStringConvertible {
        let name: String
        var classes: Int?
        var scores: [Float]?
        var threshold: Float?
        var indicators: [UInt8]?
        var labels: [Int32]?
        var targets: [Float]?
        var predictions: [Float]?
        var groups: [Int32]?
        let expected: [String: Double]
        var perClass: [[String: Double]]?
        var testDescription: String { name }
    }

    struct Reference: Decodable {
        let multilabel, binary, ranking, regression, retrieval, oneVersusRest: [Case]
    }

    static func reference() throws -> Reference { try Fixture.read("task_kinds", as: Reference.self) }

    /// The same names are defined, with the same values.
    private func expect(_ values: [String: Double], _ expected: [String: Double]) {
        #expect(values.keys.sorted() == expected.keys.sorted())
        for (name, value) in expected {
            #expect(abs((values[name] ?? .nan) - value) < 1e-9 * max(1, abs(value)), "\(name)")
        }
    }

    @Test("agree with scikit-learn for multi-label tasks", arguments: try reference().multilabel)
    func multilabel(_ example: Case) throws {
        let values = Metrics.multilabel(
            scores: try #require(example.scores), classes: try #require(example.classes),
            indicators: try #require(example.indicators), threshold: try #require(example.threshold))
        expect(values, example.expected)
    }

    @Test("agree with scikit-learn for binary tasks", arguments: try reference().binary)
    func binary(_ example: Case) throws {
        expect(
            Metrics.binary(scores: try #require(example.scores), labels: try #require(example.labels)),
            example.expected)
    }

    @Test("agree with SciPy for ranking", arguments: try reference().ranking)
    func ranking(_ example: Case) throws {
        let values = Metrics.ranking(
            scores: try #require(example.scores), targets: try #require(example.targets), groups: example.groups)
        expect(values, example.expected)
    }

    @Test("agree with scikit-learn for regression", arguments: try reference().regression)
    func regression(_ example: Case) throws {
        let values = Metrics.regression(
            predictions: try #require(example.predictions), targets: try #require(example.targets))
        expect(values, example.expected)
    }

    @Test("agree with NumPy for retrieval", arguments: try reference().retrieval)
    func retrieval(_ example: Case) throws {
        let values = Metrics.retrieval(
            scores: try #require(example.scores), relevance: try #require(example.labels),
            groups: try #require(example.groups))
        expect(values, example.expected)
    }

    @Test("agree with scikit-learn for each class against the rest", arguments: try reference().oneVersusRest)
    func oneVersusRest(_ example: Case) throws {
        let (logits, classes) = (try #require(example.scores), try #require(example.classes))
        let labels = try #require(example.labels)
        expect(Metrics.oneVersusRest(logits: logits, classes: classes, labels: labels), example.expected)
        let results = Metrics.perClass(logits: logits, classes: classes, labels: labels)
        #expect(results.map(\.index) == Array(0..<classes))
        for (result, expected) in zip(results, try #require(example.perClass)) {
            let named = try JSONDecoder().decode([String: Double].self, from: JSONEncoder().encode(result))
            expect(named.filter { $0.key != "index" }, expected)
        }
    }

    @Test("per class and averaged over classes are consistent")
    func perClass() throws {
        let example = try #require(try Self.reference().multilabel.first)
        let (scores, indicators) = (try #require(example.scores), try #require(example.indicators))
        let results = Metrics.perClass(scores: scores, classes: 12, indicators: indicators)
        let precisions = results.compactMap(\.averagePrecision)
        let macro = try #require(example.expected["macro-average-precision"])
        #expect(abs(precisions.reduce(0, +) / Double(precisions.count) - macro) < 1e-12)
    }

    @Test("are absent where a score is NaN or infinite", arguments: [Float.nan, .infinity])
    func broken(_ score: Float) {
        #expect(Metrics.multilabel(scores: [0, score], classes: 2, indicators: [0, 1]).isEmpty)
        #expect(Metrics.perClass(scores: [0, score], classes: 2, indicators: [0, 1]).isEmpty)
        #expect(Metrics.binary(scores: [0, score], labels: [0, 1]).isEmpty)
        #expect(Metrics.ranking(scores: [0, score], targets: [1, 2], groups: [0, 0])["kendall-tau"] == nil)
        #expect(Metrics.regression(predictions: [0, score], targets: [1, 2]).isEmpty)
        #expect(Metrics.retrieval(scores: [0, score], relevance: [0, 1], groups: [0, 0]).isEmpty)
        #expect(Metrics.oneVersusRest(logits: [0, score], classes: 2, labels: [0]).isEmpty)
    }

    @Test("are absent without samples")
    func empty() {
        #expect(Metrics.multilabel(scores: [], classes: 2, indicators: []).isEmpty)
        #expect(Metrics.binary(scores: [], labels: []).isEmpty)
        #expect(Metrics.ranking(scores: [], targets: []).isEmpty)
        #expect(Metrics.regression(predictions: [], targets: []).isEmpty)
        #expect(Metrics.retrieval(scores: [], relevance: [], groups: []).isEmpty)
    }

    @Test(
        "of a specification can be computed one by one, and are those in results",
        arguments: [
            "multilabel", "binary", "ranking", "regression", "retrieval", "classification",
        ])
    func catalogue(_ kind: String) {
        let (scores, labels): ([Float], [Int32]) = ([2, -1, 1, -2], [1, 1, 0, 0])
        let truth: Prediction.Truth =
            switch kind {
            case "multilabel": .indicators([1, 0, 0, 1], classes: 2)
            case "binary": .answers(labels)
            case "ranking": .order([3, 4, 2, 1], groups: [0, 0, 1, 1])
            case "regression": .values([3, 4, 2, 1])
            case "retrieval": .relevance(labels, queries: [0, 0, 0, 0])
            default: .classes([0, 1])
            }
        let prediction = Prediction(scores: scores, truth: truth)
        let values = prediction.metrics
        let names = Metrics.names(forKind: kind)
        for name in names {
            let value = prediction.value(of: name)
            #expect(value != nil, "\(name)")
            #expect(values[name] == nil || values[name] == value, "\(name)")
        }
        let notes = Set(values.keys.filter { $0.contains("without") || $0.contains("skipped") })
        #expect(Set(values.keys).subtracting(notes).isSubset(of: names))
        #expect(prediction.value(of: "no such metric") == nil)
    }

    @Test("Binary log-loss is that of two classes with the logits 0 and s")
    func binaryLogLoss() throws {
        let prediction = Prediction(scores: [2, -1, 0.5], truth: .answers([1, 0, 0]))
        // ln(1 + e⁻²), ln(1 + e⁻¹), ln(1 + e^½)
        let expected = (0.12692801104297263 + 0.31326168751822286 + 0.9740769841801067) / 3
        #expect(abs(try #require(prediction.value(of: "log-loss")) - expected) < 1e-9)
    }
}
