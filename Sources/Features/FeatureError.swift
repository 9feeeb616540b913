/// A problem in a file of a feature set: where it is, what was found, what was expected, and what to do about it.
package struct FeatureError: Error, Sendable, Equatable, Codable, CustomStringConvertible {
    /// Path of the file.
    package var file: String
    /// The field, tensor or column that is wrong, if it is not the file as a whole.
    package var field: String?
    /// Byte offset in the file, where that helps to find the place.
    package var offset: Int?
    /// What was found there.
    package var found: String
    /// What should have been there.
    package var expected: String?
    /// What the user can do.
    package var remedy: String
    /// Whether the bytes are those that were announced, so that every copy of the file has this problem.
    package var isOfContent = false

    package init(
        file: String, field: String? = nil, offset: Int? = nil, found: String, expected: String? = nil, remedy: String
    ) {
        self.file = file
        self.field = field
        self.offset = offset
        self.found = found
        self.expected = expected
        self.remedy = remedy
    }

    package var description: String {
        var place = file
        if let field { place += ", \(field)" }
        if let offset { place += ", byte \(offset)" }
        let expectation = expected.map { "; expected \($0)" } ?? ""
        return "\(place): \(found)\(expectation). \(remedy)"
    }
}
