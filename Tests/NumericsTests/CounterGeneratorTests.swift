import Testing

@testable import Numerics

@Suite("Counter-based random numbers")
struct CounterGeneratorTests {
    /// Known answers of the Random123 distribution, `kat_vectors`, philox4x32 10.
    @Test(
        "Philox4x32-10 gives the published values",
        arguments: [
            (
                SIMD4<UInt32>(repeating: 0), SIMD2<UInt32>(repeating: 0),
                SIMD4<UInt32>(0x6627_e8d5, 0xe169_c58d, 0xbc57_ac4c, 0x9b00_dbd8)
            ),
            (
                SIMD4<UInt32>(repeating: .max), SIMD2<UInt32>(repeating: .max),
                SIMD4<UInt32>(0x408f_276d, 0x41c8_3b0e, 0xa20b_c7c6, 0x6d54_51fd)
            ),
            (
                SIMD4<UInt32>(0x243f_6a88, 0x85a3_08d3, 0x1319_8a2e, 0x0370_7344),
                SIMD2<UInt32>(0xa409_3822, 0x299f_31d0),
                SIMD4<UInt32>(0xd16c_fe09, 0x94fd_cceb, 0x5001_e420, 0x2412_6ea1)
            ),
        ])
    func knownAnswers(counter: SIMD4<UInt32>, key: SIMD2<UInt32>, answer: SIMD4<UInt32>) {
        #expect(philox(counter: counter, key: key) == answer)
    }

    @Test("Sequential draws equal indexed draws", arguments: [UInt64(0), 1, 0xdead_beef_0123_4567])
    func sequence(key: UInt64) {
        var generator = CounterGenerator(key: key, stream: 3)
        let indexed = (0..<9).map { generator.bits(at: UInt64($0)) }
        let drawn = (0..<9).map { _ in generator.next() }
        #expect(drawn == indexed)
        #expect(Set(drawn).count == 9)
    }

    @Test("Streams of one key differ")
    func streams() {
        let first = CounterGenerator(key: 5, stream: 0), second = CounterGenerator(key: 5, stream: 1 << 40)
        #expect((0..<64).allSatisfy { first.bits(at: $0) != second.bits(at: $0) })
    }

    @Test("Uniform numbers fill [0, 1) and normal ones have mean 0 and variance 1", arguments: [UInt64(1), 2, 3])
    func moments(key: UInt64) {
        let generator = CounterGenerator(key: key, stream: 0)
        let uniform = (0..<20_000).map { generator.uniform(at: UInt64($0)) }
        #expect(uniform.allSatisfy { $0 >= 0 && $0 < 1 })
        #expect(abs(uniform.reduce(0, +) / 20_000 - 0.5) < 0.01)
        let normal = (0..<20_000).map { generator.normal(at: UInt64($0)) }
        #expect(abs(normal.reduce(0, +) / 20_000) < 0.03)
        #expect(abs(normal.reduce(0) { $0 + $1 * $1 } / 20_000 - 1) < 0.05)
    }

    @Test("A permutation has every index once", arguments: [0, 1, 2, 17, 1000])
    func permutation(count: Int) {
        let order = CounterGenerator(key: 7, stream: 1).permutation(count)
        #expect(order.sorted() == Array(0..<count))
        #expect(order == CounterGenerator(key: 7, stream: 1).permutation(count))
        if count > 10 { #expect(order != CounterGenerator(key: 8, stream: 1).permutation(count)) }
    }

    @Test("All permutations of three are about equally frequent")
    func fairness() {
        var counts: [[Int]: Int] = [:]
        for key in 0..<6000 { counts[CounterGenerator(key: UInt64(key), stream: 0).permutation(3), default: 0] += 1 }
        #expect(counts.count == 6)
        #expect(counts.values.allSatisfy { abs($0 - 1000) < 150 })
    }

    @Test("Draws in bulk equal draws one by one", arguments: [0, 1, 2, 31, 512, 513, 1500])
    func together(count: Int) {
        let generator = CounterGenerator(key: 0x0123_4567_89AB_CDEF, stream: 0xFEDC_BA98_7654_3210)
        var drawn: [UInt64] = []
        generator.forEachBlock(ofFirst: count) { first, bits in
            #expect(first == drawn.count)
            drawn += bits
        }
        #expect(drawn == (0..<count).map { generator.bits(at: UInt64($0)) })
    }
}
