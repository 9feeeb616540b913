import Foundation
import TestKit
import Testing

@Suite("Scoring a sweep again")
struct RescoreTests {
    private static func run(keep: String, in folder: TemporaryFolder) throws {
        try """
        name: kept
        features: \(Fixture.wordnet.path)
        tasks: [lexname]
        layers: [4]
        folds: {count: 3}
        probes: [linear, knn]
        training: {learning-rates: [0.01], epochs: 3, warmup: 1, batch: 32}
        keep: \(keep)
        """.write(to: folder.file("kept.yaml"), atomically: true, encoding: .utf8)
        let run = try Program.run("run", "kept.yaml", "--workers", "1", in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
    }

    @Test("Another metric and per-class scores are computed from kept predictions without training")
    func rescore() throws {
        let folder = try TemporaryFolder()
        try Self.run(keep: "predictions", in: folder)
        let rescored = try Program.run("rescore", "kept", "--metric", "macro-average-precision", in: folder.url)
        #expect(rescored.status == 0, "\(rescored.errors)")
        #expect(rescored.output.contains("lexname: macro-average-precision against trainable parameters"))
        #expect(rescored.output.contains("3/3"))
        let same = try Program.run("rescore", "kept", "--metric", "top1", in: folder.url)
        #expect(same.output == (try Program.run("table", "kept", in: folder.url)).output)

        let classes = try Program.run("rescore", "kept", "--per-class", "--format", "csv", in: folder.url)
        #expect(classes.status == 0, "\(classes.errors)")
        // Four classes of two probes under one header.
        #expect(classes.output.split(separator: "\r\n").count == 9)
    }

    @Test("A sweep without predictions and a metric that no task has are rejected with the reason")
    func refusals() throws {
        let folder = try TemporaryFolder()
        try Self.run(keep: "nothing", in: folder)
        let nothing = try Program.run("rescore", "kept", "--metric", "macro-roc-auc", in: folder.url)
        #expect(nothing.status == 1)
        #expect(nothing.errors.contains("kept no predictions"))
        let unknown = try Program.run("rescore", "kept", "--metric", "r2", in: folder.url)
        #expect(unknown.status == 1)
        #expect(unknown.errors.contains("macro-f1"))
    }

    @Test("An imported retrieval task runs with sampled negatives, and is scored again on the same sample")
    func retrieval() throws {
        let folder = try TemporaryFolder()
        let output = try RetrievalFixture.run(in: folder, epochs: 30, "keep: predictions")
        #expect(output.contains("clips: mean-average-precision") && output.contains("1.0000"), "\(output)")
        let rescored = try Program.run(
            "rescore", "clips", "--per-class", "--format", "csv", in: folder.url)
        // Three relevant candidates of seven others allow three at 1 : 2 in each of twelve queries.
        #expect(rescored.output.contains(",36,"), "\(rescored.output) \(rescored.errors)")
    }
}
