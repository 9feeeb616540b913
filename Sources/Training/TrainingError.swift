/// Why a unit could not be trained.
package struct TrainingError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The field of the unit at fault, as a path: `task.name`, `solver.gradient.optimizer`.
    package var field: String
    package var problem: String
    package var remedy: String
    /// If memory was insufficient, the smallest sufficient budget in bytes.
    package var smallestBudget: Int?

    package init(field: String, problem: String, remedy: String) {
        self.field = field
        self.problem = problem
        self.remedy = remedy
    }

    /// A unit that does not fit into memory.
    ///
    /// - Parameters:
    ///   - budget: Bytes that the process may use.
    ///   - smallest: Bytes that it would need.
    init(budget: Int, smallest: Int) {
        func gigabytes(_ bytes: Int) -> String { "\((Double(bytes) / 1e6).rounded(.up) / 1e3)" }
        self.init(
            field: "memory",
            problem: "it needs a budget of \(gigabytes(smallest)) GB, but has \(gigabytes(budget)) GB",
            remedy: "start the worker, or the command that trains here, with --memory \(gigabytes(smallest)) or more")
        smallestBudget = smallest
    }

    package var description: String { "\(field): \(problem); \(remedy)" }
}
