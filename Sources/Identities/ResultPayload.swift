/// The bytes of a result as they travel from worker to ledger: the JSON of a `UnitResult`, and behind a zero byte,
/// which JSON never holds, the encoded predictions if the sweep keeps them.
public struct ResultPayload: Hashable, Sendable {
    /// The largest predictions that are sent: a coordinator accepts frames of 4 MiB.
    public static let mostPredictionBytes = 3 << 20

    public var result: [UInt8]
    /// As `Predictions.encoded`.
    public var predictions: [UInt8]?

    public init(result: [UInt8], predictions: [UInt8]? = nil) {
        self.result = result
        self.predictions = predictions
    }

    public init(_ bytes: [UInt8]) {
        guard let end = bytes.firstIndex(of: 0) else {
            self.init(result: bytes)
            return
        }
        self.init(result: Array(bytes[..<end]), predictions: Array(bytes[(end + 1)...]))
    }

    public var bytes: [UInt8] {
        guard let predictions else { return result }
        return result + [0] + predictions
    }
}
