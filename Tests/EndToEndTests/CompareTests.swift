import Foundation
import TestKit
import Testing

@Suite("Comparing and plotting a sweep")
struct CompareTests {
    @Test(
        "Comparisons, corrected best rows, curves and plots are made from one ledger"
    )
    func everything() throws {
        let folder = try TemporaryFolder()
        let file = try Specification.small.write(in: folder.url)
        #expect(try Program.run("run", file.path, "--workers", "1", in: folder.url).status == 0)
        func output(_ arguments: String...) throws -> String {
            let outcome = try Program(arguments, in: folder.url).outcome()
            #expect(outcome.status == 0, "\(arguments): \(outcome.errors)")
            return outcome.output
        }
        let comparisons =
            try JSONSerialization.jsonObject(
                with: Data(output("compare", "small", "--between", "layer", "--format", "json").utf8))
            as? [[String: Any]]
        #expect(comparisons?.count == 3)
        #expect(comparisons?.allSatisfy { ($0["pairs"] as? [Any])?.count == 1 && $0["folds"] as? Int == 3 } == true)
        // Three probes on one layer, and a line of titles.
        let pairs = try output("compare", "small", "--layer", "4", "--all-pairs", "--format", "csv")
        #expect(pairs.split(separator: "\r\n").count == 4)
        #expect(try output("table", "small", "--best", "layer").contains("bootstrap"))
        #expect(try output("table", "small", "--across", "layer").contains("top1 over layer"))
        #expect(try output("table", "small").contains("best of 6 rows"))
        for subject in ["params", "gflops", "layer", "output"] {
            _ = try output("plot", "small", "--against", subject, "--output", "\(subject).svg")
            #expect(try String(contentsOf: folder.file("\(subject).svg"), encoding: .utf8).hasSuffix("</svg>\n"))
        }

        let single = try Program.run("compare", "small", "--over", "tasks", in: folder.url)
        #expect(single.status == 1 && single.errors.contains("needs at least two tasks"), "\(single.errors)")
        let unknown = try Program.run("compare", "small", "--layer", "5", in: folder.url)
        #expect(unknown.status == 1 && unknown.errors.contains("Name one of: 0, 4"), "\(unknown.errors)")
    }

    @Test("Rows with different labels are rejected by name, not matched by position")
    func unaligned() throws {
        let folder = try TemporaryFolder()
        let other = folder.file("other")
        try FileManager.default.copyItem(at: Fixture.wordnet, to: other)
        try renameSet(other.appending(path: "featureset.json"))
        try swapTwoLabels(of: other.appending(path: "tasks/lexname.safetensors"))
        let file = try Specification.small.write(in: folder.url)
        try String(contentsOf: file, encoding: .utf8)
            .replacing(
                "features: \(Fixture.wordnet.path)",
                with: "samples: own\nfeatures: [\(Fixture.wordnet.path), \(other.path)]"
            )
            .write(to: file, atomically: true, encoding: .utf8)
        let run = try Program.run("run", file.path, "--workers", "1", in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        let refused = try Program.run("compare", "small", in: folder.url)
        #expect(refused.status == 1 && refused.output.isEmpty)
        #expect(refused.errors.contains("in labels or samples"), "\(refused.errors)")
        // Within one set the folds are the same.
        #expect(try Program.run("compare", "small", "--between", "probe", in: folder.url).status == 0)
    }

    /// Gives the set another name, and its ids another hash, so that it is another set to the ledger.
    private func renameSet(_ file: URL) throws {
        var manifest = try #require(
            try JSONSerialization.jsonObject(with: Data(contentsOf: file)) as? [String: Any])
        manifest["name"] = "other"
        manifest["ids"] = ["file": "ids.txt", "sha256": String(repeating: "0", count: 64)]
        try JSONSerialization.data(withJSONObject: manifest).write(to: file)
    }

    /// Swaps the labels of two samples, so that every class keeps its size.
    private func swapTwoLabels(of file: URL) throws {
        var data = try Data(contentsOf: file)
        let length = data.prefix(8).enumerated().reduce(0) { $0 | Int($1.element) << (8 * $1.offset) }
        let header = try JSONSerialization.jsonObject(with: data[8..<8 + length]) as? [String: Any]
        let labels = try #require(header?["labels"] as? [String: Any])
        let offsets = try #require(labels["data_offsets"] as? [Int])
        let places = stride(from: 8 + length + offsets[0], to: 8 + length + offsets[1], by: 4)
        let first = try #require(places.first { _ in true })
        let second = try #require(places.first { data[$0] != data[first] })
        data.swapAt(first, second)
        try data.write(to: file)
    }
}
