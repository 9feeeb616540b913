import Foundation
import TestKit

/// A sweep as a user would write it, over the fixture's real features unless it says otherwise.
struct Specification {
    var name: String
    var features = Fixture.wordnet.path
    var task = "lexname"
    /// Layers of the features.
    var layers = 2
    var folds: Int
    var repeats: Int
    var probes: [String]
    var training = "learning-rates: [0.001, 0.003], warmup: 1, batch: 64"
    var epochs: Int
    var kernel = "portable"
    var units: Int { probes.count * folds * repeats * layers }

    static let small = Specification(
        name: "small", folds: 3, repeats: 1,
        probes: ["{type: knn}", "{type: linear, input: mean}", "{type: efficient, queries: 2, output: D/4}"], epochs: 3)

    /// Thousands of units of milliseconds each, on features that ``synthesize(in:)`` makes.
    static let tiny = Specification(
        name: "tiny", features: "synthetic", task: "class", layers: 4, folds: 10, repeats: 50,
        probes: [
            "{type: knn, input: mean}", "{type: knn, input: class}", "{type: linear, input: class, solver: gradient}",
            "{type: linear, input: mean, solver: gradient}", "{type: linear, input: class+mean, solver: gradient}",
            "{type: efficient, queries: 1}",
            "{type: efficient, queries: 2}", "{type: efficient, queries: 4}", "{type: mlp, hidden: [4]}",
            "{type: mlp, hidden: [8]}",
        ], training: "learning-rates: [0.1], warmup: 0, batch: 32", epochs: 2)

    /// Makes the features of ``tiny``.
    static func synthesize(in folder: URL) throws {
        let outcome = try Program.run(
            "features", "synthesize", "synthetic", "--samples", "80", "--tokens", "4", "--width", "8", "--classes", "2",
            "--layers", "4", in: folder)
        if outcome.status != 0 { throw NeverHappened(what: "features were made: \(outcome.errors)") }
    }

    func write(in folder: URL) throws -> URL {
        let file = folder.appending(path: "\(name).yaml")
        try """
        name: \(name)
        features: \(features)
        tasks: [\(task)]
        folds: {scheme: stratified, count: \(folds), repeats: \(repeats)}
        probes:
        \(probes.map { "  - \($0)" }.joined(separator: "\n"))
        training: {\(training), epochs: \(epochs), minimum-steps: 0, extend: 0}
        kernel: \(kernel)
        """.write(to: file, atomically: true, encoding: .utf8)
        return file
    }
}
