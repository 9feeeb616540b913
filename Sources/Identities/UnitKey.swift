/// The identity of a unit: the 32 bytes of SHA-256 over its canonical form, written as 64 hexadecimal digits.
///
/// Stored inline: a million of them take 32 MB.
package struct UnitKey: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// The bytes, eight to a word, most significant first.
    package let words: (UInt64, UInt64, UInt64, UInt64)

    package init(words first: UInt64, _ second: UInt64, _ third: UInt64, _ fourth: UInt64) {
        words = (first, second, third, fourth)
    }

    /// Nil unless there are exactly 32 bytes.
    package init?(bytes: some Sequence<UInt8>) {
        var words: [4 of UInt64] = [0, 0, 0, 0]
        var count = 0
        for byte in bytes {
            guard count < 32 else { return nil }
            words[count / 8] = words[count / 8] << 8 | UInt64(byte)
            count += 1
        }
        guard count == 32 else { return nil }
        self.init(words: words[0], words[1], words[2], words[3])
    }

    /// Nil unless the text is 64 hexadecimal digits.
    package init?(_ text: some StringProtocol) {
        let digits = text.utf8.map(hexadecimalValue)
        guard digits.count == 64, !digits.contains(nil) else { return nil }
        self.init(bytes: stride(from: 0, to: 64, by: 2).map { (digits[$0] ?? 0) << 4 | (digits[$0 + 1] ?? 0) })
    }

    package var bytes: [UInt8] { bytesOf(words.0, words.1, words.2, words.3) }

    /// 64 hexadecimal digits.
    package var description: String { hexadecimal(bytes) }

    package static func == (first: UnitKey, second: UnitKey) -> Bool { first.words == second.words }

    package static func < (first: UnitKey, second: UnitKey) -> Bool { first.words < second.words }

    /// The bytes come from SHA-256, so any eight of them are as good as a hash of all.
    package func hash(into hasher: inout Hasher) { hasher.combine(words.0) }

    package init(from decoder: any Decoder) throws {
        let container = try decoder.singleValueContainer()
        let text = try container.decode(String.self)
        guard let key = UnitKey(text) else {
            throw DecodingError.dataCorruptedError(
                in: container, debugDescription: "A unit key is 64 hexadecimal digits, not \"\(text)\".")
        }
        self = key
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode(description)
    }
}

private func hexadecimalValue(_ digit: UInt8) -> UInt8? {
    switch digit {
    case UInt8(ascii: "0")...UInt8(ascii: "9"): digit - UInt8(ascii: "0")
    case UInt8(ascii: "a")...UInt8(ascii: "f"): digit - UInt8(ascii: "a") + 10
    case UInt8(ascii: "A")...UInt8(ascii: "F"): digit - UInt8(ascii: "A") + 10
    default: nil
    }
}
