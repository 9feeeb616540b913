import Foundation
import Metrics
import Testing

@Suite("Metrics agree with torchmetrics")
struct TorchMetricsTests {
    struct Case: Decodable, CustomTestStringConvertible {
        let kind: String
        let scores: [Float]
        var labels: [Int32]?
        var classes: Int?
        var indicators: [UInt8]?
        var targets: [Float]?
        var groups: [Int32]?
        let expected: [String: Double]
        var testDescription: String { kind }

        func truth() throws -> Prediction.Truth {
            switch kind {
            case "classification": .classes(try #require(labels))
            case "multilabel": .indicators(try #require(indicators), classes: try #require(classes))
            case "retrieval": .relevance(try #require(labels), queries: try #require(groups))
            default: .values(try #require(targets))
            }
        }
    }

    @Test("in single precision", arguments: try Fixture.read("torchmetrics", as: [Case].self))
    func agreement(_ example: Case) throws {
        let prediction = Prediction(scores: example.scores, truth: try example.truth())
        for (name, expected) in example.expected {
            #expect(abs(try #require(prediction.value(of: name)) - expected) < 2e-6, "\(name)")
        }
    }
}
