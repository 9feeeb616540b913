/// The encoding of a result between worker and ledger: the JSON of a `UnitResult`, followed, if the sweep keeps
/// predictions, by a zero byte, which JSON never has, and the encoded predictions.
package struct ResultPayload: Hashable, Sendable {
    /// The largest predictions that are sent: a coordinator accepts frames of 4 MiB.
    package static let mostPredictionBytes = 3 << 20

    package var result: [UInt8]
    /// As `Predictions.encoded`.
    package var predictions: [UInt8]?

    package init(result: [UInt8], predictions: [UInt8]? = nil) {
        self.result = result
        self.predictions = predictions
    }

    package init(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: 0) else {
            self.init(result: bytes)
            return
        }
        self.init(result: Array(bytes[..<end]), predictions: Array(bytes[(end + 1)...]))
    }

    package var bytes: [UInt8] {
        guard let predictions else { return result }
        return result + [0] + predictions
    }
}
