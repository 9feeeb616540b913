import Glibc

/// A pattern of file names with `*`, `?` and `[…]`, as shells have them.
struct FilePattern {
    let text: String

    init(_ text: String) { self.text = text }

    /// Whether a path is a pattern and no file of just that name.
    static func isPattern(_ path: String) -> Bool { hasWildcard(path) && access(path, F_OK) != 0 }

    /// The files that match, in natural order: numbers in names by their value.
    ///
    /// - Throws: `FeatureError` if there is none.
    func files() throws(FeatureError) -> [String] {
        var found = glob_t()
        defer { globfree(&found) }
        let status = glob(text, GLOB_NOSORT, nil, &found)
        guard status == 0 || status == GLOB_NOMATCH else {
            throw FeatureError(
                file: text, found: "cannot be searched: \(MappedFile.lastError())",
                remedy: "Check path and permissions."
            )
        }
        let files = (0..<Int(found.gl_pathc)).compactMap { found.gl_pathv[$0].map { String(cString: $0) } }
        guard !files.isEmpty else {
            throw FeatureError(
                file: text, found: "no file of such a name", expected: "at least one",
                remedy: "Check the pattern, and put it in quotation marks so that the shell leaves it alone.")
        }
        return files.sorted(by: Self.isBefore)
    }

    /// Ids of samples that have a file each: the part of the path that the pattern leaves open, without its extension.
    func ids(of files: [String]) throws(FeatureError) -> [String] {
        let fixed = text.split(separator: "/", omittingEmptySubsequences: false).prefix { !Self.hasWildcard($0) }
        let prefix = fixed.isEmpty ? "" : fixed.joined(separator: "/") + "/"
        var fileOfID: [String: String] = [:]
        return try files.map { (file) throws(FeatureError) in
            let id = Self.withoutExtension(String(file.dropFirst(prefix.count)))
            if let other = fileOfID.updateValue(file, forKey: id) {
                throw FeatureError(
                    file: file, found: "the id \"\(id)\", which \(other) has too", expected: "a name of its own",
                    remedy: "Narrow the pattern, or rename one of the files.")
            }
            return id
        }
    }

    private static func hasWildcard(_ text: some StringProtocol) -> Bool { text.contains { "*?[".contains($0) } }

    private static func withoutExtension(_ path: String) -> String {
        guard let dot = path.lastIndex(of: "."), dot > (path.lastIndex(of: "/") ?? path.startIndex) else { return path }
        return String(path[..<dot])
    }

    // MARK: Natural order

    private static func isBefore(_ first: String, _ second: String) -> Bool {
        var (left, right) = (first.utf8[...], second.utf8[...])
        while let one = left.first, let other = right.first {
            if isDigit(one), isDigit(other) {
                let (a, b) = (takeNumber(&left), takeNumber(&right))
                if !a.elementsEqual(b) {
                    return a.count == b.count ? a.lexicographicallyPrecedes(b) : a.count < b.count
                }
            } else {
                if one != other { return one < other }
                left.removeFirst()
                right.removeFirst()
            }
        }
        // Names that differ in leading zeros alone have an order too.
        return left.isEmpty == right.isEmpty ? first < second : left.isEmpty
    }

    private static func isDigit(_ byte: UInt8) -> Bool { (UInt8(ascii: "0")...UInt8(ascii: "9")).contains(byte) }

    /// The digits at the front without leading zeros.
    private static func takeNumber(_ text: inout Substring.UTF8View) -> Substring.UTF8View {
        let digits = text.prefix(while: isDigit)
        text = text[digits.endIndex...]
        return digits.drop { $0 == UInt8(ascii: "0") }
    }
}
