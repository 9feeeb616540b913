/// Names units whose predictions err alike; its text means nothing here.
package struct CostKind: Hashable, Sendable, Codable, CustomStringConvertible {
    package let text: String
    package init(_ text: String) { self.text = text }
    package var description: String { text }

    /// Of units of which nothing is said.
    package static let unknown = CostKind("")
}
