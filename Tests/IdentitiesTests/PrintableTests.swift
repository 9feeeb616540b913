import Identities
import Testing

@Suite("Foreign text for people")
struct PrintableTests {
    @Test(
        "Control characters and what reorders text are escaped",
        arguments: [
            ("a\u{1B}[2Jb", "a\\u{1B}[2Jb"), ("one\nERROR two", "one\\nERROR two"), ("a\r\nb", "a\\r\\nb"),
            ("tab\there", "tab\\there"), ("\u{7F}\u{9B}31m", "\\u{7F}\\u{009B}31m"), ("\0", "\\0"),
            ("a\u{202E}b", "a\\u{202E}b"), ("a\u{2028}b", "a\\u{2028}b"), ("\u{FFFE}", "\\u{FFFE}"),
        ])
    func escapes(_ text: String, _ expected: String) {
        #expect(text.printable == expected)
    }

    @Test("Other text stays as it is", arguments: ["", "cat", "Größe – ±95%", "日本語", "👩‍🔬", "a\\nb"])
    func others(_ text: String) {
        #expect(text.printable == text)
        #expect(text.printableLines == text)
    }

    @Test("Line breaks of text with lines are kept, and nothing else")
    func lines() {
        #expect("a\u{1B}\n\nb\n".printableLines == "a\\u{1B}\n\nb\n")
    }
}
