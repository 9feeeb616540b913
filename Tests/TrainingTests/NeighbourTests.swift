import Features
import Numerics
import Testing

@testable import Training

@Suite("k-NN")
struct NeighbourTests {
    @Test("The search finds what sorting all similarities finds, ties by index", arguments: [1, 2, 3, 4, 5])
    func search(_ seed: UInt64) {
        let random = CounterGenerator(key: seed, stream: 0)
        let rows = 60
        let order = random.permutation(rows)
        let (queries, candidates) = (order.prefix(10).sorted(), order.suffix(40).sorted())
        for depth in [1, 7, 40, 100] {
            let search = NearestSearch(queries: queries, candidates: candidates, depth: depth, rows: rows)
            for row in 0..<rows {
                // Few distinct values, so that there are ties.
                var values = (0..<rows).map { Float(random.bits(at: UInt64(row * rows + $0)) % 9) / 8 }
                values.withUnsafeMutableBufferPointer { search.search(row: row, $0.baseAddress!) }
                guard let place = queries.firstIndex(of: row) else { continue }
                let sorted = candidates.sorted { (-values[$0], $0) < (-values[$1], $1) }
                #expect(search.neighbours(of: place).map(\.row) == Array(sorted.prefix(depth)))
                #expect(search.neighbours(of: place).allSatisfy { $0.similarity == values[$0.row] })
            }
        }
    }

    @Test("Votes weigh exp(similarity/temperature), and a class without votes keeps a finite logit")
    func vote() {
        func task(_ kind: FeatureTask.Kind, _ classes: Int, _ targets: FeatureTask.Targets) -> FeatureTask {
            FeatureTask(
                name: "t", kind: kind, metric: "top1", classes: classes, samples: [0, 1, 2, 3], targets: targets)
        }
        let labels = task(.classification, 4, .classes([0, 1, 1, 2]))
        let nearest = [
            NearestSearch.Neighbour(row: 1, similarity: 0.9), .init(row: 0, similarity: 0.8),
            .init(row: 2, similarity: 0.5), .init(row: 3, similarity: 0.1),
        ]
        let vote = NeighbourVote(neighbours: 3, temperature: 0.5)
        let logits = vote.answer(nearest, labels)
        let (first, second) = (1.6.exponential, 1.8.exponential + 1.0.exponential)
        let total = first + second
        #expect(abs(Double(logits[0]).exponential - first / total) < 1e-6)
        #expect(abs(Double(logits[1]).exponential - second / total) < 1e-6)
        #expect(logits[2] == logits[3] && logits[2].isFinite && logits[2] < -36)
        let odds = vote.answer(nearest, task(.multilabel, 2, .indicators([1, 0, 0, 0, 0, 0, 0, 1])))
        #expect(abs(Double(odds[0]).exponential - first / second) < 1e-6)
        #expect(odds[1].isFinite && odds[1] < -36)
        let mean = vote.answer(nearest, task(.regression, 1, .scores([10, 20, 20, 1000])))
        #expect(abs(Double(mean[0]) - (10 * first + 20 * second) / total) < 1e-5)
    }
}

extension Double {
    /// e to this power, by its series: the test does not lean on the function under test.
    fileprivate var exponential: Double {
        var (sum, term) = (1.0, 1.0)
        for index in 1..<60 {
            term *= abs(self) / Double(index)
            sum += term
        }
        return self < 0 ? 1 / sum : sum
    }
}
