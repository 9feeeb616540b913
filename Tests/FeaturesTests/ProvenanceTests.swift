import Features
import Foundation
import Testing

/// What an extraction says of the backbone and lays beside the tokens.
@Suite struct ProvenanceTests {
    @Test("A summary shows weights, pre-processing, notes and whether the final norm was applied")
    func shown() throws {
        let folder = try TemporaryFolder()
        let text = try FeatureSet.open(described(in: folder)).summary().description
        #expect(text.contains("untrained: random weights of seed 7"))
        #expect(text.contains("0.02 s apart"))
        #expect(text.contains("note: levels are before the projection (768 to 512)"))
        #expect(text.contains("crop  centre, 224"))
        #expect(text.contains("final norm"))
        #expect(text.contains("applied"))
    }

    @Test("Adding to a set keeps what an extraction said of it")
    func kept() throws {
        let folder = try TemporaryFolder()
        let set = try FeatureSet.open(described(in: folder))
        let extended = try FeatureSetWriter(extending: set).finish(origin: ["labels": "another table"])
        #expect(extended.manifest.notes == set.manifest.notes)
        #expect(extended.manifest.preprocessing == set.manifest.preprocessing)
        #expect(extended.manifest.files == set.manifest.files)
        #expect(extended.manifest.backbone == set.manifest.backbone)
        #expect(try extended.digest(ofLayer: 4) == FeatureSet.open(Fixture.wordnet).digest(ofLayer: 4))
    }

    @Test("A list of files that changed, or lacks a line, is found")
    func verified() throws {
        let folder = try TemporaryFolder()
        let path = try described(in: folder)
        #expect(try FeatureSet.open(path).findings().isEmpty)
        try Data("one line\n".utf8).write(to: URL(fileURLWithPath: "\(path)/files.txt"))
        let findings = try FeatureSet.open(path).findings()
        #expect(findings.map(\.file) == ["\(path)/files.txt"])
    }

    /// The fixture with further fields in its manifest, and a list of files.
    private func described(in folder: TemporaryFolder) throws -> String {
        let path = try Fixture.copyOfWordnet(in: folder)
        let manifest = URL(fileURLWithPath: "\(path)/\(FeatureSetManifest.fileName)")
        // The bytes of the ids, whose digest is known.
        try FileManager.default.copyItem(atPath: "\(path)/ids.txt", toPath: "\(path)/files.txt")
        var fields = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: manifest)) as? [String: Any])
        var files = try #require(fields["ids"] as? [String: Any])
        files["file"] = "files.txt"
        fields["files"] = files
        fields["secondsPerToken"] = 0.02
        fields["preprocessing"] = ["crop": "centre, 224"]
        fields["notes"] = ["levels are before the projection (768 to 512)"]
        var backbone = try #require(fields["backbone"] as? [String: Any])
        backbone["randomWeights"] = 7
        fields["backbone"] = backbone
        try JSONSerialization.data(withJSONObject: fields).write(to: manifest)
        return path
    }
}
