import Foundation
import Identities
import Sweeps
import Units

/// Rules for kept predictions, so that they can be scored again later.
enum PredictionRules {
    /// - Parameter bytes: `Predictions.encoded`.
    static func problem(in bytes: Slice<UnsafeRawBufferPointer>, testSamples: Int, samples: Int?) -> String? {
        guard bytes.count <= ResultPayload.mostPredictionBytes else {
            return "the predictions have \(bytes.count) bytes, expected at most \(ResultPayload.mostPredictionBytes)"
        }
        guard let predictions = Predictions(encoded: Data(bytes)) else { return "the predictions cannot be read" }
        guard predictions.rows.count == testSamples else {
            return "the predictions have \(predictions.rows.count) rows, expected testSamples, \(testSamples)"
        }
        guard predictions.outputs > 0 else { return "the predictions have 0 outputs a row, expected at least 1" }
        guard zip(predictions.rows, predictions.rows.dropFirst()).allSatisfy(<) else {
            return "the rows of the predictions are not in ascending order"
        }
        let most = samples ?? ResultRules.maximumSamples
        guard let last = predictions.rows.last, last < most else {
            return "the predictions have row \(predictions.rows.last ?? 0), expected rows below \(most)"
        }
        return nil
    }
}
