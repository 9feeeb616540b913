import Foundation
import TestKit
import Testing

@Suite("Backbones beside each other")
struct LeaderboardTests {
    /// The fixture, called deep, and a copy of its first layer alone, which the manifest says is of a backbone "shallow".
    private static func sweep(in folder: TemporaryFolder, tasks: String = "[lexname]") throws -> URL {
        let copy = folder.file("shallow")
        try FileManager.default.copyItem(at: Fixture.wordnet, to: copy)
        let file = copy.appending(path: "featureset.json")
        var manifest = try #require(try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        manifest["name"] = "shallow-set"
        manifest["backbone"] = ["name": "shallow", "revision": "1"]
        let layers = try #require(manifest["layers"] as? [Any])
        manifest["layers"] = [layers[0]]
        try JSONSerialization.data(withJSONObject: manifest).write(to: file)
        let specification = folder.file("backbones.yaml")
        try """
        features: [{path: \(Fixture.wordnet.path), name: deep}, \(copy.path)]
        tasks: \(tasks)
        layers: [0.25, last]
        folds: {count: 3}
        probes:
          - knn
          - {type: linear, solver: gradient, training: {epochs: 2}}
          - {type: linear, solver: gradient, label: longer}
          - {type: efficient, queries: 2, output: D/4}
        training: {learning-rates: [0.001, 0.003], warmup: 1, batch: 64, epochs: 3, minimum-steps: 0, extend: 0}
        kernel: portable
        """.write(to: specification, atomically: true, encoding: .utf8)
        return specification
    }

    @Test("are rows of tables, comparisons and boards, by name and at the layers that inner splits chose")
    func everything() throws {
        let folder = try TemporaryFolder()
        let file = try Self.sweep(in: folder)
        let run = try Program.run("run", file.path, "--workers", "1", in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        func output(_ arguments: String...) throws -> String {
            let outcome = try Program(arguments, in: folder.url).outcome()
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
            return outcome.output
        }
        // The shallow backbone's one level is both depths.
        let rows = try output("table", "backbones", "--format", "csv").split(separator: "\r\n").dropFirst()
        #expect(rows.count == 4 * 3)
        #expect(rows.allSatisfy { $0.hasSuffix(",deep") || $0.hasSuffix(",shallow") })
        let table = try output("table", "backbones", "--layers", "best")
        #expect(table.contains("linear mean longer"), "\(table)")
        let best = try output("table", "backbones", "--layers", "best", "--features", "deep", "--format", "csv")
        #expect(best.split(separator: "\r\n").count == 1 + 4)
        let across = try output("table", "backbones", "--across", "features")
        #expect(across.contains("top1 over features") && across.contains("0.25, knn"), "\(across)")
        #expect(try output("table", "backbones", "--best", "features").contains("depth 0.25"))
        let pairs = try output(
            "compare", "backbones", "--between", "features", "--layers", "best", "--baseline", "deep", "--format", "csv"
        )
        #expect(pairs.split(separator: "\r\n").count == 1 + 4)
        let unknown = try Program.run("table", "backbones", "--features", "dep", in: folder.url)
        #expect(
            unknown.status == 1 && unknown.errors.contains("has no features \"dep\". Name one of: "),
            "\(unknown.errors)")
        _ = try output("plot", "backbones", "--against", "layer", "--output", "layers.svg")
        let plot = try String(contentsOf: folder.file("layers.svg"), encoding: .utf8)
        #expect(plot.contains("deep: ") && !plot.contains("deep: deep"))

        let board = try output("leaderboard", "backbones", "--baseline", "shallow")
        for text in ["knn", "linear", "efficient", "over shallow", "of 1 adjacent pair is resolved"] {
            #expect(board.contains(text), "\(board)")
        }
    }

    @Test("A board of two sweeps has the tasks of both, and says what changed since an earlier one")
    func growth() throws {
        let folder = try TemporaryFolder()
        let file = try Self.sweep(in: folder)
        #expect(try Program.run("run", file.path, "--workers", "1", in: folder.url).status == 0)
        let earlier = try Program.run("leaderboard", "backbones", "--format", "json", in: folder.url)
        #expect(earlier.status == 0, "\(earlier.errors)")
        try earlier.output.write(to: folder.file("earlier.json"), atomically: true, encoding: .utf8)
        let second = folder.file("grouped.yaml")
        try String(contentsOf: file, encoding: .utf8).replacing("[lexname]", with: "[lexname-grouped]")
            .replacing("name: deep", with: "name: renamed")
            .write(to: second, atomically: true, encoding: .utf8)
        #expect(try Program.run("run", second.path, "--workers", "1", in: folder.url).status == 0)
        let both = try Program.run(
            "leaderboard", "backbones", "grouped", "--since", "earlier.json", in: folder.url)
        #expect(both.status == 0, "\(both.errors)")
        #expect(both.output.contains("new task: lexname-grouped"), "\(both.output)")
        // A set has one name on a board, that of the last sweep.
        #expect(both.output.contains("new backbone: renamed\n") && both.output.contains("backbone: deep\n"))
        #expect(both.output.contains("lexname, lexname-grouped share samples, and count as one task."))
        #expect(both.output.contains("not testable over tasks: 1 independent, and at least 6 are needed."))
        let wrong = try Program.run("leaderboard", "backbones", "--since", file.path, in: folder.url)
        #expect(wrong.status == 1 && wrong.errors.contains("is not a board of this version"), "\(wrong.errors)")
    }
}
