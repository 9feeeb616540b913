import Digests
import Foundation
import Identities
import TestKit
import Testing

@Suite("Holding what heads attend to against objects")
struct AttendBoxesTests {
    private static let specification = Specification(
        name: "looks", features: "synthetic", task: "class", layers: 2, folds: 4, repeats: 1,
        probes: ["{type: efficient, queries: 4}", "{type: mhca, heads: 4}"],
        training: "learning-rates: [0.1], warmup: 0, batch: 32", epochs: 2)

    @Test("Boxes that are added after a sweep change no unit, and say where its maps lie")
    func boxes() throws {
        let folder = try TemporaryFolder()
        try Self.run(in: folder.url)
        let before = try Self.attend(in: folder.url)
        #expect(before.allSatisfy { $0["location"] == nil })
        // Of 60 of the 80 samples: left or right half, or both in parts.
        try Self.add(
            boxes: (0..<60).map { sample in
                let boxes = [["[0, 0, 0.5, 1]"], ["[0.5, 0, 1, 1]"], ["[0, 0, 0.25, 0.5]", "[0.75, 0.5, 1, 1]"]][
                    sample % 3]
                return #"{"sample": "\#(sample)", "boxes": [\#(boxes.joined(separator: ", "))]}"#
            }, in: folder.url)
        let after = try Self.attend(in: folder.url)
        #expect(after.compactMap { $0["key"] as? String } == before.compactMap { $0["key"] as? String })
        #expect(after.compactMap { $0["score"] as? Double } == before.compactMap { $0["score"] as? Double })
        let located = try after.map { try #require($0["location"] as? [String: Any]) }
        // Each of two probes tests every sample that has an object once.
        #expect(located.compactMap { $0["samples"] as? Int }.reduce(0, +) == 120)
        for (unit, location) in zip(after, located) {
            let uniform = try #require(location["uniform"] as? [String: Double])
            #expect(abs((uniform["massLift"] ?? 0) - 1) < 1e-9 && (0.2...0.5).contains(uniform["pointing"] ?? 0))
            let predictors = try #require(unit["predictors"] as? [[String: Any]])
            for predictor in predictors {
                let figures = try #require((predictor["location"] as? [String: Any])?["own"] as? [String: Double])
                #expect((0...4.001).contains(figures["massLift"] ?? -1))
                #expect((0...1).contains(figures["pointing"] ?? -1) && (0...1).contains(figures["overlap"] ?? -1))
            }
        }
        // Where they are found again, they are the same boxes.
        let elsewhere = folder.file("elsewhere")
        try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: folder.file("synthetic"), to: elsewhere.appending(path: "synthetic"))
        let moved = try Self.attend(in: folder.url, "--feature-folder", elsewhere.path)
        #expect((moved as NSArray) == (after as NSArray))
        try FileManager.default.moveItem(at: elsewhere.appending(path: "synthetic"), to: folder.file("synthetic"))
        let shown = try Program.run("features", "inspect", "synthetic", in: folder.url)
        #expect(shown.output.contains("boxes of 60 samples"), "\(shown.output)")
        let statistics = try Program.run("attend", "looks", "--layer", "1", "--statistics", in: folder.url)
        #expect(
            statistics.output.contains("mass lift") && statistics.output.contains("4 folds"), "\(statistics.output)")
    }

    @Test("A box out of range is named with its line before anything is trained")
    func outOfRange() throws {
        let folder = try TemporaryFolder()
        try Self.run(in: folder.url)
        try Self.add(
            boxes: [#"{"sample": "0", "boxes": []}"#, #"{"sample": "1", "boxes": [[0, 0, 112, 56]]}"#], in: folder.url)
        let answer = try Program.run("attend", "looks", "--layer", "1", in: folder.url)
        #expect(answer.status == 1 && answer.output.isEmpty)
        #expect(answer.errors.contains("boxes.jsonl, line 2, boxes[0]: [0.0, 0.0, 112.0, 56.0]"), "\(answer.errors)")
        #expect(!answer.errors.contains("training units"), "\(answer.errors)")
    }

    /// A sweep over synthetic features on a grid of 2 × 2.
    private static func run(in folder: URL) throws {
        try Specification.synthesize(in: folder)
        try change(in: folder) { fields in
            var layout = fields["layout"] as? [String: Any] ?? [:]
            layout["grid"] = [2, 2]
            fields["layout"] = layout
        }
        let file = try specification.write(in: folder)
        let outcome = try Program.run("run", file.path, "--workers", "1", in: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private static func attend(in folder: URL, _ options: String...) throws -> [[String: Any]] {
        let arguments = ["attend", "looks", "--layer", "1", "--format", "json"] + options
        let answer = try Program(arguments, in: folder).outcome()
        #expect(answer.status == 0, "\(answer.errors)")
        return try #require(try JSONSerialization.jsonObject(with: Data(answer.output.utf8)) as? [[String: Any]])
    }

    private static func add(boxes lines: [String], in folder: URL) throws {
        let content = Data(lines.map { $0 + "\n" }.joined().utf8)
        try content.write(to: folder.appending(path: "synthetic/boxes.jsonl"))
        let digest = SHA256.hash(content).hexadecimal
        try change(in: folder) { $0["boxes"] = ["file": "boxes.jsonl", "sha256": digest] }
    }

    private static func change(in folder: URL, _ body: (inout [String: Any]) -> Void) throws {
        let manifest = folder.appending(path: "synthetic/featureset.json")
        var fields = try #require(
            JSONSerialization.jsonObject(with: Data(contentsOf: manifest)) as? [String: Any])
        body(&fields)
        try JSONSerialization.data(withJSONObject: fields).write(to: manifest)
    }
}
