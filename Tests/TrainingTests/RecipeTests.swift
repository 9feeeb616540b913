import Features
import Numerics
import Probes
import Testing
import Units

@testable import Training

@Suite("Recipes of gradient training")
struct RecipeTests {
    private static let shape = ProbeShape(width: 24, tokens: 1...7, classes: 4, hasClassToken: true)

    private func network(_ type: String) throws -> ProbeNetwork {
        let configuration = try ProbeCatalog.complete(ProbeConfiguration(type: type, options: ["queries": .integer(4)]))
        return ProbeNetwork(
            try #require(try ProbeCatalog.probe(configuration, shape: Self.shape) as? any GradientProbe))
    }

    private var fast: GradientSettings {
        var settings = UnitsUnderTest.gradient()
        settings.recipe = GradientSettings.Recipe.fast.rawValue
        return settings
    }

    @Test("The fast recipe trains efficient probing's queries in units of 3·√D/σ, without decay, and the rest as ever")
    func fastRecipe() throws {
        let network = try network("efficient")
        let treatments = fast.treatments(of: network) { $0 == .patch ? 0.5 : nil }
        #expect(network.parameters.tensors.map(\.name) == ["queries", "value.weight", "head.weight", "head.bias"])
        #expect(
            treatments == [
                TensorTreatment(isDecayed: false, isMatrix: true, unit: 3 * 24.0.squareRoot() / 0.5),
                TensorTreatment(isDecayed: true, isMatrix: true), TensorTreatment(isDecayed: true, isMatrix: true),
                TensorTreatment(isDecayed: false, isMatrix: false),
            ])
    }

    @Test("The published recipe has one rate for all tensors, decays those of several axes, and asks for no deviation")
    func publishedRecipe() throws {
        let network = try network("efficient")
        let treatments = UnitsUnderTest.gradient().treatments(of: network) { _ in
            Issue.record("no tensor depends on it")
            return nil
        }
        let matrix = TensorTreatment(isDecayed: true, isMatrix: true)
        #expect(treatments == [matrix, matrix, matrix, TensorTreatment(isDecayed: false, isMatrix: false)])
    }

    @Test("AdamW trains by the fast recipe unless a specification says otherwise; LARS and SGD by the published one")
    func defaults() {
        #expect(GradientSettings.standard(optimizer: "adamw").isFast)
        #expect(!GradientSettings.standard(optimizer: "lars").isFast)
        #expect(!GradientSettings.standard(optimizer: "sgd").isFast)
    }

    @Test("Both recipes train, and differ for efficient probing")
    func training() throws {
        let set = try SyntheticSet()
        let selection = SelectionSettings(fraction: 0.2, refit: true)
        let units = try [fast, UnitsUnderTest.gradient()].map { settings in
            try UnitsUnderTest.unit(
                "efficient", ["queries": .integer(4)], solver: Solver(settings, selection: selection))
        }
        let outcomes = try set.train(units, kernel: .portable)
        let results = try outcomes.values.map { try #require($0.trained).result }
        #expect(results.count == 2 && results[0].candidateScores != results[1].candidateScores)
    }

    @Test("A constant rate trains other heads than one that falls")
    func schedules() throws {
        let set = try SyntheticSet()
        var constant = UnitsUnderTest.gradient()
        constant.schedule = GradientSettings.RateSchedule.constant.rawValue
        let units = try [constant, UnitsUnderTest.gradient()].map { settings in
            try UnitsUnderTest.unit(
                "linear", ["input": .text("mean")],
                solver: Solver(settings, selection: SelectionSettings(fraction: 0.2, refit: true)))
        }
        let results = try set.train(units, kernel: .portable).values.map { try #require($0.trained).result }
        #expect(results.count == 2 && results[0].candidateScores != results[1].candidateScores)
    }

    @Test("The deviation is that of tokens from the mean of their own sample, over the rows that train")
    func deviation() throws {
        let set = try SyntheticSet()
        let (rows, samples) = (Array(stride(from: 1, to: 150, by: 3)), Array(0..<SyntheticSet.samples))
        var deviations = TokenDeviations()
        let threads = ThreadPool(threads: 2)
        let rowSet = RowSet(rows, of: samples.count)
        for tokens in TokenSelection.allCases {
            let value = deviations.value(of: tokens, in: set.layer, samples, rows: rowSet, on: threads)
            let expected = naive(set.layer, rows, tokens)
            #expect(abs(try #require(value) - expected) < 1e-6 * expected)
        }
    }

    private func naive(_ layer: LayerTokens, _ rows: [Int], _ tokens: TokenSelection) -> Double {
        var (squares, count) = (0.0, 0)
        for row in rows {
            let view = tokens == .all ? layer.allTokens(row) : layer.patchTokens(row)
            let values = view.bytes.bindMemory(to: Float.self)
            for channel in 0..<view.width {
                let column = (0..<view.tokens).map { Double(values[$0 * view.width + channel]) }
                let mean = column.reduce(0, +) / Double(column.count)
                squares += column.reduce(0) { $0 + ($1 - mean) * ($1 - mean) }
            }
            count += view.tokens * view.width
        }
        return (squares / Double(count)).squareRoot()
    }

    @Test("Samples of one token have no deviation, and units fall back to that of 1")
    func noDeviation() throws {
        let set = try SyntheticSet()
        // Every 29th sample has a class token and one patch token.
        var deviations = TokenDeviations()
        let threads = ThreadPool(threads: 1)
        let rowSet = RowSet([0, 29], of: SyntheticSet.samples)
        let samples = Array(0..<SyntheticSet.samples)
        let value = deviations.value(of: .patch, in: set.layer, samples, rows: rowSet, on: threads)
        #expect(value == nil)
        #expect(TensorUnit.perTokenDeviation(7).value(deviation: nil) == 7)
    }
}
