import Numerics
import Sweeps
import Testing
import Units

@testable import Training

@Suite("The unit of features")
struct FeatureScaleTests {
    private func predictions(_ units: [ProbeUnit], times factor: Float) throws -> [TrainedUnit] {
        let set = try SyntheticSet { $1 * factor }
        let outcomes = try set.train(units)
        return try withExtendedLifetime(set) {
            try units.map { try #require(outcomes[$0.key]?.trained, "\(outcomes[$0.key]?.error as Any)") }
        }
    }

    private func units() throws -> [ProbeUnit] {
        let logistic = LogisticSettings(
            penalties: [0.01, 1, 100], maximumIterations: 2000, tolerance: 1e-7, gap: 1e-10)
        let selection = SelectionSettings(fraction: 0.2, refit: true)
        return try [
            UnitsUnderTest.unit("linear", solver: Solver(logistic, selection: selection)),
            UnitsUnderTest.unit("linear", solver: UnitsUnderTest.ridge([0.1, 10, 1000], refit: true)),
        ]
    }

    @Test(
        "Any factor of all features leaves choices and predictions what they are",
        arguments: [Float(1e-12), 0.003, 1024, 7e9])
    func factors(_ factor: Float) throws {
        let (one, other) = (try predictions(units(), times: 1), try predictions(units(), times: factor))
        for (trained, scaled) in zip(one, other) {
            #expect(trained.result.choice == scaled.result.choice)
            #expect(
                zip(trained.predictions.scores, scaled.predictions.scores).allSatisfy {
                    abs($0 - $1) <= 1e-3 * max(1, abs($0))
                })
        }
    }

    @Test("Features that are all equal are trained on, and predict one answer", arguments: [Float(0), 5])
    func constant(_ value: Float) throws {
        let set = try SyntheticSet { _, _ in value }
        let outcomes = try set.train(units())
        for unit in try units() {
            let trained = try #require(outcomes[unit.key]?.trained)
            let scores = trained.predictions.scores
            let (areFinite, areEqual) = (
                scores.allSatisfy { $0.isFinite }, scores.indices.allSatisfy { scores[$0] == scores[$0 % 4] }
            )
            #expect(areFinite && areEqual)
        }
        withExtendedLifetime(set) {}
    }

    @Test("The scale is the mean square per dimension about the mean, and maps of parameters invert each other")
    func maps() {
        let features = Matrix<Float>([[1, 10], [3, 14]])
        let scale = FeatureScale(features)
        #expect(scale.means == [2, 12] && scale.meanSquare == 2.5)
        let parameters: [Double] = [1, -2, 0.5, 4, 3, -1]
        let back = scale.scaled(scale.unscaled(parameters, outputs: 2), outputs: 2)
        #expect(zip(back, parameters).allSatisfy { abs($0 - $1) < 1e-12 })
        // W x + b of scaled features is the same as of features as they are.
        let unscaled = scale.unscaled(parameters, outputs: 2)
        let wide = Matrix<Double>([[1, 10]])
        scale.apply(to: wide)
        let scaledScore = parameters[0] * wide[0, 0] + parameters[1] * wide[0, 1] + parameters[4]
        #expect(abs(unscaled[0] * 1 + unscaled[1] * 10 + unscaled[4] - scaledScore) < 1e-12)
    }

    @Test("A fit that its bound of iterations ended is reported")
    func cutOff() throws {
        let set = try SyntheticSet()
        let selection = SelectionSettings(fraction: 0.2, refit: false)
        let units = try [2, 1000].map { iterations in
            try UnitsUnderTest.unit(
                "linear",
                solver: Solver(
                    LogisticSettings(penalties: [0.1, 1], maximumIterations: iterations, tolerance: 1e-4),
                    selection: selection))
        }
        let outcomes = try set.train(units)
        #expect(units.map { outcomes[$0.key]?.trained?.result.diagnostics?.isCutOff } == [true, false])
        withExtendedLifetime(set) {}
    }
}
