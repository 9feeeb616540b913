/// Similarity and row of a neighbour in one number, which falls with the similarity and rises with the row: the order
/// of neighbours, equal similarities the lowest row first.
typealias NeighbourKey = UInt64

extension NeighbourKey {
    /// NaN is as dissimilar as can be.
    init(similarity: Float, row: Int32) {
        let bits = (similarity.isNaN ? -Float.infinity : similarity).bitPattern
        // Order-preserving bits: negative numbers count down.
        let rising = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
        self = UInt64(~rising) << 32 | UInt64(UInt32(bitPattern: row))
    }

    var row: Int32 { Int32(bitPattern: UInt32(truncatingIfNeeded: self)) }

    var similarity: Float {
        let rising = ~UInt32(truncatingIfNeeded: self >> 32)
        return Float(bitPattern: rising >> 31 == 1 ? rising & 0x7fff_ffff : ~rising)
    }
}
