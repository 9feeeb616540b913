/// Why results cannot be compared.
package struct ComparisonError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The task whose rows were to be compared.
    package let task: String
    /// The row that does not fit, or what was asked for.
    package let row: String
    /// What was found.
    package let found: String
    /// What to do.
    package let remedy: String

    package var description: String { "\(task): \(row) \(found) \(remedy)" }
}
