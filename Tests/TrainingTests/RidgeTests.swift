import Foundation
import Numerics
import Sweeps
import Testing
import Units

@testable import Training

/// Tests/Fixtures/training/ridge.json, by make_ridge.py beside it.
struct RidgeFixture: Decodable {
    struct Solution: Decodable {
        var weights: [[Double]]
        var intercepts: [Double]
    }

    struct Fit: Decodable {
        var penalty: Double
        var numbers: Solution
        var classes: Solution?
    }

    var classes: Int
    var features: [[Double]]
    var numbers: [[Double]]
    var labels: [Int]
    var fits: [Fit]
    var dependent: [[Double]]
    var shortest: Solution

    static func read(file: String = #filePath) throws -> RidgeFixture {
        let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appending(path: "Fixtures/training/ridge.json"))
        return try JSONDecoder().decode(RidgeFixture.self, from: data)
    }

    /// One-hot ±1.
    var signs: [[Double]] { labels.map { label in (0..<classes).map { $0 == label ? 1 : -1 } } }
}

@Suite("Ridge regression")
struct RidgeTests {
    private func sums(
        _ features: [[Double]], _ targets: [[Double]], shift: [Double], on path: KernelPath
    ) -> CrossProducts {
        let x = Matrix<Double>(features.map { row in zip(row, shift).map { $0 - $1 } })
        let y = Matrix<Double>(targets)
        var sums = CrossProducts(width: x.columns, outputs: y.columns)
        // In two batches.
        let cut = features.count / 3
        for rows in [0..<cut, cut..<features.count] { sums.add(x.view.rows(rows), y.view.rows(rows), on: path) }
        withExtendedLifetime((x, y)) {}
        sums.mirror()
        return sums
    }

    private func expect(_ found: LinearParameters, _ golden: RidgeFixture.Solution, within tolerance: Double) {
        let largest = golden.weights.joined().reduce(0) { max($0, abs($1)) }
        let weights = found.values.prefix(found.outputs * found.width)
        #expect(zip(weights, golden.weights.joined()).allSatisfy { abs($0 - $1) <= tolerance * largest })
        // Features are some twenty from zero, fourteen of them.
        #expect(
            zip(found.values.suffix(found.outputs), golden.intercepts).allSatisfy {
                abs($0 - $1) <= tolerance * max(abs($1), 1)
            })
    }

    @Test("Solutions agree with scikit-learn, least squares included", arguments: KernelPath.available)
    func scikitLearn(_ path: KernelPath) throws {
        let fixture = try RidgeFixture.read()
        let shift = fixture.features[3]
        for fit in fixture.fits {
            let numbers = RidgeRegression(
                sums(fixture.features, fixture.numbers, shift: shift, on: path), shift: shift, on: path)
            expect(numbers.fit(penalty: fit.penalty), fit.numbers, within: 1e-8)
            guard let golden = fit.classes else { continue }
            let classes = RidgeRegression(
                sums(fixture.features, fixture.signs, shift: shift, on: path), shift: shift, on: path)
            expect(classes.fit(penalty: fit.penalty), golden, within: 1e-8)
        }
    }

    @Test("The least-squares solution has minimum norm", arguments: KernelPath.available)
    func shortest(_ path: KernelPath) throws {
        let fixture = try RidgeFixture.read()
        let shift = fixture.dependent[3]
        let sums = sums(fixture.dependent, fixture.numbers, shift: shift, on: path)
        expect(
            RidgeRegression(sums, shift: shift, on: path).fit(penalty: 0), fixture.shortest, within: 1e-6)
    }

    @Test("Subtracting rows gives the products of the others", arguments: KernelPath.available)
    func downdate(path: KernelPath) throws {
        let fixture = try RidgeFixture.read()
        let zero = [Double](repeating: 0, count: 14)
        func part(_ rows: Range<Int>) -> CrossProducts {
            sums(Array(fixture.features[rows]), Array(fixture.numbers[rows]), shift: zero, on: path)
        }
        var rest = part(0..<160)
        rest.add(part(0..<40), sign: -1)
        rest.add(part(120..<160), sign: -1)
        let (found, golden) = (
            RidgeRegression(rest, shift: zero, on: path).fit(penalty: 1),
            RidgeRegression(part(40..<120), shift: zero, on: path).fit(penalty: 1)
        )
        #expect(zip(found.values, golden.values).allSatisfy { abs($0 - $1) <= 1e-9 * max(1, abs($1)) })
    }

    /// Solutions in closed form differ between paths by rounding alone, and the thresholds are a row of the test fold
    /// and more away.
    @Test(
        "Units of every kind learn, choose a penalty and keep a head", arguments: [false, true], KernelPath.available)
    func units(_ refit: Bool, _ path: KernelPath) throws {
        let set = try SyntheticSet()
        defer { withExtendedLifetime(set) {} }
        let units = try [
            ("classification", "top1", 0.7), ("multilabel", "macro-average-precision", 0.7),
            ("binary", "roc-auc", 0.7), ("regression", "r2", 0.2),
        ].map { kind, metric, least in
            (try UnitsUnderTest.unit(kind: kind, metric: metric, solver: UnitsUnderTest.ridge(refit: refit)), least)
        }
        let outcomes = try set.train(units.map(\.0), kernel: path)
        for (unit, least) in units {
            let trained = try #require(outcomes[unit.key]?.trained)
            let score = try #require(trained.result.metrics[unit.task.metric])
            #expect(score > least, "\(unit.task.kind)")
            let choice = try #require(trained.result.choice["penalty"])
            let place = try #require((unit.solver.settings as? RidgeSettings)?.penalties.firstIndex(of: choice))
            let losses = try #require(trained.result.diagnostics?.losses)
            #expect(losses[place] == losses.min())
            #expect(trained.head?.tensors.map(\.name) == ["head.weight", "head.bias"])
        }
    }

    @Test("A unit's result is the same alone and with all folds")
    func alone() throws {
        let set = try SyntheticSet()
        defer { withExtendedLifetime(set) {} }
        let folds = try (0..<3).map { try UnitsUnderTest.unit("linear", solver: UnitsUnderTest.ridge(), fold: $0) }
        let together = try set.train(folds)
        for unit in folds {
            let (one, other) = (try set.train([unit])[unit.key]?.trained, together[unit.key]?.trained)
            #expect(one?.head == other?.head && one?.head != nil)
            #expect(one?.result.candidateScores == other?.result.candidateScores)
        }
    }

    @Test("Losses without a closed form are rejected")
    func refusals() throws {
        let set = try SyntheticSet()
        defer { withExtendedLifetime(set) {} }
        var weighted = UnitsUnderTest.ridge()
        weighted.classWeights = "balanced"
        let ranking = try UnitsUnderTest.unit(kind: "ranking", metric: "spearman", solver: UnitsUnderTest.ridge())
        let balanced = try UnitsUnderTest.unit(kind: "classification", metric: "top1", solver: weighted)
        let outcomes = try set.train([ranking, balanced])
        #expect(outcomes[ranking.key]?.error?.field == "solver.ridge")
        #expect(outcomes[balanced.key]?.error?.field == "solver.classWeights")
    }
}
