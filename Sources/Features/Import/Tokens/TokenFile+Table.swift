import Glibc

extension TokenFile {
    /// A table of text with a header line: a row for each sample, a column for each element of its vector.
    static func openTable(_ path: String, separator: UInt8, _ options: Options) throws(FeatureError) -> TokenArray {
        let rows = try TableRows.open(path, separator: separator, columns: options.key)
        return TokenArray(
            path: path, element: .float32, shape: [rows.count, rows.width], ids: rows.ids, reader: rows)
    }
}

/// Rows of numbers in a mapped file of text. Only the ids and the place of each row are kept in memory.
final class TableRows: RowReader {
    /// Columns that describe samples, and are no elements unless they are named.
    private static let descriptions: Set<String> = ["id", "label", "score", "group", "split"]

    private let file: MappedFile
    private let separator: UInt8
    private let names: [String]
    /// Columns of the elements.
    private let chosen: [Int]
    /// Where each row begins and ends, and its line, from 1.
    private var places: [(bytes: Range<Int>, line: Int)] = []
    /// The column `id`, nil if there is none.
    private(set) var ids: [String]?

    /// n.
    var count: Int { places.count }
    /// D.
    var width: Int { chosen.count }

    /// - Parameter columns: names of the columns of elements, comma between them; `dim*` stands for all that begin so. By
    ///   default all but those that describe samples.
    static func open(_ path: String, separator: UInt8, columns: String?) throws(FeatureError) -> TableRows {
        let file = try MappedFile.open(path)
        var scanner = RowScanner(file)
        guard let header = scanner.next() else {
            throw FeatureError(file: path, found: "has no header line", remedy: "Name the columns in the first line.")
        }
        let names = fields(file, header.bytes, separator).map { text(file, $0) }
        let table = TableRows(
            file: file, separator: separator, names: names, chosen: try choose(columns, among: names, path: path))
        try table.readPlaces(&scanner)
        return table
    }

    private init(file: MappedFile, separator: UInt8, names: [String], chosen: [Int]) {
        self.file = file
        self.separator = separator
        self.names = names
        self.chosen = chosen
    }

    func withRows(
        _ rows: Range<Int>, _ body: (UnsafeRawBufferPointer) throws(FeatureError) -> Void
    ) throws(FeatureError) {
        var elements: [Float] = []
        elements.reserveCapacity(rows.count * width)
        for row in rows {
            let fields = Self.fields(file, places[row].bytes, separator)
            for column in chosen { elements.append(try number(fields[column], row: row, column: column)) }
        }
        file.release(places[rows.lowerBound].bytes.lowerBound..<places[rows.upperBound - 1].bytes.upperBound)
        // The library's closure cannot throw typed errors, so the result is passed out instead.
        let result: Result<Void, FeatureError> = elements.withUnsafeBytes { bytes in
            do throws(FeatureError) { return .success(try body(bytes)) } catch { return .failure(error) }
        }
        try result.get()
    }

    // MARK: Columns and rows

    private static func choose(_ columns: String?, among names: [String], path: String) throws(FeatureError) -> [Int] {
        guard names.contains(where: { Double($0) == nil }), Set(names).count == names.count else {
            throw FeatureError(
                file: path, field: "line 1", found: "numbers, or a name twice", expected: "a name for each column",
                remedy: "Write a header line: id, then a name for each element.")
        }
        guard let columns else {
            return names.indices.filter { !descriptions.contains(names[$0]) }
        }
        var chosen: [Int] = []
        for wanted in columns.split(separator: ",").map(String.init) {
            let found = names.indices.filter {
                wanted.hasSuffix("*") ? names[$0].hasPrefix(wanted.dropLast()) : names[$0] == wanted
            }
            guard !found.isEmpty else {
                throw FeatureError(
                    file: path, field: "line 1", found: "no column \"\(wanted)\"",
                    expected: "one of \(names.prefix(12).joined(separator: ", "))\(names.count > 12 ? ", …" : "")",
                    remedy: "Name the columns of the elements: \(path):dim*.")
            }
            chosen += found
        }
        return chosen
    }

    private func readPlaces(_ scanner: inout RowScanner) throws(FeatureError) {
        let column = names.firstIndex(of: "id")
        var ids: [String] = []
        while let row = scanner.next() {
            let fields = Self.fields(file, row.bytes, separator)
            guard fields.count == names.count else {
                throw FeatureError(
                    file: file.path, field: "line \(row.line)", found: "\(fields.count) fields",
                    expected: "\(names.count), as in the header line", remedy: "Correct the row.")
            }
            if let column { ids.append(Self.text(file, fields[column])) }
            places.append(row)
        }
        if column != nil { self.ids = ids }
    }

    // MARK: Fields

    /// The bytes of each field, quotation marks included.
    private static func fields(_ file: MappedFile, _ row: Range<Int>, _ separator: UInt8) -> [Range<Int>] {
        var fields: [Range<Int>] = []
        var (start, isQuoted) = (row.lowerBound, false)
        for place in row {
            if file.bytes[place] == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard file.bytes[place] == separator, !isQuoted else { continue }
            fields.append(start..<place)
            start = place + 1
        }
        fields.append(start..<row.upperBound)
        return fields
    }

    /// A field without white space and quotation marks around it.
    private static func text(_ file: MappedFile, _ field: Range<Int>) -> String {
        let text = String(decoding: file.bytes[field], as: UTF8.self).trimmedValue ?? ""
        guard text.count > 1, text.hasPrefix("\""), text.hasSuffix("\"") else { return text }
        let inner = text.dropFirst().dropLast().split(separator: "\"\"", omittingEmptySubsequences: false)
        return inner.joined(separator: "\"").trimmedValue ?? ""
    }

    private func number(_ field: Range<Int>, row: Int, column: Int) throws(FeatureError) -> Float {
        // The C library's reading of numbers ends at a zero byte, which a mapped file has not.
        let value: Float? = withUnsafeTemporaryAllocation(of: CChar.self, capacity: Self.longestNumber + 1) { buffer in
            var count = 0
            for byte in file.bytes[field] where byte != UInt8(ascii: " ") && byte != UInt8(ascii: "\"") {
                guard count < Self.longestNumber else { return nil }
                buffer[count] = CChar(bitPattern: byte)
                count += 1
            }
            buffer[count] = 0
            guard let start = buffer.baseAddress, count > 0 else { return nil }
            var end: UnsafeMutablePointer<CChar>?
            let value = strtof(start, &end)
            return end == start + count ? value : nil
        }
        guard let value else {
            let found = Self.text(file, field)
            throw FeatureError(
                file: file.path, field: "line \(places[row].line), column \(names[column])", offset: field.lowerBound,
                found: found.isEmpty ? "nothing" : "\"\(found.prefix(40))\"", expected: "a number",
                remedy: "Correct the cell, or name the columns of the elements: \(file.path):dim*.")
        }
        return value
    }

    /// A single with all its digits has 150; more is no number that a program wrote.
    private static let longestNumber = 255
}

/// Finds the rows of a text file: lines that are not empty, where line breaks inside quotation marks are none.
private struct RowScanner {
    private let file: MappedFile
    private var position: Int
    private var line = 1
    /// Where the part begins that may still be in memory.
    private var released = 0

    init(_ file: MappedFile) {
        self.file = file
        position = file.bytes.starts(with: [0xEF, 0xBB, 0xBF]) ? 3 : 0
    }

    /// The next row without its line break, and the line on which it begins.
    mutating func next() -> (bytes: Range<Int>, line: Int)? {
        while position < file.count {
            let (start, first) = (position, line)
            let end = endOfRow()
            let isWindows = end > start && file.bytes[end - 1] == UInt8(ascii: "\r")
            let row = start..<(isWindows ? end - 1 : end)
            if position - released > 1 << 24 {
                file.release(released..<position)
                released = position
            }
            if !row.isEmpty { return (row, first) }
        }
        return nil
    }

    /// Moves behind the next line break outside quotation marks and returns where it is.
    private mutating func endOfRow() -> Int {
        var isQuoted = false
        while position < file.count {
            let byte = file.bytes[position]
            position += 1
            if byte == UInt8(ascii: "\"") { isQuoted.toggle() }
            guard byte == UInt8(ascii: "\n") else { continue }
            line += 1
            if !isQuoted { return position - 1 }
        }
        return position
    }
}
