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

    /// Analyses, in a copy of a state folder in which nothing is analysed yet.
    private static func attend(
        copying folder: URL, to name: String, _ options: String...
    ) throws -> Program.Outcome {
        try FileManager.default.copyItem(at: folder.appending(path: ".probesweep"), to: folder.appending(path: name))
        return try Program(["attend", "looks", "--layer", "1", "--state", name] + options, in: folder).outcome()
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
        #expect(answer.errors.contains("units to analyse: 8; "), "\(answer.errors)")
        #expect(
            answer.errors.contains("left out: linear mean probes pool without attention"), "\(answer.errors)")
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
        func attend(_ format: String, threads: String, in name: String = UUID().uuidString) throws -> String {
            let answer = try Self.attend(
                copying: folder.url, to: name, "--probe", "efficient", "--format", format, "--threads", threads)
            #expect(answer.status == 0, "\(answer.errors)")
            return answer.output
        }
        let csv = try attend("csv", threads: "1")
        #expect(try attend("csv", threads: "2") == csv)
        let lines = csv.split(separator: "\r\n").dropFirst()
        // Two queries and four, on two folds.
        #expect(lines.count { $0.hasPrefix("predictor,") } == 12 && lines.count { $0.hasPrefix("set,") } == 4)
        let titles = try attend("text", threads: "1").split(separator: "\n").filter {
            $0.hasPrefix("efficient ") && $0.contains(", log-loss ")
        }
        #expect(titles.count == 4)
        #expect(try attend("markdown", threads: "1").contains("| rank | map |"))
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

    @Test(
        "What is analysed is kept in the ledger: asked again, nothing is trained, and another selection trains the rest"
    )
    func kept() throws {
        let folder = try TemporaryFolder()
        try Self.run(in: folder.url)
        func attend(_ options: String...) throws -> Program.Outcome {
            try Program(["attend", "looks", "--layer", "1", "--format", "csv"] + options, in: folder.url).outcome()
        }
        let first = try attend("--probe", "efficient")
        #expect(first.status == 0 && first.errors.contains("4/4 units"), "\(first.errors)")
        let again = try attend("--probe", "efficient")
        #expect(again.output == first.output && !again.errors.contains("/4 units"), "\(again.errors)")
        let all = try attend()
        #expect(all.errors.contains("8/8 units"), "\(all.errors)")
        for line in first.output.split(separator: "\r\n") { #expect(all.output.contains(line)) }
        let results = try LedgerFile(state: folder.file(".probesweep")).resultCount()
        #expect(results == Self.specification.units + 8)
    }

    @Test("A cluster's workers analyse heads, and killed at any moment they find the same bytes")
    func killed() throws {
        let folder = try TemporaryFolder()
        var sweep = Self.specification
        sweep.epochs = 40
        try Specification.synthesize(in: folder.url)
        let cluster = try LiveCluster(in: folder.url)
        cluster.workerOptions = ["--checkpoint-seconds", "0"]
        for worker in 1...2 { try cluster.startWorker(worker) }
        let file = try sweep.write(in: folder.url)
        #expect(try cluster.submit(file).outcome().status == 0)
        let refused = try cluster.ask("attend", "looks", "--feature-folder", folder.url.path)
        #expect(refused.status == 2 && refused.errors.contains("have --features of their own"), "\(refused.errors)")
        let client = try cluster.begin(["attend", "looks", "--format", "csv"])
        var chance = SeededGenerator(seed: 11)
        for kill in 0..<4 {
            let found = sweep.units + 2 + kill * 5
            try cluster.waitUntil("heads are analysed") { try cluster.ledger.resultCount() >= found }
            Thread.sleep(forTimeInterval: Double.random(in: 0...0.05, using: &chance))
            try cluster.killWorker(1 + kill % 2)
            if kill == 2 {
                try cluster.killCoordinator()
                try cluster.restartCoordinator()
            }
            try cluster.startWorker(1 + kill % 2)
        }
        let disturbed = try client.outcome()
        #expect(disturbed.status == 0, "\(disturbed.errors)")
        let run = try Program.run("run", file.path, "--state", "other", "--workers", "1", in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        let undisturbed = try Program.run(
            "attend", "looks", "--format", "csv", "--state", "other", "--workers", "1", in: folder.url)
        #expect(undisturbed.status == 0 && disturbed.output == undisturbed.output, "\(undisturbed.errors)")
        // Two rows of efficient, one of mhca and one of simpool: 2 + 4 + 2 + 1 predictors, on four layers and two folds.
        #expect(disturbed.output.split(separator: "\r\n").count { $0.hasPrefix("predictor,") } == 9 * 8)
    }

    @Test("Heads that learned from sampled negatives are analysed on the samples that were drawn")
    func sampled() throws {
        let folder = try TemporaryFolder()
        _ = try RetrievalFixture.run(in: folder, epochs: 5, "probes: [{type: efficient, queries: 2}]")
        let answer = try Program.run("attend", "clips", "--format", "json", in: folder.url)
        #expect(answer.status == 0, "\(answer.errors)")
        let samples = try Self.json(answer.output).compactMap { $0["samples"] as? Int }
        // Three relevant candidates and six drawn of the others, in each of twelve queries.
        #expect(samples.count == 3 && samples.reduce(0, +) == 108, "\(samples)")
    }

    @Test("Maps of one head are written and drawn, and worth against entropy of all heads")
    func pictures() throws {
        let folder = try TemporaryFolder()
        try Self.run(in: folder.url)
        let row = ["attend", "looks", "--layer", "1", "--probe", "efficient 4 queries"]
        let answer = try Program(
            row + ["--maps", "maps.safetensors", "--mosaic", "mosaic.svg", "--samples", "3"], in: folder.url
        ).outcome()
        #expect(answer.status == 0 && answer.output.contains(" alone "), "\(answer.errors)")
        let maps = try MapFile(folder.file("maps.safetensors"))
        #expect(maps.shape == [3 * maps.tokens, 4] && maps.tokens >= 4, "\(maps.shape)")
        for sum in maps.sums { #expect(abs(sum - 1) < 1e-5) }
        let drawn = try String(contentsOf: folder.file("mosaic.svg"), encoding: .utf8)
        #expect(drawn.components(separatedBy: ">map 3  Δ ").count - 1 == 3, "once for each sample")

        let outside = try Program(row + ["--mosaic", "x.svg", "--samples", "nobody"], in: folder.url).outcome()
        #expect(outside.status == 1 && outside.errors.contains("is not in the test fold"), "\(outside.errors)")
        let several = try Program(["attend", "looks", "--layer", "1", "--mosaic", "x.svg"], in: folder.url).outcome()
        #expect(several.status == 1 && several.errors.contains("the selection has 4"), "\(several.errors)")
        let unit = try Program(row + ["--mosaic", "x.svg", "--unit", "zzz"], in: folder.url).outcome()
        #expect(unit.status == 1 && unit.errors.contains("--unit zzz matches none"), "\(unit.errors)")
        let images = try Program(row + ["--mosaic", "x.svg", "--images", "."], in: folder.url).outcome()
        #expect(images.status == 1 && images.errors.contains("has no token grid"), "\(images.errors)")
        #expect(!FileManager.default.fileExists(atPath: folder.file("x.svg").path))

        let figure = try Program(
            ["attend", "looks", "--layer", "1", "--figure", "worth.svg", "--against", "entropy"], in: folder.url
        ).outcome()
        #expect(figure.status == 0, "\(figure.errors)")
        #expect(try String(contentsOf: folder.file("worth.svg"), encoding: .utf8).contains("share of Δ top-1 (%)"))
        let both = try Program(row + ["--figure", "a.svg", "--maps", "b"], in: folder.url).outcome()
        #expect(both.status == 2 && both.errors.contains("give them in turn"), "\(both.errors)")
        let statistics = try Program(row + ["--statistics", "--mosaic", "a.svg"], in: folder.url).outcome()
        #expect(statistics.status == 2 && statistics.errors.contains("--statistics is over folds"))
    }

    @Test("Features that were moved are found in the folder that is named, by workers and for one head's maps")
    func moved() throws {
        let folder = try TemporaryFolder()
        try Self.run(in: folder.url)
        let elsewhere = folder.file("elsewhere")
        try FileManager.default.createDirectory(at: elsewhere, withIntermediateDirectories: true)
        try FileManager.default.moveItem(at: folder.file("synthetic"), to: elsewhere.appending(path: "features"))
        let attend = ["attend", "looks", "--layer", "1", "--probe", "efficient 4 queries"]
        let maps = attend + ["--maps", "maps.safetensors"]
        let lost = try Program(maps, in: folder.url).outcome()
        #expect(lost.status == 1 && lost.errors.contains("--feature-folder FOLDER of attend"), "\(lost.errors)")
        for arguments in [maps, attend] {
            let found = try Program(arguments + ["--feature-folder", elsewhere.path], in: folder.url).outcome()
            #expect(found.status == 0, "\(found.errors)")
        }
    }

    /// A file of maps of samples with one number of tokens.
    private struct MapFile {
        let shape: [Int]
        let tokens: Int
        /// Of the weights of each sample and predictor.
        let sums: [Float]

        init(_ url: URL) throws {
            let bytes = [UInt8](try Data(contentsOf: url))
            let length = bytes[0..<8].reversed().reduce(0) { $0 << 8 | Int($1) }
            let header = try #require(
                try JSONSerialization.jsonObject(with: Data(bytes[8..<8 + length])) as? [String: [String: Any]])
            func data(_ name: String) throws -> ArraySlice<UInt8> {
                let range = try #require(header[name]?["data_offsets"] as? [Int])
                return bytes[(8 + length + range[0])..<(8 + length + range[1])]
            }
            func numbers<Number>(_ name: String, _: Number.Type) throws -> [Number] {
                Array(try data(name)).withUnsafeBytes { Array($0.bindMemory(to: Number.self)) }
            }
            let shape = try #require(header["maps"]?["shape"] as? [Int])
            let (weights, offsets) = (try numbers("maps", Float.self), try numbers("offsets", Int64.self))
            sums = zip(offsets, offsets.dropFirst()).flatMap { start, end in
                (0..<shape[1]).map { predictor in
                    (Int(start)..<Int(end)).reduce(0) { $0 + weights[$1 * shape[1] + predictor] }
                }
            }
            self.shape = shape
            tokens = Int(offsets[1] - offsets[0])
        }
    }

    @Test("A probe without attention is refused by name, with those that can be analysed")
    func refusals() throws {
        let folder = try TemporaryFolder()
        try Self.run(in: folder.url)
        let answer = try Program.run("attend", "looks", "--probe", "linear", in: folder.url)
        #expect(answer.status == 1 && answer.output.isEmpty)
        #expect(answer.errors.contains("linear mean probes pool without attention"), "\(answer.errors)")
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
