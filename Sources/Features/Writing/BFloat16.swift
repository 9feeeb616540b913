/// The upper half of a single: 8 bits of exponent, 7 of fraction.
enum BFloat16 {
    /// Rounded to nearest, ties to even; NaN stays NaN.
    static func bits(of value: Float) -> UInt16 {
        let bits = value.bitPattern
        // Rounding up may carry a NaN's fraction into the exponent and beyond.
        guard !value.isNaN else { return 0x7FC0 }
        return UInt16(truncatingIfNeeded: (bits &+ 0x7FFF &+ (bits >> 16 & 1)) >> 16)
    }
}
