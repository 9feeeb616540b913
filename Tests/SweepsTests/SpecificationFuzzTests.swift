import TestKit
import Testing

@testable import Sweeps

@Suite("Arbitrary specifications") struct SpecificationFuzzTests {
    @Test("Any text is read or rejected with lines, without a crash", arguments: 1...10)
    func text(_ seed: UInt64) {
        let corpus = [
            """
            name: a
            features: [x, y]
            folds: {scheme: stratified, count: 5, repeats: 2}
            probes:
              - {type: linear, input: mean}
              - {type: efficient, queries: [1, 2], output: D/2}
            training: {learning-rates: [0.1, 1e-3], epochs: 2, batch: 32}
            kernel: portable
            """,
            "features: &a [x]\ntasks: *a\nseed: 0x7F\n", "probes: !!map {type: knn}\n---\n- |\n  text\n",
        ].map { Array($0.utf8) }
        var mutator = Mutator(corpus, seed: seed)
        var (read, refused, isExplained) = (0, 0, true)
        for _ in 0..<10_000 {
            let text = String(decoding: mutator.next(), as: UTF8.self)
            do {
                _ = try SweepSpecification.read(text: text, file: "fuzz.yaml")
                read += 1
            } catch {
                isExplained = isExplained && !error.problems.isEmpty
                refused += 1
            }
        }
        #expect(isExplained && read > 10 && refused > 1_000)
    }
}
