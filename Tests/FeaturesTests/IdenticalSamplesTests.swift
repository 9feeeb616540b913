import Features
import Foundation
import Numerics
import Testing

@Suite("Identical samples of a layer")
struct IdenticalSamplesTests {
    /// A layer of so many samples of eight tokens, in shards of three, where sample `copy` has the bytes of `original`.
    private func layer(
        in folder: TemporaryFolder, copies: [(original: Int, copy: Int)],
        change: (Int, inout [UInt8]) -> Void = { _, _ in }
    ) throws -> LayerTokens {
        let (samples, bytesPerSample) = (10, 8 * 64 * 4)
        let writer = try FeatureSetWriter.create(
            folder.path, name: "copies", backbone: .init(name: "none", revision: "0"), samples: samples,
            layout: .init(classToken: false))
        try writer.writeLayer(
            .init(index: 0, name: "only", width: 64, dtype: .float32, finalNorm: false),
            lengths: .equal(tokens: 8, samples: samples), shardSamples: 3
        ) { range, buffer in
            for (place, sample) in range.enumerated() {
                let source = copies.first { $0.copy == sample }?.original ?? sample
                var bytes = (0..<bytesPerSample / 4).flatMap { element in
                    withUnsafeBytes(of: Float(source * 10_000 + element)) { Array($0) }
                }
                change(sample, &bytes)
                let range = (place * bytesPerSample)..<((place + 1) * bytesPerSample)
                UnsafeMutableRawBufferPointer(rebasing: buffer[range]).copyBytes(from: bytes)
            }
        }
        return try writer.finish(origin: nil).layer(0)
    }

    private static let copies = [(original: 1, copy: 4), (original: 1, copy: 9), (original: 0, copy: 2)]
    private static let expected = [0, 1, 0, 3, 1, 5, 6, 7, 8, 1]

    @Test("are found by reading a small layer whole")
    func whole() throws {
        let folder = try TemporaryFolder()
        let found = try layer(in: folder, copies: Self.copies).identicalSamples()
        #expect(found.first == Self.expected)
        #expect(found.bytesRead == 10 * 8 * 64 * 4 && found.unconfirmed == 0)
    }

    @Test("are found in a large layer by one page each, and only samples with equal pages are read in full")
    func pages() throws {
        let folder = try TemporaryFolder()
        let budget = ReadingBudget(whole: 0, page: 64)
        let found = try layer(in: folder, copies: Self.copies).identicalSamples(within: budget)
        #expect(found.first == Self.expected)
        #expect(found.bytesRead == 10 * 64 + 5 * 8 * 64 * 4 && found.unconfirmed == 0)
    }

    @Test("are distinguished from samples that differ outside the page, unless that exceeds the budget")
    func confirmation() throws {
        let folder = try TemporaryFolder()
        let layer = try layer(in: folder, copies: Self.copies) { sample, bytes in
            if sample == 4 { bytes[0] ^= 1 }
        }
        let found = layer.identicalSamples(within: ReadingBudget(whole: 0, page: 64))
        #expect(found.first == [0, 1, 0, 3, 4, 5, 6, 7, 8, 1] && found.unconfirmed == 0)
        let hasty = layer.identicalSamples(within: ReadingBudget(whole: 0, page: 64, confirming: 0))
        #expect(hasty.first == Self.expected && hasty.unconfirmed == 5)
    }
}
