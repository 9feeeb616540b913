/// Why results cannot be compared.
public struct ComparisonError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The task whose rows were to be compared.
    public let task: String
    /// The row that does not fit, or what was asked for.
    public let row: String
    /// What was found.
    public let found: String
    /// What to do.
    public let remedy: String

    public var description: String { "\(task): \(row) \(found) \(remedy)" }
}
