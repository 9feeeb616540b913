import Features
import Numerics
import Testing

@testable import Training

@Suite("k-NN")
struct NeighbourTests {
    /// Vectors of small whole numbers, so that there are ties and products are exact.
    private func vectors(_ rows: Int, seed: UInt64) -> Matrix<Float> {
        let random = CounterGenerator(key: seed, stream: 1)
        let vectors = Matrix<Float>(rows: rows, columns: 5)
        for index in 0..<rows * 5 { vectors.elements[index] = Float(random.bits(at: UInt64(index)) % 7) - 3 }
        return vectors
    }

    private func take(_ rows: [Int], of vectors: Matrix<Float>) -> Matrix<Float> {
        Matrix(rows.map { Array(vectors.row($0)) })
    }

    /// By sorting all similarities.
    private func expectNearest(_ search: NearestSearch, _ vectors: Matrix<Float>) {
        for (place, row) in search.queries.enumerated() {
            let values = (0..<vectors.rows).map { other in
                zip(vectors.row(row), vectors.row(other)).reduce(0) { $0 + $1.0 * $1.1 }
            }
            let sorted = search.candidates.sorted {
                NeighbourKey(similarity: values[$0], row: Int32($0))
                    < NeighbourKey(similarity: values[$1], row: Int32($1))
            }
            let found = search.neighbours(of: place)
            #expect(found.map(\.row) == Array(sorted.prefix(search.depth)))
            #expect(found.allSatisfy { $0.similarity == values[$0.row] })
        }
    }

    @Test(
        "Searches agree with sorting all similarities, ties by key, on every path and with any number of threads",
        arguments: KernelPath.available, [1, 3])
    func search(_ path: KernelPath, _ threads: Int) {
        for (seed, rows) in [(1, 7), (2, 60), (3, 700), (4, 1500)] {
            let order = CounterGenerator(key: UInt64(seed), stream: 0).permutation(rows)
            let vectors = vectors(rows, seed: UInt64(seed))
            var table = SearchTable(rows: rows)
            // Queries among and beside candidates, more searches than one bundle has, and a question asked twice.
            for part in 1..<70 {
                let cut = max(1, rows * part / 70)
                _ = table.search(
                    order.prefix(min(cut, 20)).sorted(), among: order.suffix(max(1, rows - cut)).sorted(),
                    depth: [1, 7, 40, 5000][part % 4])
            }
            let (queries, candidates) = (order.prefix(5).sorted(), order.suffix(max(1, rows / 2)).sorted())
            let twice = (0..<2).map { _ in table.search(queries, among: candidates, depth: 3) }
            #expect(twice[0] === twice[1])
            table.run(on: path, ThreadPool(threads: threads), while: { true }) { take($0, of: vectors) }
            for search in table.all { expectNearest(search, vectors) }
        }
    }

    @Test("A list with a wrong expectation of the nearest detects it, and its query is searched again")
    func unexpected() {
        let keys = (0..<1000).map { NeighbourKey(similarity: -Float($0), row: Int32($0)) }
        let lists = NeighbourLists(count: 1, depth: 100, candidates: 1000, expects: true)
        defer { lists.deallocate() }
        for (seen, key) in keys.enumerated() where lists.offer(key, to: 0) { lists.makeRoom(in: 0, seen: seen + 1) }
        #expect(lists.isIncomplete(0))

        // Vectors of one number, the greater the earlier they are seen.
        var table = SearchTable(rows: 2010)
        let search = table.search(Array(0..<10), among: Array(10..<2010), depth: 100)
        let order = table.bundles().order
        let vectors = Matrix<Float>(rows: 2010, columns: 1)
        for (position, row) in order.enumerated() { vectors[row, 0] = row < 10 ? 1 : Float(position) }
        var passes = 0
        table.run(on: .portable, ThreadPool(threads: 1), while: { true }) { rows in
            passes += 1
            return take(rows, of: vectors)
        }
        #expect(passes == 2)
        expectNearest(search, vectors)
    }

    @Test(
        "A NaN is less similar than any number, and is used only if there is nothing else",
        arguments: KernelPath.available)
    func nan(path: KernelPath) {
        let vectors = Matrix<Float>([[1], [.nan], [-2], [3], [.nan]])
        var table = SearchTable(rows: 5)
        let (few, all) = (
            table.search([0], among: [1, 2, 3, 4], depth: 2), table.search([0], among: [1, 2, 3, 4], depth: 4)
        )
        table.run(on: path, ThreadPool(threads: 1), while: { true }) { take($0, of: vectors) }
        #expect(few.neighbours(of: 0).map(\.row) == [3, 2])
        let order = all.neighbours(of: 0).map(\.row)
        #expect(Array(order.prefix(2)) == [3, 2] && Set(order.suffix(2)) == [1, 4])
    }

    @Test("A key gives back its similarity and row, and orders similarities from the largest down")
    func keys() {
        for row in [0, 1, 2, 77, 65_535, 65_536, 1_000_003, Int32.max] {
            for similarity in [-Float.infinity, -1, -Float.leastNonzeroMagnitude, 0, 0.5, 1] {
                let key = NeighbourKey(similarity: similarity, row: row)
                #expect(key.row == row && key.similarity == similarity)
            }
        }
        #expect(NeighbourKey(similarity: 0.5, row: 9) < NeighbourKey(similarity: 0.25, row: 1))
    }

    @Test("Of equal similarities none is nearer for its row's number: rows of both halves are among the nearest")
    func equalSimilarities() {
        let vectors = Matrix<Float>(rows: 401, columns: 1)
        vectors.fill(1)
        var table = SearchTable(rows: 401)
        let search = table.search([400], among: Array(0..<400), depth: 40)
        table.run(on: .portable, ThreadPool(threads: 1), while: { true }) { take($0, of: vectors) }
        let early = search.neighbours(of: 0).count { $0.row < 200 }
        // Of 40 drawn out of 400, half are early up to three standard deviations.
        #expect((11...29).contains(early))
    }

    @Test("Classes with as many votes have equal logits, and so have all samples without a vote")
    func equalVotes() {
        let task = FeatureTask(
            name: "t", kind: .multilabel, metric: "macro-average-precision", classes: 2, samples: [0, 1, 2],
            targets: .indicators([1, 0, 0, 0, 0, 0]))
        let labels = FeatureTask(
            name: "t", kind: .classification, metric: "top1", classes: 2, samples: [0, 1, 2],
            targets: .classes([0, 1, 1])
        )
        func nearest(_ similarities: [Float]) -> [NearestSearch.Neighbour] {
            similarities.enumerated().map { NearestSearch.Neighbour(row: $0.offset, similarity: $0.element) }
        }
        let vote = NeighbourVote(neighbours: 2, temperature: 0.07)
        let logits = vote.answer(nearest([0.7, 0.7]), labels)
        #expect(logits[0] == logits[1])
        let odds = [[0.9, 0.3], [0.31, 0.3], [0.123, 0.05]].map { vote.answer(nearest($0.map(Float.init)), task)[1] }
        #expect(Set(odds).count == 1)
    }

    @Test("Votes are weighted by exp(similarity/temperature), and a class without votes has a finite logit")
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
