import Foundation
import Metrics
import Testing

@Suite("Metrics at their edges")
struct EdgeTests {
    /// A number, or one that JSON does not have.
    struct Number: Decodable {
        let value: Double

        init(from decoder: any Decoder) throws {
            let container = try decoder.singleValueContainer()
            if let number = try? container.decode(Double.self) {
                value = number
            } else {
                value = try #require(Double(try container.decode(String.self)))
            }
        }
    }

    struct Case: Decodable, CustomTestStringConvertible {
        let name: String
        let kind: String
        let metric: String
        let scores: [Number]
        var labels: [Int32]?
        var indicators: [UInt8]?
        var classes: Int?
        var targets: [Float]?
        var groups: [Int32]?
        var expected: Double?
        var testDescription: String { "\(metric): \(name)" }

        func prediction() throws -> Prediction {
            let truth: Prediction.Truth =
                switch kind {
                case "classification": .classes(try #require(labels))
                case "binary": .answers(try #require(labels))
                case "multilabel": .indicators(try #require(indicators), classes: try #require(classes))
                case "retrieval": .relevance(try #require(labels), queries: try #require(groups))
                default: .values(try #require(targets))
                }
            return Prediction(scores: scores.map { Float($0.value) }, truth: truth)
        }
    }

    @Test("have the values of their definitions", arguments: try Fixture.read("edges", as: [Case].self))
    func values(_ example: Case) throws {
        let prediction = try example.prediction()
        let value = prediction.value(of: example.metric)
        if let expected = example.expected {
            #expect(isClose(value, expected, within: 1e-7))
            #expect(prediction.undefinedReason(example.metric) == nil)
        } else {
            #expect(value == nil)
            #expect(prediction.undefinedReason(example.metric) != nil)
        }
    }

    @Test("give classes in another order the same value", arguments: try Fixture.read("edges", as: [Case].self))
    func classOrder(_ example: Case) throws {
        let prediction = try example.prediction()
        guard case .classes(let labels) = prediction.truth else { return }
        let classes = prediction.scores.count / labels.count
        let turned = Prediction(
            scores: labels.indices.flatMap { prediction.scores[$0 * classes..<($0 + 1) * classes].reversed() },
            truth: .classes(labels.map { Int32(classes) - 1 - $0 }))
        #expect(isClose(prediction.value(of: example.metric), turned.value(of: example.metric), within: 1e-12))
    }

    @Test("give rows in another order the same value", arguments: try Fixture.read("edges", as: [Case].self))
    func rowOrder(_ example: Case) throws {
        let prediction = try example.prediction()
        let reversed = prediction.resampled((0..<prediction.count).reversed().map { [$0] })
        guard example.groups == nil else { return }
        #expect(isClose(prediction.value(of: example.metric), reversed.value(of: example.metric), within: 1e-12))
    }

    @Test("A confidence at an edge lies in the bin below it, one above it in the next", arguments: 8...14)
    func edges(_ edge: Int) {
        let confidence = Double(edge) / 15
        let rows = [confidence, confidence + 0.01].flatMap { [Float(log($0)), Float(log(1 - $0))] }
        // Right at the edge and wrong above it: in one bin the two errors would cancel in part.
        let value = Prediction(scores: rows, truth: .classes([0, 1])).value(of: "ece")
        let expected = (1 - confidence + confidence + 0.01) / 2
        #expect(isClose(value, expected, within: 1e-6))
    }

    @Test("Equal-mass bins of many distinct confidences hold as many each")
    func equalMass() {
        // 30 rows, two a bin, of rising confidence; one of each pair is right.
        let confidences: [Double] = (0..<30).map { 0.5 + Double($0 + 1) / 100 }
        let scores: [Float] = confidences.flatMap { [Float(log($0)), Float(log(1 - $0))] }
        let labels: [Int32] = (0..<30).map { Int32($0 % 2) }
        var expected = 0.0
        for pair in 0..<15 { expected += abs(1 - confidences[2 * pair] - confidences[2 * pair + 1]) / 30 }
        let value = Prediction(scores: scores, truth: .classes(labels)).value(of: "adaptive-ece")
        #expect(isClose(value, expected, within: 1e-7))
    }

    @Test("Scores that differ by a denormal number are ordered, and −0 equals 0")
    func denormal() {
        let tiny = Float.leastNonzeroMagnitude
        #expect(Prediction(scores: [tiny, 0], truth: .answers([1, 0])).value(of: "roc-auc") == 1)
        #expect(Prediction(scores: [-0.0, 0], truth: .answers([1, 0])).value(of: "roc-auc") == 0.5)
        #expect(Prediction(scores: [-0.0, 0], truth: .classes([1])).value(of: "top1") == 0.5)
    }

    @Test("Binary calibration and Brier score are those of two classes with the logits 0 and s")
    func binary() {
        let (scores, labels): ([Float], [Int32]) = ([2, -1, 0.5, 0, -3], [1, 0, 0, 1, 1])
        let prediction = Prediction(scores: scores, truth: .answers(labels))
        let pair = Prediction(scores: scores.flatMap { [0, $0] }, truth: .classes(labels))
        for name in ["log-loss", "brier-score", "ece", "adaptive-ece"] {
            #expect(prediction.value(of: name) == pair.value(of: name), "\(name)")
        }
        let squares = zip(scores, labels).map { score, label in
            let difference = 1 / (1 + exp(-Double(score))) - Double(label)
            return difference * difference
        }
        #expect(isClose(prediction.value(of: "brier-score"), squares.reduce(0, +) / 5, within: 1e-15))
    }
}

/// Whether both have no value, or values that differ by no more than this.
func isClose(_ first: Double?, _ second: Double?, within tolerance: Double) -> Bool {
    guard let first, let second else { return first == nil && second == nil }
    return abs(first - second) <= tolerance
}
