/// CSV by RFC 4180: commas, CRLF, fields quoted where needed.
enum CSV {
    static func text(_ lines: [[String]]) -> String {
        lines.map { $0.map(quoted).joined(separator: ",") + "\r\n" }.joined()
    }

    private static func quoted(_ field: String) -> String {
        let mustQuote = field.contains { $0 == "," || $0 == "\"" || $0.isNewline }
        return mustQuote ? "\"" + field.replacing("\"", with: "\"\"") + "\"" : field
    }
}
