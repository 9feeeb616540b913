import Foundation
import Identities
import Sweeps
import Testing
import Units

@Suite("Kept predictions")
struct PredictionsTests {
    private static func sample(rows: Int, outputs: Int) -> Predictions {
        var state: UInt64 = 88_172_645_463_325_252
        var scores = (0..<rows * outputs).map { _ in
            state ^= state << 13
            state ^= state >> 7
            state ^= state << 17
            return Float(Int64(bitPattern: state) % 100_000) / 7000
        }
        for (index, odd) in [-0.0, Float.infinity, .leastNonzeroMagnitude, -.greatestFiniteMagnitude].enumerated()
        where index < scores.count {
            scores[index] = odd
        }
        return Predictions(rows: (0..<rows).map { 3 * $0 + 5 }, outputs: outputs, scores: scores)
    }

    @Test("are read bit for bit", arguments: [(0, 1), (1, 1), (7, 11), (2400, 15)])
    func roundTrip(_ size: (rows: Int, outputs: Int)) throws {
        let predictions = Self.sample(rows: size.rows, outputs: size.outputs)
        let back = try #require(Predictions(encoded: predictions.encoded))
        #expect(back.rows == predictions.rows && back.outputs == predictions.outputs)
        #expect(back.scores.map(\.bitPattern) == predictions.scores.map(\.bitPattern))
    }

    @Test("take little space if scores repeat, like votes of neighbours")
    func compression() {
        let votes = Predictions(rows: Array(0..<5000), outputs: 1, scores: (0..<5000).map { Float($0 % 11) / 10 })
        #expect(votes.encoded.count < 5000)
    }

    @Test("are rejected if bytes are missing or wrong")
    func damage() {
        let whole = Self.sample(rows: 40, outputs: 3).encoded
        #expect(Predictions(encoded: Data()) == nil)
        for end in stride(from: 0, to: whole.count, by: 17) { #expect(Predictions(encoded: whole[..<end]) == nil) }
        for place in [0, 1, 8, 9, 17, 23, 24] {
            var bytes = whole
            bytes[place] ^= 0xFF
            #expect(Predictions(encoded: bytes) == nil, "byte \(place)")
        }
    }

    @Test("follow the result's JSON, and are separated from it")
    func payload() {
        let (result, predictions) = (Array(#"{"a":1}"#.utf8), Array(Self.sample(rows: 9, outputs: 2).encoded))
        let both = ResultPayload(result: result, predictions: predictions)
        #expect(ResultPayload(both.bytes) == both)
        #expect(ResultPayload(ResultPayload(result: result).bytes) == ResultPayload(result: result))
        #expect(ResultPayload(result: result).bytes == result)
    }
}
