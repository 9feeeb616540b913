/// Quoting for POSIX shells.
enum ShellQuoting {
    /// The text as one word, with nothing in it that a shell expands.
    static func quoted(_ text: String) -> String {
        let isPlain = !text.isEmpty && text.utf8.allSatisfy { plain.contains($0) }
        return isPlain ? text : "'" + text.replacing("'", with: #"'\''"#) + "'"
    }

    static func quoted(_ words: [String]) -> String { words.map(quoted).joined(separator: " ") }

    private static let plain = Set("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_-./:=@%+,".utf8)
}
