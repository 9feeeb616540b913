/// The bytes of words, most significant first.
func bytesOf(_ words: UInt64...) -> [UInt8] {
    words.flatMap { word in
        stride(from: 56, through: 0, by: -8).map { UInt8(truncatingIfNeeded: word >> UInt64($0)) }
    }
}

/// Two lower-case digits a byte.
package func hexadecimal(_ bytes: [UInt8]) -> String {
    String(unsafeUninitializedCapacity: 2 * bytes.count) { text in
        for (place, byte) in bytes.enumerated() {
            text[2 * place] = digit(byte >> 4)
            text[2 * place + 1] = digit(byte & 15)
        }
        return 2 * bytes.count
    }
}

private func digit(_ value: UInt8) -> UInt8 {
    value < 10 ? UInt8(ascii: "0") + value : UInt8(ascii: "a") + value - 10
}
