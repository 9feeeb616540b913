import Foundation
import Results
import Testing

@Suite("Estimates over folds")
struct EstimateTests {
    struct Reference: Decodable {
        struct Quantile: Decodable { let degrees, probability, quantile: Double }
        struct Tail: Decodable { let degrees, t, tail: Double }
        struct Interval: Decodable {
            let name: String, values: [Double], folds: Int, mean, deviation, halfWidth: Double
        }
        let quantiles: [Quantile]
        let tails: [Tail]
        let intervals: [Interval]
    }

    static func reference() throws -> Reference { try Fixture.read("estimates", as: Reference.self) }

    @Test("use Student quantiles that agree with SciPy")
    func quantiles() throws {
        for expected in try Self.reference().quantiles {
            let quantile = StudentDistribution(degreesOfFreedom: expected.degrees).quantile(expected.probability)
            #expect(abs(quantile - expected.quantile) <= 1e-10 * max(1, abs(expected.quantile)))
        }
    }

    @Test("use Student tails that agree with SciPy")
    func tails() throws {
        for expected in try Self.reference().tails {
            let tail = StudentDistribution(degreesOfFreedom: expected.degrees).upperTail(expected.t)
            #expect(
                abs(tail - expected.tail) <= 1e-12 * max(expected.tail, 1e-3), "t \(expected.t), ν \(expected.degrees)")
        }
    }

    @Test("have Nadeau and Bengio's interval")
    func intervals() throws {
        for expected in try Self.reference().intervals {
            let estimate = try #require(FoldEstimate(expected.values, folds: expected.folds))
            #expect(abs(estimate.mean - expected.mean) < 1e-12)
            #expect(abs(try #require(estimate.deviation) - expected.deviation) < 1e-12)
            #expect(abs(try #require(estimate.halfWidth) - expected.halfWidth) < 1e-12)
        }
    }

    @Test("have no spread for a single value, and do not exist for none")
    func degenerate() {
        #expect(FoldEstimate([], folds: 5) == nil)
        let single = FoldEstimate([0.5], folds: 1)
        #expect(single?.mean == 0.5 && single?.deviation == nil && single?.halfWidth == nil)
    }
}
