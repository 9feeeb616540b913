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

    @Test("Another metric, and every class, come from kept predictions without training")
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

    @Test("A sweep that kept nothing says so, and a metric that no task has is refused")
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
}
