/// What a check found.
package struct Finding: Encodable, Equatable, Sendable {
    package enum Grade: String, Encodable, Sendable {
        case ok
        /// It works, but slower or less safely than it could.
        case warning
        /// It does not work.
        case failure
    }

    package let subject: String
    package let grade: Grade
    /// What is there.
    package let found: String
    /// What to do; nil where nothing needs to be done.
    package let remedy: String?

    static func ok(_ subject: String, _ found: String) -> Finding {
        Finding(subject: subject, grade: .ok, found: found, remedy: nil)
    }

    static func warning(_ subject: String, _ found: String, remedy: String) -> Finding {
        Finding(subject: subject, grade: .warning, found: found, remedy: remedy)
    }

    /// - Parameter remedy: nil where `found`, an error's text, says what to do.
    static func failure(_ subject: String, _ found: String, remedy: String? = nil) -> Finding {
        Finding(subject: subject, grade: .failure, found: found, remedy: remedy)
    }
}

extension Finding: CustomStringConvertible {
    /// A line: the grade, the subject, what was found, and what to do.
    package var description: String {
        let columns = grade.rawValue.padded(to: 7) + "  " + subject.padded(to: 14) + "  " + found
        return remedy.map { "\(columns). \($0)" } ?? columns
    }
}

extension String {
    fileprivate func padded(to width: Int) -> String {
        self + String(repeating: " ", count: max(0, width - count))
    }
}
