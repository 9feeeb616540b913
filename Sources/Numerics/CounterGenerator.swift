internal import CKernels
internal import Foundation

/// A counter-based random number generator: Philox4x32-10 (Salmon et al., "Parallel random numbers: as easy as 1, 2,
/// 3", SC 2011).
///
/// The i-th draw is a function of (key, stream, i) and nothing else, so a draw can be repeated, skipped or made on
/// another machine without any state. The key identifies the owner of the numbers, the stream their purpose.
package struct CounterGenerator: Sendable {
    package let key: UInt64
    package let stream: UInt64
    /// The index of the next draw that `next()` makes.
    package private(set) var position: UInt64 = 0

    package init(key: UInt64, stream: UInt64) {
        self.key = key
        self.stream = stream
    }

    /// The i-th 64 random bits. A block of Philox holds two of them.
    package func bits(at index: UInt64) -> UInt64 {
        let block = philox(
            counter: SIMD4(
                UInt32(truncatingIfNeeded: index >> 1), UInt32(truncatingIfNeeded: index >> 33),
                UInt32(truncatingIfNeeded: stream), UInt32(truncatingIfNeeded: stream >> 32)),
            key: SIMD2(UInt32(truncatingIfNeeded: key), UInt32(truncatingIfNeeded: key >> 32)))
        return index & 1 == 0
            ? UInt64(block[0]) | UInt64(block[1]) << 32
            : UInt64(block[2]) | UInt64(block[3]) << 32
    }

    /// Calls the body with the bits of the first draws, in order, some hundreds at a time, and the index of the first
    /// of them: vectorised, more than ten times as fast as one draw after another.
    package func forEachBlock(ofFirst count: Int, _ body: (Int, UnsafeBufferPointer<UInt64>) -> Void) {
        let length = 512
        withUnsafeTemporaryAllocation(of: UInt64.self, capacity: length) { bits in
            guard let memory = bits.baseAddress else { return }
            for first in stride(from: 0, to: count, by: length) {
                let drawn = min(length, count - first)
                ck_random_bits(key, stream, UInt64(first / 2), (drawn + 1) / 2, memory)
                body(first, UnsafeBufferPointer(rebasing: bits[0..<drawn]))
            }
        }
    }

    /// The i-th number uniform in [0, 1), a multiple of 2⁻⁵³.
    package func uniform(at index: UInt64) -> Double {
        Self.uniform(bits(at: index))
    }

    /// The value of `uniform(at:)` for a draw's bits.
    @inlinable
    package static func uniform(_ bits: UInt64) -> Double {
        Double(Int64(bitPattern: bits >> 11)) * 0x1p-53
    }

    /// The i-th standard normal number, by Box and Muller from draws 2i and 2i+1.
    package func normal(at index: UInt64) -> Double {
        Self.normal(bits(at: 2 * index), bits(at: 2 * index + 1))
    }

    private static func normal(_ first: UInt64, _ second: UInt64) -> Double {
        // 1 − u lies in (0, 1], where the logarithm is finite.
        let radius = (-2 * log(1 - uniform(first))).squareRoot()
        return radius * cos(2 * .pi * uniform(second))
    }

    /// Calls the body for each of the first standard normal numbers, in order.
    package func forEachNormal(_ count: Int, _ body: (Int, Double) -> Void) {
        forEachBlock(ofFirst: 2 * count) { first, bits in
            for place in stride(from: 0, to: bits.count, by: 2) {
                body((first + place) / 2, Self.normal(bits[place], bits[place + 1]))
            }
        }
    }

    /// A permutation of 0..<n, every one equally likely up to the generator's 64 bits: the Fisher–Yates shuffle, where
    /// position i (from the end) is swapped with a position from the i-th draw.
    package func permutation(_ n: Int) -> [Int] {
        var order = Array(0..<n)
        for last in stride(from: n - 1, to: 0, by: -1) {
            let draw = bits(at: UInt64(n - 1 - last))
            let other = Int(draw.multipliedFullWidth(by: UInt64(last + 1)).high)
            order.swapAt(last, other)
        }
        return order
    }
}

extension CounterGenerator: RandomNumberGenerator {
    package mutating func next() -> UInt64 {
        defer { position &+= 1 }
        return bits(at: position)
    }
}

/// Ten rounds of Philox4x32.
func philox(counter: SIMD4<UInt32>, key: SIMD2<UInt32>) -> SIMD4<UInt32> {
    var (counter, key) = (counter, key)
    for _ in 0..<10 {
        let first = UInt64(0xD251_1F53) * UInt64(counter[0])
        let second = UInt64(0xCD9E_8D57) * UInt64(counter[2])
        counter = SIMD4(
            UInt32(second >> 32) ^ counter[1] ^ key[0], UInt32(truncatingIfNeeded: second),
            UInt32(first >> 32) ^ counter[3] ^ key[1], UInt32(truncatingIfNeeded: first))
        key = key &+ SIMD2(0x9E37_79B9, 0xBB67_AE85)
    }
    return counter
}
