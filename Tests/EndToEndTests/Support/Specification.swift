import Foundation

/// A sweep over the fixture's real features, as a user would write it.
struct Specification {
    var name: String
    var folds: Int
    var repeats: Int
    var probes: [String]
    var epochs: Int
    /// Units that one probe entry without lists makes: folds × repeats × the fixture's two layers.
    var unitsOfAProbe: Int { folds * repeats * 2 }
    var units: Int { probes.count * unitsOfAProbe }

    static let small = Specification(
        name: "small", folds: 3, repeats: 1,
        probes: ["{type: knn}", "{type: linear, input: mean}", "{type: efficient, queries: 2, output: D/4}"], epochs: 3)

    func write(in folder: URL) throws -> URL {
        let file = folder.appending(path: "\(name).yaml")
        try """
        name: \(name)
        features: \(Fixture.wordnet.path)
        tasks: [lexname]
        folds: {scheme: stratified, count: \(folds), repeats: \(repeats)}
        probes:
        \(probes.map { "  - \($0)" }.joined(separator: "\n"))
        training: {learning-rates: [0.001, 0.003], epochs: \(epochs), warmup: 1, batch: 64}
        kernel: portable
        """.write(to: file, atomically: true, encoding: .utf8)
        return file
    }
}
