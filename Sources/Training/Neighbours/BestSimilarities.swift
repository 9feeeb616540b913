/// The best of a stream of similarities, offered by rising index: what may belong to them gathers in a buffer, and each
/// time the buffer is full all but the best are dropped, so that most similarities cost one comparison.
struct BestSimilarities {
    /// Similarity and index in one number, which falls with the similarity and rises with the index: the order of the
    /// best, equal similarities the lowest index first.
    typealias Key = UInt64

    private let depth: Int
    private let keys: UnsafeMutableBufferPointer<Key>
    private var count = 0
    private var worst = Key.max
    /// A similarity that is not above this one is not among the best.
    private(set) var limit = -Float.infinity

    /// - Parameters:
    ///   - depth: How many are wanted.
    ///   - memory: Room for more than that.
    init(depth: Int, in memory: UnsafeMutableBufferPointer<Key>) {
        precondition(memory.count > depth)
        self.depth = depth
        keys = memory
    }

    /// Whether there is no limit yet.
    var isOpen: Bool { worst == Key.max }

    mutating func offer(_ similarity: Float, _ index: Int32) {
        let key = Self.key(similarity, index)
        guard key < worst else { return }
        keys[count] = key
        count += 1
        if count == keys.count { drop() }
    }

    /// The best, nearest first: as many as are wanted, or as were offered.
    func sorted() -> ArraySlice<Key> {
        keys[..<count].sorted().prefix(depth)
    }

    /// Keeps the best alone: quickselect with the middle of three as pivot.
    private mutating func drop() {
        var (low, high) = (0, count - 1)
        while low < high {
            let pivot = median(keys[low], keys[(low + high) / 2], keys[high])
            var (left, right) = (low, high)
            while left <= right {
                while keys[left] < pivot { left += 1 }
                while keys[right] > pivot { right -= 1 }
                if left <= right {
                    keys.swapAt(left, right)
                    left += 1
                    right -= 1
                }
            }
            if depth - 1 <= right { high = right } else if depth - 1 >= left { low = left } else { break }
        }
        count = depth
        worst = keys[depth - 1]
        limit = Self.similarity(worst)
    }

    private func median(_ a: Key, _ b: Key, _ c: Key) -> Key {
        max(min(a, b), min(max(a, b), c))
    }

    /// NaN is as dissimilar as can be.
    private static func key(_ similarity: Float, _ index: Int32) -> Key {
        let bits = (similarity.isNaN ? -Float.infinity : similarity).bitPattern
        // Rising numbers for rising similarities: negative ones count down.
        let rising = bits >> 31 == 0 ? bits | 0x8000_0000 : ~bits
        return Key(~rising) << 32 | Key(UInt32(bitPattern: index))
    }

    static func index(_ key: Key) -> Int32 { Int32(bitPattern: UInt32(truncatingIfNeeded: key)) }

    static func similarity(_ key: Key) -> Float {
        let rising = ~UInt32(truncatingIfNeeded: key >> 32)
        return Float(bitPattern: rising >> 31 == 1 ? rising & 0x7fff_ffff : ~rising)
    }
}
