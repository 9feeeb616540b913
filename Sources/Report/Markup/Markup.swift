import Identities

/// HTML in which every text that was put in is escaped: a literal is markup, an interpolated string never.
///
/// ```swift
/// let cell: Markup = "<td>\(name)</td>"
/// ```
package struct Markup: ExpressibleByStringInterpolation, Sendable {
    package let text: String

    package init(stringLiteral literal: String) { text = literal }

    package init(stringInterpolation: StringInterpolation) { text = stringInterpolation.text }

    private init(verbatim: String) { text = verbatim }

    /// What this program made itself, such as a figure, as it is.
    static func verbatim(_ text: String) -> Markup { Markup(verbatim: text) }

    package struct StringInterpolation: StringInterpolationProtocol {
        fileprivate var text = ""

        package init(literalCapacity: Int, interpolationCount: Int) { text.reserveCapacity(2 * literalCapacity) }

        package mutating func appendLiteral(_ literal: String) { text += literal }

        package mutating func appendInterpolation(_ value: String) { text += Markup.escaped(value) }

        package mutating func appendInterpolation(_ value: Int) { text += "\(value)" }

        package mutating func appendInterpolation(_ markup: Markup) { text += markup.text }
    }

    /// Text for the contents of elements and for quoted attributes; its lines are kept, other control characters and what
    /// overrides the direction of text become visible.
    package static func escaped(_ text: String) -> String {
        text.printableLines.replacing("&", with: "&amp;").replacing("<", with: "&lt;").replacing(">", with: "&gt;")
            .replacing("\"", with: "&quot;").replacing("'", with: "&#39;")
    }
}

extension Sequence<Markup> {
    /// One after the other, each on a line of its own.
    func joined() -> Markup { .verbatim(map(\.text).joined(separator: "\n")) }
}
