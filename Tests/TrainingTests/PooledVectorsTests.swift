import Features
import Numerics
import Probes
import Testing

@testable import Training

@Suite("Pooled vectors")
struct PooledVectorsTests {
    @Test("Last, first, largest and any other patch token are read as they are")
    func patches() throws {
        let set = try SyntheticSet()
        defer { withExtendedLifetime(set) {} }
        let summaries: [PatchSummary] = [.last, .first, .maximum, .position(0), .position(1)]
        let inputs = summaries.map { PooledInput(classTokens: 0, patch: $0) }
        let samples = Array(0..<40)
        let pooled = PooledVectors([set.layer], samples: samples, inputs: Set(inputs), threads: ThreadPool(threads: 2))
        for (summary, input) in zip(summaries, inputs) {
            let vectors: Matrix<Float> = pooled.matrix(input, samples: samples)
            for sample in samples {
                let view = set.layer.patchTokens(sample)
                let rows = Matrix<Float>(rows: view.tokens, columns: view.width)
                unpack(view, into: rows.view)
                let expected = (0..<view.width).map { channel in
                    let column = (0..<view.tokens).map { rows[$0, channel] }
                    return switch summary {
                    case .last: column[view.tokens - 1]
                    case .first, .position(0): column[0]
                    case .maximum: column.max() ?? 0
                    case .position(let place): place < column.count ? column[place] : 0
                    case .mean: column.reduce(0, +) / Float(column.count)
                    }
                }
                #expect(Array(vectors.row(sample)) == expected)
            }
        }
    }

    @Test("A position that the shortest sample does not have is refused with what there is")
    func position() {
        let shape = ProbeShape(width: 8, tokens: 2...5, classes: 3, hasClassToken: false)
        let reading = { (place: Int) in
            try ProbeCatalog.probe(
                ProbeConfiguration(type: "linear", options: ["input": .text("position \(place)")]), shape: shape)
        }
        #expect(throws: Never.self) { try reading(1) }
        #expect { try reading(2) } throws: {
            guard let error = $0 as? ProbeError else { return false }
            return error.option == "input" && error.problem.contains("2 patch tokens")
        }
    }

    @Test("Texts that name no input or preparation are no values of the options")
    func texts() {
        for text in ["position", "position -1", "position 01", "positions 1", "middle", ""] {
            #expect(!ProbeOption.Kind.pooling.admits(.text(text)), "\(text)")
        }
        for text in ["pca", "pca-0", "pca-", "pca-03", "PCA-3", "zca"] {
            #expect(!ProbeOption.Kind.preparation.admits(.text(text)), "\(text)")
        }
        for text in ["none", "standardise", "l2", "pca-64", "whiten"] {
            #expect(ProbeOption.Kind.preparation.admits(.text(text)), "\(text)")
        }
    }
}
