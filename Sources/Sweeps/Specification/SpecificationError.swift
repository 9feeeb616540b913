/// Why a specification cannot be run: every problem that was found, so that one run shows all of them.
package struct SpecificationError: Error, Codable, Hashable, Sendable, CustomStringConvertible {
    /// One problem, its place and its remedy.
    package struct Problem: Codable, Hashable, Sendable, CustomStringConvertible {
        /// The specification's file, as the user named it.
        package var file: String
        /// The line in that file, counted from 1; nil if a field is missing or the problem is in the features.
        package var line: Int?
        /// The path of the field, for example `probes[2].queries`.
        package var field: String
        /// The value found there, as written.
        package var value: String?
        /// What is wrong with it, and what was expected.
        package var reason: String
        /// What the user can do.
        package var remedy: String?

        package init(
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
        package var description: String {
            let place = line.map { "\(file):\($0)" } ?? file
            let subject = value.map { "\"\($0)\" " } ?? ""
            return "\(place): \(field): \(subject)\(reason)" + (remedy.map { " \($0)" } ?? "")
        }
    }

    package var problems: [Problem]

    package init(problems: [Problem]) {
        self.problems = problems
    }

    /// One line per problem.
    package var description: String {
        problems.map(\.description).joined(separator: "\n")
    }
}
