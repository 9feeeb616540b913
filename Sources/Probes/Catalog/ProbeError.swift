/// Why a configuration is not a probe, or not one for this shape.
public struct ProbeError: Error, Hashable, Sendable, CustomStringConvertible {
    /// The probe type's name as it was given.
    public var probe: String
    /// The option at fault, nil where the type or the shape is.
    public var option: String?
    /// What is wrong, with the offending value.
    public var problem: String
    /// What to do about it.
    public var remedy: String

    public init(probe: String, option: String? = nil, problem: String, remedy: String) {
        self.probe = probe
        self.option = option
        self.problem = problem
        self.remedy = remedy
    }

    public var description: String {
        let place = option.map { "probe \(probe), option \($0)" } ?? "probe \(probe)"
        return "\(place): \(problem); \(remedy)"
    }
}
