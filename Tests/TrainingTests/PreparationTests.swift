import Features
import Foundation
import Numerics
import Probes
import Sweeps
import Testing
import Units

@testable import Training

/// The part of Tests/Fixtures/numerics/eigen.json that is about vectors.
private struct PreparationFixture: Decodable {
    struct Case: Decodable {
        var features: [[Float]]
        var deviations: [Double]
        var values: [Double]
        var components: [[Double]]
        var shrinkage: Double
        var mean_value: Double
    }

    var many: Case
    var few: Case

    static func read(file: String = #filePath) throws -> PreparationFixture {
        let tests = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appending(path: "Fixtures/numerics/eigen.json"))
        return try JSONDecoder().decode(PreparationFixture.self, from: data)
    }
}

@Suite("Prepared vectors")
struct PreparationTests {
    private func prepared(
        _ preparation: Preparation, _ features: [[Float]], width: Int? = nil, on path: KernelPath = .portable
    ) throws -> (fitted: FittedPreparation, vectors: Matrix<Float>) {
        let vectors = Matrix<Float>(features)
        let fitted = try FittedPreparation(preparation, fittedTo: vectors, width: width ?? vectors.columns, on: path)
        return (fitted, fitted.apply(to: vectors, on: path))
    }

    private func centred(_ features: [[Float]]) -> [[Double]] {
        let means = features[0].indices.map { column in
            features.reduce(0) { $0 + Double($1[column]) } / Double(features.count)
        }
        return features.map { zip($0, means).map { Double($0) - $1 } }
    }

    @Test("Components are NumPy's, with many rows and with fewer than dimensions", arguments: KernelPath.available)
    func components(_ path: KernelPath) throws {
        let fixture = try PreparationFixture.read()
        for golden in [fixture.many, fixture.few] {
            let width = golden.features[0].count
            let (fitted, vectors) = try prepared(.components(width), golden.features, on: path)
            #expect(fitted.components == golden.values.count)
            for (row, values) in centred(golden.features).enumerated() {
                for (place, direction) in golden.components.enumerated() {
                    let expected = zip(values, direction).reduce(0) { $0 + $1.0 * $1.1 }
                    #expect(abs(Double(vectors[row, place]) - expected) <= 2e-5 * golden.values[0].squareRoot())
                }
                #expect((golden.values.count..<width).allSatisfy { vectors[row, $0] == 0 })
            }
        }
    }

    @Test(
        "Whitening divides by the deviations that Ledoit and Wolf's shrinkage leaves", arguments: KernelPath.available)
    func whitening(_ path: KernelPath) throws {
        let fixture = try PreparationFixture.read()
        for golden in [fixture.many, fixture.few] {
            let (_, vectors) = try prepared(.whiten, golden.features, on: path)
            for (place, value) in golden.values.enumerated() {
                let square = (0..<vectors.rows).reduce(0) {
                    $0 + Double(vectors[$1, place]) * Double(vectors[$1, place])
                }
                let expected = value / ((1 - golden.shrinkage) * value + golden.shrinkage * golden.mean_value)
                #expect(abs(square / Double(vectors.rows) - expected) <= 1e-5 * expected)
            }
        }
    }

    @Test("Standardised dimensions have mean 0 and deviation 1, and a constant one is 0")
    func standardised() throws {
        let golden = try PreparationFixture.read().many
        let features = golden.features.map { $0 + [7] }
        let (_, vectors) = try prepared(.standardise, features)
        for (row, values) in centred(golden.features).enumerated() {
            for column in values.indices {
                #expect(abs(Double(vectors[row, column]) - values[column] / golden.deviations[column]) <= 1e-5)
            }
            #expect(vectors[row, golden.features[0].count] == 0)
        }
    }

    @Test("Vectors in units of their length have length 1, and a vector of zeros stays one")
    func unitLength() throws {
        let (_, vectors) = try prepared(.unitLength, [[3, 4], [0, 0], [1e20, -1e20]])
        #expect(Array(vectors.row(0)) == [0.6, 0.8] && Array(vectors.row(1)) == [0, 0])
        #expect(abs(vectors[2, 0] - 0.70710677) < 1e-6)
    }

    @Test("Equal rows have no components, and every vector is then zero")
    func constant() throws {
        let (fitted, vectors) = try prepared(.whiten, [[1, 2], [1, 2], [1, 2]])
        #expect(fitted.components == 0)
        #expect((0..<6).allSatisfy { vectors.elements[$0] == 0 })
    }

    @Test(
        "A vector that is not finite refuses to be prepared",
        arguments: [Preparation.standardise, .components(1), .whiten])
    func notFinite(_ preparation: Preparation) {
        #expect {
            try prepared(preparation, [[1, 2], [.nan, 1]], width: preparation == .components(1) ? 1 : 2)
        } throws: {
            ($0 as? TrainingError)?.field == "features"
        }
    }

    /// Units with one candidate each, so that rows that are held back have nothing to choose.
    private func fixed(_ prepare: String) throws -> [ProbeUnit] {
        let options: [String: OptionValue] = ["prepare": .text(prepare)]
        let selection = SelectionSettings(fraction: 0.2, refit: false, epoch: "last")
        let descent = Solver(UnitsUnderTest.gradient(rates: [0.1], epochs: 3), selection: selection)
        return [
            try UnitsUnderTest.unit("linear", options, solver: UnitsUnderTest.logistic([1])),
            try UnitsUnderTest.unit("linear", options, solver: UnitsUnderTest.ridge([1])),
            try UnitsUnderTest.unit("linear", options, solver: descent),
            try UnitsUnderTest.unit(
                "mlp", options.merging(["hidden": .list([.integer(5)])]) { $1 }, solver: descent),
        ]
    }

    @Test(
        "Rows that are held back and rows of the test fold change no bit of a head",
        arguments: ["standardise", "l2", "pca-5", "whiten"])
    func isolation(_ prepare: String) throws {
        let set = try SyntheticSet()
        let units = try fixed(prepare)
        let rows = try FoldRows(
            task: set.set.task("all"), fold: units[0].fold, selection: units[0].solver.selection, shots: nil)
        let training = Set(rows.inner[0].training)
        let other = try SyntheticSet { sample, value in training.contains(sample) ? value : 3 - 2 * value }
        let (before, after) = (try set.train(units), try other.train(units))
        for unit in units {
            let (head, changed) = (before[unit.key]?.trained, after[unit.key]?.trained)
            #expect(head?.head != nil && head?.head == changed?.head, "\(unit.probe) \(unit.solver)")
            #expect(head?.predictions.scores != changed?.predictions.scores)
        }
        withExtendedLifetime((set, other)) {}
    }

    @Test("A refit prepares by the whole training fold")
    func refit() throws {
        let set = try SyntheticSet()
        let units = try [false, true].map {
            try UnitsUnderTest.unit(
                "linear", ["prepare": .text("standardise")], solver: UnitsUnderTest.ridge([1], refit: $0))
        }
        let outcomes = try set.train(units)
        let means = units.map { unit in
            outcomes[unit.key]?.trained?.head?.tensors.first { $0.name == "prepare.mean" }?.values
        }
        #expect(means[0] != nil && means[0] != means[1])
        withExtendedLifetime(set) {}
    }

    @Test("Results say how many components there were, where there are fewer rows than were asked for")
    func rank() throws {
        let set = try SyntheticSet()
        let unit = try UnitsUnderTest.unit(
            kind: "classification", metric: "top1", "linear", ["prepare": .text("pca-20")],
            solver: UnitsUnderTest.ridge([1]), shots: Shots(perClass: 3, draw: 0))
        let trained = try #require(try set.train([unit])[unit.key]?.trained)
        #expect(trained.result.choice["components"] == Double(trained.result.trainingSamples - 1))
        withExtendedLifetime(set) {}
    }

    @Test("More components than dimensions are refused with the option at fault")
    func tooMany() {
        let shape = ProbeShape(width: 24, tokens: 3, classes: 2, hasClassToken: true)
        for (type, most) in [("linear", 24), ("mlp", 24), ("knn", 24)] {
            let configuration = ProbeConfiguration(type: type, options: ["prepare": .text("pca-\(most + 1)")])
            #expect { try ProbeCatalog.probe(configuration, shape: shape) } throws: {
                ($0 as? ProbeError)?.option == "prepare"
            }
        }
    }
}
