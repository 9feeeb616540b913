import Features
import Foundation
import Numerics
import Testing

@Suite struct FeatureSetTests {
    @Test("The fixture's layers have the shapes in its manifest")
    func opensFixture() throws {
        let set = try FeatureSet.open(Fixture.wordnet)
        #expect(set.manifest.samples == 64)
        #expect(set.manifest.layers.map(\.index) == [0, 4])
        let layer = try set.layer(4)
        #expect(layer.samples == 64)
        #expect(layer.width == 384)
        #expect(layer.type == .bfloat16)
        #expect(layer.hasClassToken)
        #expect((0..<64).map { layer.patchTokens($0).tokens }.max() == layer.maximumTokens)
    }

    @Test("The class token precedes the patch tokens and is not one of them")
    func separatesClassToken() throws {
        let layer = try FeatureSet.open(Fixture.wordnet).layer(0)
        try withExtendedLifetime(layer) {
            let classTokens = try (0..<64).map { try #require(layer.classToken($0)) }
            for sample in 0..<64 {
                let all = layer.allTokens(sample)
                let patches = layer.patchTokens(sample)
                #expect(all.tokens == patches.tokens + 1)
                #expect(classTokens[sample].tokens == 1)
                #expect(all.base == classTokens[sample].base)
                #expect(all.base + 384 * 2 == patches.base)
            }
            // At level 0, [CLS] at position 0 is one vector whatever the text; a token from another place is not.
            #expect(Set(classTokens.map { Data(bytes: $0.base, count: 384 * 2) }).count == 1)
            #expect(Set((0..<64).map { Data(bytes: layer.patchTokens($0).base, count: 384 * 2) }).count > 8)
        }
    }

    @Test("Ids are in the order of the samples")
    func readsIDs() throws {
        let ids = try FeatureSet.open(Fixture.wordnet).sampleIDs()
        #expect(ids.count == 64)
        #expect(ids == ids.sorted())
        #expect(ids.allSatisfy { $0.hasSuffix("-n") })
    }

    @Test("A layer's digest depends on its content, not on its name or folder")
    func digests() throws {
        let folder = try TemporaryFolder()
        let copy = try Fixture.copyOfWordnet(in: folder)
        let digest = try FeatureSet.open(copy).digest(ofLayer: 4)
        #expect(digest.count == 64)
        #expect(try digest == FeatureSet.open(Fixture.wordnet).digest(ofLayer: 4))
        #expect(try digest != FeatureSet.open(copy).digest(ofLayer: 0))
        try replace("\"name\": \"block 4\"", with: "\"name\": \"another\"", in: copy)
        #expect(try digest == FeatureSet.open(copy).digest(ofLayer: 4))
        try replace("\"classToken\": true", with: "\"classToken\": false", in: copy)
        #expect(try digest != FeatureSet.open(copy).digest(ofLayer: 4))
    }

    @Test(
        "An invalid manifest is rejected with the name of the field",
        arguments: [
            ("\"format\": 1", "\"format\": 2", "format"),
            ("\"width\": 384", "\"width\": 0", "layers[0].width"),
            ("\"width\": 384", "\"width\": \"wide\"", "layers[0].width"),
            ("\"width\": 384", "\"widht\": 384", "layers[0].width"),
            ("\"index\": 4", "\"index\": 0", "layers[1].index"),
            ("\"dtype\": \"BF16\"", "\"dtype\": \"I32\"", "layers[0].dtype"),
            ("\"registers\": 0", "\"registers\": -1", "layout.registers"),
            ("layers/0-00000", "../0-00000", "layers[0].shards[0].file"),
            ("\"grid\": null", "\"grid\": [2, 9]", "layers[0].tokens"),
            ("\"name\": \"wordnet-minilm-fixture\"", "\"name\": \"\"", "name"),
        ])
    func refusesManifest(found: String, replacement: String, field: String) throws {
        let folder = try TemporaryFolder()
        let copy = try Fixture.copyOfWordnet(in: folder)
        try replace(found, with: replacement, in: copy)
        let error = #expect(throws: FeatureError.self) { try FeatureSet.open(copy) }
        #expect(error?.field == field)
        #expect(error?.file == "\(copy)/featureset.json")
    }

    @Test("A manifest that contradicts a shard is rejected when the layer is opened")
    func refusesContradiction() throws {
        let folder = try TemporaryFolder()
        let copy = try Fixture.copyOfWordnet(in: folder)
        try replace("\"tokens\": 8", with: "\"tokens\": 7", in: copy)
        let error = #expect(throws: FeatureError.self) { try FeatureSet.open(copy).layer(0) }
        #expect(error?.field?.hasPrefix("tensor \"offsets\", sample") == true)
        #expect(error?.expected == "2 to 8")
    }

    @Test("An unknown layer is rejected with the known layers")
    func refusesUnknownLayer() throws {
        let error = #expect(throws: FeatureError.self) { try FeatureSet.open(Fixture.wordnet).layer(7) }
        #expect(error?.expected == "one of 0, 4")
    }

    private func replace(_ found: String, with replacement: String, in folder: String) throws {
        let url = URL(fileURLWithPath: "\(folder)/featureset.json")
        let text = try String(contentsOf: url, encoding: .utf8)
        let range = try #require(text.range(of: found), "The fixture's manifest has no \(found)")
        try text.replacingCharacters(in: range, with: replacement).write(to: url, atomically: true, encoding: .utf8)
    }
}
