/// Why a configuration is invalid, or does not fit the shape.
package struct ProbeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The probe type's name as it was given.
    package var probe: String
    /// The option at fault, nil where the type or the shape is.
    package var option: String?
    /// What is wrong, with the offending value.
    package var problem: String
    /// What to do about it.
    package var remedy: String

    package init(probe: String, option: String? = nil, problem: String, remedy: String) {
        self.probe = probe
        self.option = option
        self.problem = problem
        self.remedy = remedy
    }

    package var description: String {
        let place = option.map { "probe \(probe), option \($0)" } ?? "probe \(probe)"
        return "\(place): \(problem); \(remedy)"
    }
}
