/// Why a specification cannot be run: every problem that was found, so that one run shows all of them.
public struct SpecificationError: Error, Codable, Hashable, Sendable, CustomStringConvertible {
    /// One problem, its place and its remedy.
    public struct Problem: Codable, Hashable, Sendable, CustomStringConvertible {
        /// The specification's file, as the user named it.
        public var file: String
        /// The line in that file, counted from 1; nil if a field is missing or the problem is in the features.
        public var line: Int?
        /// The path of the field, for example `probes[2].queries`.
        public var field: String
        /// The value found there, as written.
        public var value: String?
        /// What is wrong with it, and what was expected.
        public var reason: String
        /// What the user can do.
        public var remedy: String?

        public init(
            file: String, line: Int? = nil, field: String, value: String? = nil, reason: String, remedy: String? = nil
        ) {
            self.file = file
            self.line = line
            self.field = field
            self.value = value
            self.reason = reason
            self.remedy = remedy
        }

        /// `demo.yaml:12: training.epochs: "many" is not a whole number. Write …`
        public var description: String {
            let place = line.map { "\(file):\($0)" } ?? file
            let subject = value.map { "\"\($0)\" " } ?? ""
            return "\(place): \(field): \(subject)\(reason)" + (remedy.map { " \($0)" } ?? "")
        }
    }

    public var problems: [Problem]

    public init(problems: [Problem]) {
        self.problems = problems
    }

    /// One line per problem.
    public var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
