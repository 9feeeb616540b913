import Features
import Foundation
import Numerics
import Testing

@Suite struct LayerTokensTests {
    /// Every stored token holds its sample and its place in the sample.
    private func marked(
        in folder: TemporaryFolder, lengths: SampleLengths, layout: FeatureSetManifest.TokenLayout, shardSamples: Int
    ) throws -> FeatureSet {
        let writer = try FeatureSetWriter.create(
            folder.file("set"), name: "x", backbone: .init(name: "b", revision: "1"), samples: lengths.samples,
            layout: layout)
        try writer.writeLayer(
            .init(index: 0, name: "l", width: 2, dtype: .float32, finalNorm: true), lengths: lengths,
            shardSamples: shardSamples
        ) { (samples, buffer) throws(FeatureError) in
            var values: [Float] = []
            for sample in samples {
                for token in 0..<lengths[sample] { values += [Float(sample), Float(token)] }
            }
            buffer.copyBytes(from: values.withUnsafeBytes(Array.init))
        }
        return try writer.finish()
    }

    private func values(_ view: TokenView) -> [[Float]] {
        (0..<view.tokens).map { token in
            (0..<view.width).map { view.base.load(fromByteOffset: (token * view.width + $0) * 4, as: Float.self) }
        }
    }

    @Test(
        "Class token, registers and patch tokens of every sample are found in every shard", arguments: 1...7,
        [SampleLengths.equal(tokens: 4, samples: 6), .each([4, 5, 8, 4, 6, 4])])
    func findsTokens(shardSamples: Int, lengths: SampleLengths) throws {
        let folder = try TemporaryFolder()
        let set = try marked(
            in: folder, lengths: lengths, layout: .init(classToken: true, registers: 2), shardSamples: shardSamples)
        let layer = try set.layer(0)
        #expect(layer.maximumTokens == lengths.longest - 3)
        withExtendedLifetime(layer) {
            for sample in 0..<6 {
                let all = (0..<lengths[sample]).map { [Float(sample), Float($0)] }
                #expect(values(layer.allTokens(sample)) == all)
                #expect(values(layer.patchTokens(sample)) == Array(all[3...]))
                #expect(layer.classToken(sample).map(values) == [all[0]])
            }
        }
        #expect(set.findings().isEmpty)
    }

    @Test("A layer without a class token has none")
    func noClassToken() throws {
        let folder = try TemporaryFolder()
        let set = try marked(
            in: folder, lengths: .equal(tokens: 1, samples: 3), layout: .init(classToken: false), shardSamples: 3)
        let layer = try set.layer(0)
        withExtendedLifetime(layer) {
            #expect(layer.classToken(1) == nil)
            #expect(values(layer.patchTokens(1)) == [[1, 0]])
        }
    }

    @Test("Unaligned tensors are aligned in memory", arguments: 0..<8)
    func aligns(padding: Int) throws {
        let folder = try TemporaryFolder()
        let set = try marked(
            in: folder, lengths: .equal(tokens: 3, samples: 2), layout: .init(classToken: false), shardSamples: 2)
        // The format lets a header have any length; that moves the tensor behind it.
        try Fixture.edit("\(set.folder)/layers/0-00000.safetensors") { data in
            let length = data.withUnsafeBytes { $0.loadUnaligned(as: UInt64.self) } + UInt64(padding)
            data.insert(contentsOf: [UInt8](repeating: 32, count: padding), at: 8 + Int(length) - padding)
            data.replaceSubrange(0..<8, with: withUnsafeBytes(of: length.littleEndian, Array.init))
        }
        let layer = try set.layer(0)
        withExtendedLifetime(layer) {
            for sample in 0..<2 {
                #expect(UInt(bitPattern: layer.allTokens(sample).base) % 4 == 0)
                #expect(values(layer.allTokens(sample)) == (0..<3).map { [Float(sample), Float($0)] })
            }
        }
    }

    @Test(
        "Offsets that do not ascend, or do not end at the last token, are rejected",
        arguments: [
            [0, 4, 2, 8], [0, 4, 8, 9], [1, 4, 6, 8], [0, 0, 4, 8], [0, -1, 4, 8], [0, .max, .min, 8],
        ] as [[Int64]])
    func refusesOffsets(offsets: [Int64]) throws {
        let folder = try TemporaryFolder()
        let set = try marked(
            in: folder, lengths: .each([3, 3, 2]), layout: .init(classToken: false), shardSamples: 3)
        let writer = try SafetensorsWriter.create(
            "\(set.folder)/layers/0-00000.safetensors",
            tensors: [("offsets", .int64, [4]), ("tokens", .float32, [8, 2])])
        try writer.append(offsets)
        try writer.append([Float](repeating: 0, count: 16))
        _ = try writer.finish()
        let error = #expect(throws: FeatureError.self) { try set.layer(0) }
        #expect(error?.field?.hasPrefix("tensor \"offsets\"") == true)
    }

    @Test("Tokens are unchanged after they were released and read again")
    func paging() throws {
        let folder = try TemporaryFolder()
        var features = SyntheticFeatures(samples: 90, tokens: 16, width: 96, classes: 3)
        features.shardSamples = 40
        let set = try features.write(to: folder.file("set"), threads: ThreadPool(threads: 1))
        let layer = try set.layer(0)
        #expect(layer.bytes == 90 * 17 * 96 * 2)
        withExtendedLifetime(layer) {
            func bytes() -> [[UInt8]] { (0..<90).map { Array(layer.allTokens($0).bytes) } }
            let before = bytes()
            layer.letGo([0, 1, 2, 38, 39, 40, 41, 88])
            layer.letGo(0..<90)
            layer.readAhead(10..<60)
            #expect(bytes() == before)
        }
    }
}
