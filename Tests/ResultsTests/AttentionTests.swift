import Foundation
import Identities
import Testing

@testable import Attention
@testable import Results

@Suite("What heads attend to, rendered")
struct AttentionRenderingTests {
    private static func worth(_ metric: Double?) -> UnitAttention.Worth {
        UnitAttention.Worth(metric: metric, logLoss: metric.map { 2 * $0 })
    }

    private static func unit(all: Double? = 0.4, lengthsDiffer: Bool = false) -> UnitAttention {
        let predictors = (0..<2).map { number in
            UnitAttention.Predictor(
                number: number, uniform: worth(0.1 * Double(number)),
                uniformError: AttentionFindings.Scores(metric: 0.02, logLoss: 0.03),
                meanMap: lengthsDiffer ? nil : worth(0.05),
                otherSample: lengthsDiffer ? nil : worth(0.07), alone: worth(0.2), rank: 2 - number,
                cumulative: worth(number == 0 ? all : 0.1),
                quality: MapQuality(entropy: 0.5, effectiveTokens: 3, highNormMass: nil))
        }
        return UnitAttention(
            name: UnitAttention.UnitName(
                features: "a, b", task: "t", layer: 3, probe: "efficient 2", repetition: 1, heldOut: 0, draw: nil,
                seed: 4, key: UnitKey(words: 1, 2, 3, 4)),
            findings: AttentionFindings(
                metric: "top1", greaterIsBetter: true, scores: AttentionFindings.Scores(metric: 0.9, logLoss: 0.3),
                predictors: predictors, all: worth(all),
                overlap: MapOverlap(dissimilarity: 0.6, permutedDissimilarity: 0.5, rank: 2, effectiveRank: 1.5),
                highNormShare: nil, samples: 50))
    }

    @Test("Every line of the CSV has as many fields as the header, one line a predictor and one for the set")
    func fields() {
        let lines = [Self.unit(), Self.unit(lengthsDiffer: true)].rendered(as: .csv)
            .replacing("\"a, b\"", with: "ab").split(separator: "\r\n")
        let counts = lines.map { $0.split(separator: ",", omittingEmptySubsequences: false).count }
        #expect(lines.count == 7 && Set(counts).count == 1, "\(counts)")
        #expect(lines.map { $0.prefix(3) } == ["rec", "pre", "pre", "set", "pre", "pre", "set"])
    }

    @Test(
        "A worth is above 0 where the head is better than the ablated one, whether or not more of the metric is better")
    func signs() {
        var unit = Self.unit().findings
        let (better, worse) = (
            AttentionFindings.Scores(metric: 3, logLoss: 1), AttentionFindings.Scores(metric: 2, logLoss: 4)
        )
        #expect(unit.worth(of: better, over: worse) == UnitAttention.Worth(metric: 1, logLoss: 3))
        unit.greaterIsBetter = false
        #expect(unit.worth(of: worse, over: better) == UnitAttention.Worth(metric: 1, logLoss: -3))
        #expect(unit.worth(of: worse, over: AttentionFindings.Scores()) == UnitAttention.Worth())
    }

    @Test("Shares are of what all maps are worth, and there are none where that is nothing")
    func shares() {
        let unit = Self.unit()
        #expect(unit.predictors.map(unit.share) == [0, 0.25])
        let worthless = Self.unit(all: 0)
        #expect(worthless.predictors.map(worthless.share) == [nil, nil])
        let undefined = Self.unit(all: nil)
        #expect(undefined.predictors.map(undefined.share) == [nil, nil])
    }

    @Test("People read the most worth first, without columns that have no value, and why those are left out")
    func text() throws {
        let text = [Self.unit(lengthsDiffer: true)].rendered(as: .text)
        let lines = text.split(separator: "\n").map { $0.split(separator: " ") }
        #expect(lines[0].contains("top1") && lines[2].prefix(3) == ["1", "1", "0.1000"], "\(text)")
        #expect(!lines[1...3].contains { $0.contains("–") || $0.contains("b") || $0.contains("c") }, "\(text)")
        #expect(text.contains("No b and c of t over a, b: samples differ in length"), "\(text)")
        #expect(text.contains("No high norm of t over a, b: "), "\(text)")
        #expect(text.contains(" dissimilarity "), "\(text)")
        let markdown = [Self.unit()].rendered(as: .markdown)
        #expect(markdown.contains("| rank | map | a | s.e. | share | b | c |"), "\(markdown)")
        #expect(!markdown.contains("No b and c"), "\(markdown)")
    }

    @Test("JSON leaves out what is undefined")
    func json() throws {
        let text = [Self.unit(lengthsDiffer: true)].rendered(as: .json)
        let units = try #require(
            try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
        let predictors = try #require(units.first?["predictors"] as? [[String: Any]])
        #expect(predictors.count == 2 && predictors.allSatisfy { $0["meanMap"] == nil && $0["uniform"] != nil })
        #expect((units.first?["overlap"] as? [String: Any])?["excess"] != nil)
    }
}
