/// The identity of a worker process: 16 random bytes, drawn at its start, the same for its lifetime and over any number
/// of connections.
package struct WorkerID: Hashable, Sendable, Comparable, CustomStringConvertible, Codable {
    /// The bytes, eight to a word, most significant first.
    package let words: (UInt64, UInt64)

    package init(words first: UInt64, _ second: UInt64) { words = (first, second) }

    /// Nil unless there are exactly 16 bytes.
    package init?(bytes: some Collection<UInt8>) {
        guard bytes.count == 16 else { return nil }
        let first = bytes.prefix(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        let second = bytes.dropFirst(8).reduce(UInt64(0)) { $0 << 8 | UInt64($1) }
        self.init(words: first, second)
    }

    package var bytes: [UInt8] { bytesOf(words.0, words.1) }

    package static func == (first: WorkerID, second: WorkerID) -> Bool { first.words == second.words }

    package static func < (first: WorkerID, second: WorkerID) -> Bool { first.words < second.words }

    package func hash(into hasher: inout Hasher) {
        hasher.combine(words.0)
        hasher.combine(words.1)
    }

    /// 32 hexadecimal digits.
    package var description: String { hexadecimal(bytes) }

    package init(from decoder: any Decoder) throws {
        let words = try decoder.singleValueContainer().decode([UInt64].self)
        guard words.count == 2 else {
            throw DecodingError.dataCorrupted(
                DecodingError.Context(
                    codingPath: decoder.codingPath, debugDescription: "A worker's identity is two words."))
        }
        self.init(words: words[0], words[1])
    }

    package func encode(to encoder: any Encoder) throws {
        var container = encoder.singleValueContainer()
        try container.encode([words.0, words.1])
    }
}
