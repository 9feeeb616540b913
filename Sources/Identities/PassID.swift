/// Names the units that one reading of one layer's tokens can train together; the text is opaque here.
package struct PassID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let text: String
    package init(_ text: String) { self.text = text }
    package var description: String { text }
}
