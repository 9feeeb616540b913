import Identities

/// CSV by RFC 4180: commas, CRLF, fields quoted where needed. Control characters in fields are escapes, so that a row is a
/// line.
enum CSV {
    static func text(_ lines: [[String]]) -> String {
        lines.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func quoted(_ field: String) -> String {
        let field = field.printable
        let mustQuote = field.contains { $0 == "," || $0 == "\"" }
        return mustQuote ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }
}
