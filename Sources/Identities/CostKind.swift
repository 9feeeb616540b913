/// Names units whose predictions err alike; its text means nothing here.
public struct CostKind: Hashable, Sendable, Codable, CustomStringConvertible {
    public let text: String
    public init(_ text: String) { self.text = text }
    public var description: String { text }

    /// Of units of which nothing is said.
    public static let unknown = CostKind("")
}
