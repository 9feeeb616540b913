/// Names by content what a unit reads: its layers, its task and its weights. The text is opaque here.
package struct InputID: Hashable, Sendable, Codable, CustomStringConvertible {
    package let text: String
    package init(_ text: String) { self.text = text }
    package var description: String { text }
}
