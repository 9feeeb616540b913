import Foundation
import TestKit
import Testing

@Suite("Exporting and applying a trained head")
struct HeadTests {
    private static let specification = Specification(
        name: "heads", folds: 3, repeats: 1,
        probes: [
            "{type: knn}", "{type: linear, input: class, solver: logistic, logistic: {penalties: [1]}}",
            "{type: efficient, queries: 2, output: D/4}", "{type: dolg}",
        ], epochs: 3)

    @Test("An exported head gives on the test fold the metric of the table, bit for bit")
    func whatIsEvaluatedIsDeployed() throws {
        let folder = try TemporaryFolder()
        let file = try Self.specification.write(in: folder.url)
        #expect(try Program.run("run", file.path, "--workers", "1", in: folder.url).status == 0)
        let folds = try foldOfSample(in: folder.url)
        let units = try units(in: folder.url).filter { $0.heldOut == 1 && $0.layer == 4 }
        #expect(units.count == 4)
        for unit in units {
            let export = try Program.run(
                "export", "heads", "--unit", String(unit.key.prefix(16)), "--output", "head.safetensors",
                in: folder.url)
            guard unit.probe != "knn" else {
                #expect(export.status == 1 && export.errors.contains("trains no head"), "\(export.errors)")
                continue
            }
            #expect(export.status == 0, "\(export.errors)")
            let prediction = try Program.run(
                "predict", "--head", "head.safetensors", "--features", Fixture.wordnet.path, "--output", "logits.npy",
                in: folder.url)
            #expect(prediction.status == 0, "\(prediction.errors)")
            let logits = try logits(folder.file("logits.npy"), classes: unit.classes)
            let tested = folds.indices.filter { folds[$0].fold == unit.heldOut }
            let right = tested.count { sample in
                logits[sample].firstIndex(of: logits[sample].max() ?? 0) == folds[sample].label
            }
            // Within what JSONSerialization rounds off; neighbouring counts lie far apart.
            #expect(abs(Double(right) / Double(tested.count) - unit.top1) < 1e-12, "\(unit.probe)")
        }
    }

    @Test("An unknown key and an invalid head file are rejected with the reason")
    func refusals() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        #expect(try Program.run("run", file.path, "--workers", "1", in: folder.url).status == 0)
        let unknown = try Program.run("export", "small", "--unit", "zz", "--output", "x.safetensors", in: folder.url)
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("--unit zz matches no key of sweep small"), "\(unknown.errors)")
        let shard = Fixture.wordnet.appending(path: "layers/4-00000.safetensors").path
        let other = try Program.run(
            "predict", "--head", shard, "--features", Fixture.wordnet.path, "--output", "x.npy", in: folder.url)
        #expect(other.status == 1 && other.errors.contains("__metadata__.probe"), "\(other.errors)")
    }

    @Test("A head whose probe cannot be built is rejected with the file's name")
    func unknownProbe() throws {
        let folder = try TemporaryFolder()
        let file = try Specification(
            name: "small", folds: 2, repeats: 1, probes: ["{type: linear, input: mean}"], epochs: 3
        ).write(in: folder.url)
        #expect(try Program.run("run", file.path, "--workers", "1", in: folder.url).status == 0)
        let table = try Program.run("table", "small", "--format", "json", in: folder.url).output
        let key = try #require(table.firstMatch(of: /"key" : "([0-9a-f]{64})"/)).1
        let export = try Program.run(
            "export", "small", "--unit", String(key), "--output", "head.safetensors", in: folder.url)
        #expect(export.status == 0, "\(export.errors)")
        var head = try Data(contentsOf: folder.file("head.safetensors"))
        let type = try #require(head.range(of: Data("linear".utf8)))
        head.replaceSubrange(type, with: Data("linaer".utf8))
        try head.write(to: folder.file("bent.safetensors"))
        let outcome = try Program.run(
            "predict", "--head", "bent.safetensors", "--features", Fixture.wordnet.path, "--output", "x.npy",
            in: folder.url)
        #expect(outcome.status == 1 && outcome.errors.contains("bent.safetensors, probe"), "\(outcome.errors)")
    }

    private struct ProbeUnit {
        let key: String
        let probe: String
        let layer: Int
        let classes: Int
        let heldOut: Int
        let top1: Double
    }

    private func units(in folder: URL) throws -> [ProbeUnit] {
        let table = try Program.run("table", "heads", "--format", "json", in: folder).output
        let rows = try JSONSerialization.jsonObject(with: Data(table.utf8)) as? [[String: Any]] ?? []
        return try rows.flatMap { row in
            let probe = try #require((row["probe"] as? [String: Any])?["type"] as? String)
            return try (row["folds"] as? [[String: Any]] ?? []).map { fold in
                ProbeUnit(
                    key: try #require(fold["key"] as? String), probe: probe, layer: try #require(row["layer"] as? Int),
                    classes: 4, heldOut: try #require(fold["heldOut"] as? Int),
                    top1: try #require((fold["metrics"] as? [String: Double])?["top1"]))
            }
        }
    }

    /// The fold and the label of every sample of the fixture, all of which its task labels.
    private func foldOfSample(in folder: URL) throws -> [(fold: Int, label: Int)] {
        let answer = try Program.run(
            "features", "folds", Fixture.wordnet.path, "lexname", "--count", "3", in: folder)
        let lines = answer.output.split(separator: "\n").dropFirst()
        let data = try Data(contentsOf: Fixture.wordnet.appending(path: "tasks/lexname.safetensors"))
        let header = data.prefix(8).enumerated().reduce(0) { $0 + Int($1.element) << (8 * $1.offset) }
        let tensors = try JSONSerialization.jsonObject(with: data[8..<8 + header]) as? [String: Any] ?? [:]
        let entry = try #require(tensors["labels"] as? [String: Any])
        let start = 8 + header + (try #require((entry["data_offsets"] as? [Int])?.first))
        return try lines.enumerated().map { place, line in
            let label = data[start + 4 * place]
            return (fold: try #require(Int(line.split(separator: ",")[1])), label: Int(label))
        }
    }

    private func logits(_ file: URL, classes: Int) throws -> [[Float]] {
        let data = try Data(contentsOf: file)
        let start = 10 + Int(data[8]) + Int(data[9]) << 8
        let values = stride(from: start, to: data.count, by: 4).map { place in
            Float(bitPattern: data[place..<place + 4].reversed().reduce(0) { $0 << 8 | UInt32($1) })
        }
        return stride(from: 0, to: values.count, by: classes).map { Array(values[$0..<$0 + classes]) }
    }
}
