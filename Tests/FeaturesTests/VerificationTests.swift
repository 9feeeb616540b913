import Features
import Foundation
import Testing

@Suite struct VerificationTests {
    @Test("The fixture is valid")
    func soundFixture() throws {
        let set = try FeatureSet.open(Fixture.wordnet)
        #expect(set.findings().isEmpty)
        try set.layer(0).verify()
    }

    @Test("A changed byte is found by its shard's hash", arguments: [300, 5000, 200_000])
    func changedByte(offset: Int) throws {
        let (copy, shard) = try damagedCopy { $0[$0.count - offset] ^= 1 }
        let findings = try FeatureSet.open(copy.set).findings()
        #expect(findings.count == 1)
        #expect(findings.first?.file == shard)
        #expect(findings.first?.found.hasPrefix("SHA-256") == true)
    }

    @Test("A truncated shard is found when it is opened")
    func truncatedShard() throws {
        let (copy, shard) = try damagedCopy { $0.removeLast(1000) }
        let findings = try FeatureSet.open(copy.set).findings()
        #expect(findings.count == 1)
        #expect(findings.first?.file == shard)
        #expect(findings.first?.found.hasPrefix("the file ends after") == true)
        #expect(throws: FeatureError.self) { try FeatureSet.open(copy.set).layer(4) }
    }

    @Test(
        "NaN and infinity are found in every type, with sample, token and element",
        arguments: [
            (ElementType.bfloat16, [UInt8](arrayLiteral: 0xC0, 0x7F)), (.bfloat16, [0x80, 0xFF]),
            (.float16, [0x00, 0x7E]), (.float16, [0x00, 0xFC]), (.float32, [0, 0, 0xC0, 0x7F]),
            (.float32, [0, 0, 0x80, 0x7F]),
        ])
    func notFinite(type: ElementType, bits: [UInt8]) throws {
        let folder = try TemporaryFolder()
        let size = type.byteCount
        let writer = try FeatureSetWriter.create(
            folder.file("set"), name: "x", backbone: .init(name: "b", revision: "1"), samples: 5,
            layout: .init(classToken: true))
        try writer.writeLayer(
            .init(index: 2, name: "l", width: 3, dtype: type, finalNorm: false),
            lengths: .equal(tokens: 4, samples: 5), shardSamples: 2
        ) { (samples, buffer) throws(FeatureError) in
            for index in buffer.indices { buffer[index] = 0x11 }
            // Element 1 of stored token 2 of sample 3.
            if let place = samples.firstIndex(of: 3) {
                let element = ((place - samples.startIndex) * 4 + 2) * 3 + 1
                for (index, byte) in bits.enumerated() { buffer[element * size + index] = byte }
            }
        }
        let set = try writer.finish()
        let findings = set.findings()
        #expect(findings.map(\.field) == ["sample 3, stored token 2, element 1"])
        let finding = try #require(findings.first)
        let bytes = try Data(contentsOf: URL(fileURLWithPath: finding.file))
        let offset = try #require(finding.offset)
        #expect(Array(bytes[offset..<offset + size]) == bits)
        let error = #expect(throws: FeatureError.self) { try set.layer(2).verify() }
        #expect(error == finding)
    }

    @Test("Duplicate, missing and changed ids are found", arguments: ["repeat", "drop", "change"])
    func badIDs(damage: String) throws {
        let folder = try TemporaryFolder()
        let copy = try Fixture.copyOfWordnet(in: folder)
        let url = URL(fileURLWithPath: "\(copy)/ids.txt")
        var lines = try String(contentsOf: url, encoding: .utf8).split(separator: "\n").map(String.init)
        switch damage {
        case "repeat": lines[5] = lines[2]
        case "drop": lines.removeLast()
        default: lines[5] = "another"
        }
        try lines.joined(separator: "\n").write(to: url, atomically: true, encoding: .utf8)
        #expect(try FeatureSet.open(copy).findings().map(\.file) == ["\(copy)/ids.txt"])
        if damage != "change" { #expect(throws: FeatureError.self) { try FeatureSet.open(copy).sampleIDs() } }
    }

    /// A copy of the fixture whose shard of layer 4 was changed.
    private func damagedCopy(
        _ change: (inout Data) -> Void
    ) throws -> (copy: (set: String, folder: TemporaryFolder), shard: String) {
        let folder = try TemporaryFolder()
        let copy = try Fixture.copyOfWordnet(in: folder)
        let shard = "\(copy)/layers/4-00000.safetensors"
        try Fixture.edit(shard, change)
        return ((copy, folder), shard)
    }
}
