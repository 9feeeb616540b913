/// Names the units that one reading of one layer's tokens can train together; its text means nothing here.
public struct PassID: Hashable, Sendable, Codable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }
}
