import Foundation
import TestKit
import Testing

/// A small retrieval task as users bring it: twelve queries of ten candidates; the first three of each are relevant, and
/// their tokens say so.
enum RetrievalFixture {
    /// Imports it as the feature set `mine`, and runs the sweep `clips` over it, which draws two negatives for each relevant
    /// candidate.
    ///
    /// - Parameters:
    ///   - epochs: How long heads are trained.
    ///   - settings: Further lines of the specification.
    /// - Returns: What the run printed.
    static func run(in folder: TemporaryFolder, epochs: Int, _ settings: String) throws -> String {
        try NumpyFile.write(shape: [120, 2, 8], to: folder.file("tokens.npy")) { index in
            let isRelevant = index / 16 % 10 < 3
            let noise = Double((index * 7919) % 101) / 101 - 0.5
            return Float(index % 8 == 0 ? (isRelevant ? 1 : -1) : noise)
        }
        let rows = (0..<120).map { "\($0 % 10 < 3 ? 1 : 0),\($0 / 10)" }
        try ("label,group\n" + rows.joined(separator: "\n") + "\n").write(
            to: folder.file("clips.csv"), atomically: true, encoding: .utf8)
        let imported = try Program.run(
            "features", "import", "mine", "--name", "mine", "--backbone", "none", "--layer", "3=tokens.npy",
            "--labels", "clips.csv", "--task", "clips", "--kind", "retrieval", in: folder.url)
        #expect(imported.status == 0, "\(imported.errors)")
        try """
        features: mine
        tasks: [{name: clips, negatives: 2}]
        folds: {scheme: grouped, count: 3}
        training: {learning-rates: [0.5], epochs: \(epochs), batch: 32}
        kernel: portable
        \(settings)
        """.write(to: folder.file("clips.yaml"), atomically: true, encoding: .utf8)
        let run = try Program.run("run", "clips.yaml", "--workers", "1", in: folder.url)
        #expect(run.status == 0, "\(run.errors)")
        return run.output
    }
}
