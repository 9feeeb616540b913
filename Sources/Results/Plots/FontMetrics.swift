/// Widths of text in Helvetica, and in Arial and Liberation Sans, which have the same.
package enum FontMetrics {
    /// The width of one line, in the unit of the size. Subscripts are as ``Drawing`` sets them: at 0.7 of the size.
    ///
    /// Letters beyond ASCII count as wide as Helvetica's widest lower-case vowel with an accent, and East Asian ones as a
    /// whole em. Bold letters are up to a tenth wider than others, and counted so.
    package static func width(of text: String, size: Double, isBold: Bool = false) -> Double {
        let thousandths = text.reduce(0.0) { $0 + advance(of: $1) }
        return thousandths / 1000 * size * (isBold ? 1.1 : 1)
    }

    /// What a subscript stands for; nil for other characters.
    static func plain(_ character: Character) -> Character? { subscripts[character] }

    /// The number with its digits as subscripts: `EP₁₆`.
    static func lowered(_ number: Int) -> String {
        String("\(number)".map { digit in subscripts.first { $0.value == digit }?.key ?? digit })
    }

    /// The number as an exponent: `⁻⁵`.
    static func raised(_ number: Int) -> String {
        String("\(number)".map { sign in superscripts.first { $0.value == (sign == "-" ? "−" : sign) }?.key ?? sign })
    }

    /// A letter that is set smaller, beside the line.
    struct Script {
        let plain: Character
        let isRaised: Bool
    }

    /// Nil for letters on the line.
    static func script(_ character: Character) -> Script? {
        subscripts[character].map { Script(plain: $0, isRaised: false) }
            ?? superscripts[character].map { Script(plain: $0, isRaised: true) }
    }

    static let subscriptSize = 0.7

    private static let superscripts: [Character: Character] = [
        "⁰": "0", "¹": "1", "²": "2", "³": "3", "⁴": "4", "⁵": "5", "⁶": "6", "⁷": "7", "⁸": "8", "⁹": "9", "⁻": "−",
    ]

    private static let subscripts: [Character: Character] = [
        "₀": "0", "₁": "1", "₂": "2", "₃": "3", "₄": "4", "₅": "5", "₆": "6", "₇": "7", "₈": "8", "₉": "9", "ₒ": "o",
    ]

    private static func advance(of character: Character) -> Double {
        if let script = script(character) { return subscriptSize * advance(of: script.plain) }
        guard let code = character.unicodeScalars.first?.value else { return 0 }
        if (32...126).contains(code) { return Double(ascii[Int(code) - 32]) }
        // The space that no line is broken at.
        if code == 0xA0 { return Double(ascii[0]) }
        return code >= 0x1100 ? 1000 : 600
    }

    /// Advances of the characters from the space to `~`, in thousandths of an em.
    private static let ascii = [
        278, 278, 355, 556, 556, 889, 667, 191, 333, 333, 389, 584, 278, 333, 278, 278,
        556, 556, 556, 556, 556, 556, 556, 556, 556, 556, 278, 278, 584, 584, 584, 556,
        1015, 667, 667, 722, 722, 667, 611, 778, 722, 278, 500, 667, 556, 833, 722, 778,
        667, 778, 722, 667, 611, 722, 667, 944, 667, 667, 611, 278, 278, 278, 469, 556,
        333, 556, 556, 500, 556, 556, 278, 556, 556, 222, 222, 500, 222, 833, 556, 556,
        556, 556, 333, 500, 278, 556, 500, 722, 500, 500, 500, 334, 260, 334, 584,
    ]
}
