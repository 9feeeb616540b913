/// Splits the text of a CSV file into records: fields separated by commas, optionally in quotation marks (RFC 4180).
///
/// White space around quotation marks is ignored; a quotation mark inside a field that does not begin with one is a
/// character like any other.
struct CSVParser {
    struct Record {
        /// The line of the file on which the record begins, from 1.
        var line: Int
        var fields: [String]
        /// Whether the line is empty.
        var isBlank: Bool
    }

    private enum State {
        /// Outside quotation marks.
        case plain
        case quoted
        /// Just behind a quotation mark inside quotes, which closes them unless it is doubled.
        case closed
        /// Behind quotes and white space.
        case ended
    }

    let path: String
    private(set) var records: [Record] = []
    private var fields: [String] = []
    private var field = String.UnicodeScalarView()
    private var state = State.plain
    private var hasQuotes = false
    private var line = 1
    private var firstLine = 1

    init(path: String) { self.path = path }

    mutating func parse(_ text: Substring.UnicodeScalarView) throws(FeatureError) {
        for scalar in text where scalar != "\r" {
            try take(scalar)
            if scalar == "\n" { line += 1 }
            if fields.isEmpty && field.isEmpty && state == .plain && !hasQuotes { firstLine = line }
        }
        guard state != .quoted else {
            throw refuse("an unterminated quotation", line: firstLine, remedy: "Close the quotation.")
        }
        if !field.isEmpty || !fields.isEmpty || hasQuotes { endRecord() }
    }

    private mutating func take(_ scalar: Unicode.Scalar) throws(FeatureError) {
        switch (state, scalar) {
        case (.quoted, "\""): state = .closed
        case (.quoted, _): field.append(scalar)
        case (.closed, "\""):
            field.append(scalar)
            state = .quoted
        case (_, ","): endField()
        case (_, "\n"): endRecord()
        case (.plain, "\"") where field.allSatisfy(\.properties.isWhitespace):
            field.removeAll()
            (state, hasQuotes) = (.quoted, true)
        case (.plain, _): field.append(scalar)
        case _ where scalar.properties.isWhitespace: state = .ended
        default:
            throw refuse(
                "text behind a closing quotation mark", line: line,
                remedy: "Put the whole field in quotation marks, and double those inside it.")
        }
    }

    private mutating func endField() {
        fields.append(String(field))
        field.removeAll()
        state = .plain
    }

    private mutating func endRecord() {
        endField()
        let isBlank = fields.count == 1 && !hasQuotes && fields[0].trimmedValue == nil
        records.append(Record(line: firstLine, fields: fields, isBlank: isBlank))
        (fields, hasQuotes) = ([], false)
    }

    private func refuse(_ found: String, line: Int, remedy: String) -> FeatureError {
        FeatureError(file: path, field: "line \(line)", found: found, remedy: remedy)
    }
}
