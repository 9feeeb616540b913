/// Why a unit could not be trained.
public struct TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field of the unit at fault, as a path: `task.name`, `solver.gradient.optimizer`.
    public var field: String
    public var problem: String
    public var remedy: String
    /// Where memory was too short, the smallest budget in bytes that would do.
    public var smallestBudget: Int?

    public init(field: String, problem: String, remedy: String) {
        self.field = field
        self.problem = problem
        self.remedy = remedy
    }

    /// A unit that does not fit into the memory there is.
    ///
    /// - Parameters:
    ///   - budget: Bytes that the process may hold.
    ///   - smallest: Bytes that it would have to hold.
    init(budget: Int, smallest: Int) {
        func gigabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e6).rounded(.up) / 1e3)" }
        self.init(
            field: "memory",
            problem: "it needs a budget of \(gigabytes(smallest)) GB, and there are \(gigabytes(budget))",
            remedy: "start the worker with --memory \(gigabytes(smallest)) or more")
        smallestBudget = smallest
    }

    public var description: String { "\(field): \(problem); \(remedy)" }
}
