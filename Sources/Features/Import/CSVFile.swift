import Foundation

/// A small CSV file with a header line: fields separated by commas, optionally in quotation marks (RFC 4180).
struct CSVFile {
    let path: String
    let columns: [String]
    let rows: [[String]]

    static func read(_ path: String) throws(FeatureError) -> CSVFile {
        let file = try MappedFile.open(path)
        guard let text = String(validating: file.bytes, as: UTF8.self) else {
            throw FeatureError(file: path, found: "is not UTF-8", remedy: "Save the file in UTF-8.")
        }
        var records = try split(text.unicodeScalars, path: path)
        guard !records.isEmpty else {
            throw FeatureError(file: path, found: "has no header line", remedy: "Name the columns in the first line.")
        }
        let header = records.removeFirst()
        for (row, record) in records.enumerated() where record.count != header.count {
            throw FeatureError(
                file: path, field: "row \(row)", found: "\(record.count) fields",
                expected: "\(header.count), as in the header line", remedy: "Correct the row.")
        }
        return CSVFile(path: path, columns: header, rows: records)
    }

    /// The fields of a column, nil if there is none of this name.
    func column(_ name: String) -> [String]? {
        columns.firstIndex(of: name).map { index in rows.map { $0[index] } }
    }

    private static func split(_ text: String.UnicodeScalarView, path: String) throws(FeatureError) -> [[String]] {
        var records: [[String]] = []
        var record: [String] = []
        var field = String.UnicodeScalarView()
        var isQuoted = false
        var isOpen = false
        var previous: Unicode.Scalar?
        for scalar in text where scalar != "\r" && scalar != "\u{FEFF}" {
            switch scalar {
            case "\"":
                // A doubled quotation mark inside quotes closes and reopens them, and stands for one.
                if !isOpen && isQuoted && previous == "\"" { field.append(scalar) }
                isOpen.toggle()
                isQuoted = true
            case "," where !isOpen, "\n" where !isOpen:
                record.append(String(field))
                (field, isQuoted) = (String.UnicodeScalarView(), false)
                if scalar == "\n" {
                    if record != [""] { records.append(record) }
                    record = []
                }
            default: field.append(scalar)
            }
            previous = scalar
        }
        guard !isOpen else {
            throw FeatureError(file: path, found: "an unterminated quotation", remedy: "Close the quotation.")
        }
        if !field.isEmpty || !record.isEmpty { records.append(record + [String(field)]) }
        return records
    }
}
