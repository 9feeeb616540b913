/// Why a unit could not be trained.
public struct TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field of the unit at fault, as a path: `task.name`, `solver.gradient.optimizer`.
    public var field: String
    public var problem: String
    public var remedy: String

    public init(field: String, problem: String, remedy: String) {
        self.field = field
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String { "\(field): \(problem); \(remedy)" }
}
