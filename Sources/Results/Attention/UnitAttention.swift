package import Attention
package import Identities

/// What the head of one unit of a sweep attends to.
@dynamicMemberLookup
package struct UnitAttention: Hashable, Sendable {
    package var name: UnitName
    package var findings: AttentionFindings

    package typealias Predictor = AttentionFindings.Predictor
    package typealias Worth = AttentionFindings.Worth

    /// The unit, as tables name it.
    package struct UnitName: Hashable, Sendable {
        package var features: String
        package var task: String
        package var layer: Int
        package var probe: String
        package var repetition: Int
        package var heldOut: Int
        /// Of a low-shot unit, from 0; nil for others.
        package var draw: Int?
        package var seed: Int
        package var key: UnitKey
        /// In the order of the sweep's table.
        package var place = 0
        /// k, of which one fold is held out; 1 for a predefined split.
        package var foldCount = 1
        /// D_o; nil where it is not told.
        package var outputWidth: Int? = nil
    }

    /// A predictor's part of what all are worth together; see `AttentionFindings`.
    package func share(of predictor: Predictor) -> Double? { findings.share(of: predictor) }

    package subscript<Value>(dynamicMember member: KeyPath<AttentionFindings, Value>) -> Value {
        findings[keyPath: member]
    }
}
