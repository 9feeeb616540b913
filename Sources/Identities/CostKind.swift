/// Names units with a common prediction error; the text is opaque here.
package struct CostKind: Hashable, Sendable, Codable, CustomStringConvertible {
    package let text: String
    package init(_ text: String) { self.text = text }
    package var description: String { text }

    /// Of units without a known kind.
    package static let unknown = CostKind("")
}
