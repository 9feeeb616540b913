import Foundation
import TestKit
import Testing

@Suite("Analysing what heads attend to")
struct AttendTests {
    private static let specification = Specification(
        name: "looks", features: "synthetic", task: "class", layers: 4, folds: 2, repeats: 1,
        probes: [
            "{type: efficient, queries: 2}", "{type: efficient, queries: 4}", "{type: mhca, heads: 2}",
            "{type: simpool}", "{type: linear, input: mean, solver: gradient}", "{type: knn, input: mean}",
        ], training: "learning-rates: [0.1], warmup: 0, batch: 32", epochs: 4)

    private static func run(in folder: URL) throws {
        try Specification.synthesize(in: folder)
        let file = try specification.write(in: folder)
        let outcome = try Program.run("run", file.path, "--workers", "1", in: folder)
        #expect(outcome.status == 0, "\(outcome.errors)")
    }

    private static func json(_ text: String) throws -> [[String: Any]] {
        try #require(try JSONSerialization.jsonObject(with: Data(text.utf8)) as? [[String: Any]])
    }

    @Test("Heads are trained again and analysed, and score what the table has")
    func analysis() throws {
        let folder = try TemporaryFolder()
        try Self.run(in: folder.url)
        let answer = try Program.run("attend", "looks", "--layer", "1", "--format", "json", in: folder.url)
        #expect(answer.status == 0, "\(answer.errors)")
        #expect(answer.errors.contains("units to train again: 8, in 1 pass: about "), "\(answer.errors)")
        #expect(answer.errors.contains("left out: the attention of a linear"), "\(answer.errors)")
        let units = try Self.json(answer.output)
        #expect(units.count == 8)
        let scores = try scores(in: folder.url)
        for unit in units {
            let key = try #require(unit["key"] as? String)
            #expect(abs(try #require(unit["score"] as? Double) - (try #require(scores[key]))) < 1e-12)
            let predictors = try #require(unit["predictors"] as? [[String: Any]])
            let ranks = predictors.compactMap { $0["rank"] as? Int }
            #expect(ranks.sorted() == Array(1...predictors.count))
            let last = try #require(predictors.first { $0["rank"] as? Int == predictors.count }?["cumulative"])
            let all = try #require(unit["all"] as? [String: Double])
            // The last step of the curve and all maps at once are one ablation.
            #expect(abs(try #require((last as? [String: Double])?["metric"]) - (try #require(all["metric"]))) < 1e-9)
            #expect((unit["overlap"] == nil) == (predictors.count == 1))
            #expect(predictors.allSatisfy { $0["meanMap"] != nil && $0["otherSample"] != nil })
            #expect(predictors.allSatisfy { (0...1).contains($0["entropy"] as? Double ?? -1) })
        }
    }

    @Test("The answer has the same bytes on two threads, and every format has every unit")
    func repeated() throws {
        let folder = try TemporaryFolder()
        try Self.run(in: folder.url)
        func attend(_ format: String, _ threads: String) throws -> String {
            let answer = try Program.run(
                "attend", "looks", "--layer", "1", "--probe", "efficient", "--format", format, "--threads", threads,
                in: folder.url)
            #expect(answer.status == 0, "\(answer.errors)")
            return answer.output
        }
        let csv = try attend("csv", "1")
        #expect(try attend("csv", "2") == csv)
        let lines = csv.split(separator: "\r\n").dropFirst()
        // Two queries and four, on two folds.
        #expect(lines.count { $0.hasPrefix("predictor,") } == 12 && lines.count { $0.hasPrefix("set,") } == 4)
        #expect(try attend("text", "1").split(separator: "\n").count { $0.contains(", log-loss ") } == 4)
        #expect(try attend("markdown", "1").contains("| rank | map |"))
    }

    @Test("Texts of unequal length have no mean map and no map of another sample")
    func texts() throws {
        let folder = try TemporaryFolder()
        let file = try Specification(
            name: "texts", folds: 2, repeats: 1, probes: ["{type: efficient, queries: 2, output: D/4}"], epochs: 2
        ).write(in: folder.url)
        #expect(try Program.run("run", file.path, "--workers", "1", in: folder.url).status == 0)
        let answer = try Program.run("attend", "texts", "--layer", "4", "--format", "json", in: folder.url)
        #expect(answer.status == 0, "\(answer.errors)")
        let predictors = try Self.json(answer.output).flatMap { $0["predictors"] as? [[String: Any]] ?? [] }
        #expect(predictors.count == 4)
        #expect(predictors.allSatisfy { $0["meanMap"] == nil && $0["otherSample"] == nil && $0["alone"] != nil })
    }

    @Test("A probe without attention is refused by name, with those that can be analysed")
    func refusals() throws {
        let folder = try TemporaryFolder()
        try Self.run(in: folder.url)
        let answer = try Program.run("attend", "looks", "--probe", "linear", in: folder.url)
        #expect(answer.status == 1 && answer.output.isEmpty)
        #expect(answer.errors.contains("the attention of a linear"), "\(answer.errors)")
        #expect(answer.errors.contains("efficient, mhca, aim"), "\(answer.errors)")
        let unknown = try Program.run("attend", "looks", "--probe", "nothing", in: folder.url)
        #expect(unknown.status == 1 && unknown.errors.contains("has no probe \"nothing\""), "\(unknown.errors)")
    }

    /// Top-1 by unit.
    private func scores(in folder: URL) throws -> [String: Double] {
        let rows = try Self.json(try Program.run("table", "looks", "--format", "json", in: folder).output)
        let folds = rows.flatMap { $0["folds"] as? [[String: Any]] ?? [] }
        return Dictionary(
            uniqueKeysWithValues: folds.compactMap { fold in
                (fold["key"] as? String).flatMap { key in
                    (fold["metrics"] as? [String: Double])?["top1"].map { (key, $0) }
                }
            })
    }
}
