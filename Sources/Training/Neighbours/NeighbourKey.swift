/// Similarity and row of a neighbour in one number, which falls with the similarity: the order of neighbours.
///
/// Equal similarities are in an order that is the same everywhere and has nothing to do with the rows' numbers: which of
/// them are among the k nearest is no evidence, and where files list one class after the other the lowest row would
/// always vote for the first. (All that are equal could vote, each by its part, but they can be as many as there are
/// rows.)
typealias NeighbourKey = UInt64

extension NeighbourKey {
    /// NaN is as dissimilar as can be, and −0 equals 0.
    init(similarity: Float, row: Int32) {
        let bits = (similarity.isNaN ? -Float.infinity : similarity + 0).bitPattern
        // Order-preserving bits: negative numbers count down.
        let rising = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
        self = UInt64(~rising) << 32 | UInt64(Self.mixed(UInt32(bitPattern: row)))
    }

    var row: Int32 { Int32(bitPattern: Self.unmixed(UInt32(truncatingIfNeeded: self))) }

    var similarity: Float {
        let rising = ~UInt32(truncatingIfNeeded: self >> 32)
        return Float(bitPattern: rising >> 31 == 1 ? rising & 0x7fff_ffff : ~rising)
    }

    /// A permutation of the 32-bit numbers in which neighbours end up far apart (Wellons' `lowbias32`).
    private static func mixed(_ number: UInt32) -> UInt32 {
        var mixed = (number ^ number >> 16) &* 0x7feb_352d
        mixed = (mixed ^ mixed >> 15) &* 0x846c_a68b
        return mixed ^ mixed >> 16
    }

    /// Its inverse.
    private static func unmixed(_ mixed: UInt32) -> UInt32 {
        var number = (mixed ^ mixed >> 16) &* 0x4302_1123
        number = (number ^ number >> 15 ^ number >> 30) &* 0x1d69_e2a5
        return number ^ number >> 16
    }
}
