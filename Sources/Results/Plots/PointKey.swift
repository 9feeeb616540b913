/// Letters that stand at points instead of names, the same in all panels of a figure.
struct PointKey {
    /// In alphabetical order, with the letters of each, from a on; after z come aa, ab and so on.
    let entries: [(letters: String, name: String)]
    private let letters: [String: String]

    init(_ names: some Sequence<String>) {
        let sorted = Set(names).sorted { ($0.lowercased(), $0) < ($1.lowercased(), $1) }
        entries = sorted.enumerated().map { (Self.letters(of: $0.offset), $0.element) }
        letters = Dictionary(entries.map { ($0.name, $0.letters) }, uniquingKeysWith: { first, _ in first })
    }

    /// Nil for a name that is written out.
    subscript(name: String) -> String? { letters[name] }

    /// Without `l`, which is read as `i`, and `o`, which is read as a point.
    private static let alphabet = Array("abcdefghijkmnpqrstuvwxyz")

    private static func letters(of index: Int) -> String {
        let last = String(alphabet[index % alphabet.count])
        return index < alphabet.count ? last : letters(of: index / alphabet.count - 1) + last
    }
}
