import Features
import Foundation
import Numerics
import Sweeps
import Testing
import Units

@testable import Training

/// Tests/Fixtures/training/logistic.json, by make_logistic.py beside it.
struct LogisticFixture: Decodable {
    struct Fit: Decodable {
        var penalty: Double
        var objective: Double
        var loss: Double
        var accuracy: Double
        var probabilities: [[Double]]
    }

    var classes: Int
    var training: Int
    var features: [[Double]]
    var labels: [Int32]
    var fits: [Fit]

    static func read(file: String = #filePath) throws -> LogisticFixture {
        let tests = URL(fileURLWithPath: file).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appending(path: "Fixtures/training/logistic.json"))
        return try JSONDecoder().decode(LogisticFixture.self, from: data)
    }
}

@Suite("Logistic regression")
struct LogisticTests {
    @Test(
        "Fits reach scikit-learn's optimum, with and without warm starts",
        arguments: [false, true], KernelPath.available)
    func scikitLearn(_ warm: Bool, _ path: KernelPath) throws {
        let solver = LimitedMemoryBFGS(maximumIterations: 5000, tolerance: 1e-9)
        try compare(solver, objective: 1e-9, warm: warm, path: path) { _ in 1e-4 }
    }

    @Test(
        "Fits with the default tolerances end within 1e-4 of the optimum",
        arguments: [false, true], KernelPath.available)
    func defaults(_ warm: Bool, _ path: KernelPath) throws {
        let settings = LogisticSettings.standard
        let solver = LimitedMemoryBFGS(
            maximumIterations: settings.maximumIterations, tolerance: settings.tolerance, gap: settings.gap)
        // An objective that is strongly convex by 1/(C·n) leaves weights √C of freedom at a given gap.
        try compare(solver, objective: 1e-4, warm: warm, path: path) { penalty in 5e-3 * penalty.squareRoot() }
    }

    /// Holds objectives, probabilities and the classes that rows fall to against the fixture. Rows whose two likeliest
    /// classes are nearer to each other than probabilities may err say nothing of classes; where there are none, the
    /// accuracy is the fixture's.
    private func compare(
        _ solver: LimitedMemoryBFGS, objective: Double, warm: Bool, path: KernelPath,
        probabilityError: (_ penalty: Double) -> Double
    ) throws {
        let fixture = try LogisticFixture.read()
        let features = Matrix<Float>(fixture.features.map { $0.map { Float($0) } })
        let tested = Matrix<Float>(fixture.features[fixture.training...].map { $0.map { Float($0) } })
        let (training, test) = (Array(0..<fixture.training), fixture.training..<features.rows)
        let makePath = { regularizationPath(fixture, rows: training, solver, on: path) }
        var regularization = makePath()
        for expected in fixture.fits {
            if !warm { regularization = makePath() }
            let fit = regularization.fit(penalty: expected.penalty)
            #expect(abs(fit.objective - expected.objective) <= objective * expected.objective)
            let head = LinearParameters(values: fit.parameters, outputs: fixture.classes, width: features.columns)
            let logits = head.scores(tested, on: path)
            let rows = (0..<test.count).map { Array(logits[$0 * fixture.classes..<($0 + 1) * fixture.classes]) }
            let classes = rows.map { $0.firstIndex(of: $0.max() ?? 0) }
            let probability = probabilityError(expected.penalty)
            var decided = 0
            for (row, (fallen, golden)) in zip(rows, zip(classes, expected.probabilities)) {
                for (value, golden) in zip(softmax(row), golden) { #expect(abs(value - golden) <= probability) }
                let likeliest = golden.indices.sorted { golden[$0] > golden[$1] }
                guard golden[likeliest[0]] - golden[likeliest[1]] > 2 * probability else { continue }
                decided += 1
                #expect(fallen == likeliest[0])
            }
            #expect(decided > rows.count / 2)
            guard decided == rows.count else { continue }
            let correct = zip(classes, fixture.labels[test]).count { $0 == Int($1) }
            #expect(abs(Double(correct) / Double(test.count) - expected.accuracy) < 1e-9)
        }
    }

    private func regularizationPath(
        _ fixture: LogisticFixture, rows: [Int], _ solver: LimitedMemoryBFGS, on path: KernelPath
    ) -> RegularizationPath {
        let task = FeatureTask(
            name: "class", kind: .classification, metric: "top1", classes: fixture.classes,
            samples: Array(0..<fixture.labels.count), targets: .classes(fixture.labels))
        let reference = TaskReference(
            name: "class", digest: "0", kind: "classification", classes: fixture.classes, metric: "top1")
        let targets = TrainingTargets(task, reference, classWeights: nil, rows: rows)
        let single = Matrix<Float>(rows.map { fixture.features[$0].map { Float($0) } })
        return RegularizationPath(
            LogisticLoss(single, targets, rows: rows, on: path),
            double: { LogisticLoss(Matrix<Double>(rows.map { fixture.features[$0] }), targets, rows: rows, on: path) },
            solver)
    }

    private func softmax(_ logits: [Float]) -> [Double] {
        let powers = logits.map { exp(Double($0 - (logits.max() ?? 0))) }
        return powers.map { $0 / powers.reduce(0, +) }
    }

    /// Noise about a place for each class, both in units that fall from one dimension to the next by a power of its
    /// number.
    private func samples(
        _ count: Int, width: Int, classes: Int, apart: Double = 0.5, falling power: Double = 0.5
    ) -> (features: Matrix<Float>, labels: [Int32]) {
        let noise = CounterGenerator(key: 7, stream: 1)
        let places = CounterGenerator(key: 7, stream: 2)
        let features = Matrix<Float>(rows: count, columns: width)
        for row in 0..<count {
            for column in 0..<width {
                let place = places.uniform(at: UInt64(row % classes * width + column)) - 0.5
                let value = apart * place + noise.uniform(at: UInt64(row * width + column)) - 0.5
                features[row, column] = Float(value / pow(Double(1 + column), power))
            }
        }
        return (features, (0..<count).map { Int32($0 % classes) })
    }

    @Test("The number of threads changes no bit of a path of penalties", arguments: KernelPath.available)
    func sharing(_ path: KernelPath) {
        let (features, labels) = samples(4000, width: 24, classes: 5)
        let settings = LogisticSettings(penalties: [0.1, 10], maximumIterations: 1000, tolerance: 1e-4)
        let fits = { () -> [[Double]] in
            let regularization = RegularizationPath(features, labels: labels, classes: 5, settings: settings, on: path)
            return settings.penalties.map { regularization.fit(penalty: $0).parameters }
        }
        let alone = fits()
        #expect(ThreadPool(threads: 2).sharingProducts(fits) == alone)
        #expect(ThreadPool(threads: 3).sharingProducts(fits) == alone)
    }

    @Test(
        "Every fit of a path to weak penalties ends within 1e-4 of its optimum, despite little curvature information",
        arguments: KernelPath.available)
    func path(_ path: KernelPath) {
        let (features, labels) = samples(800, width: 96, classes: 6, apart: 0.2, falling: 0)
        // Few and far apart, so that a fit knows little from the ones before it.
        let penalties = (0..<6).map { pow(10, -4 + 9 * Double($0) / 5) }
        let fits = { (gap: Double) -> [LogisticFit] in
            let settings = LogisticSettings(
                penalties: penalties, maximumIterations: 5000, tolerance: LogisticSettings.standard.tolerance, gap: gap)
            let regularization = RegularizationPath(
                features, labels: labels, classes: 6, settings: settings, on: path)
            return penalties.map { regularization.fit(penalty: $0) }
        }
        for (fit, best) in zip(fits(LogisticSettings.standard.gap), fits(1e-9)) {
            #expect(abs(fit.objective - best.objective) <= 1e-4 * best.objective)
        }
    }

    @Test(
        "Columns of any size, constant, huge or tiny, end with a fit that tells the classes",
        arguments: [1.7e18, 3e37, -2e25, 1e-30, 0], KernelPath.available)
    func columnsOfAnySize(_ size: Float, _ path: KernelPath) {
        let (features, labels) = samples(300, width: 6, classes: 3, apart: 4)
        for row in 0..<300 { features[row, 2] = size * (row % 2 == 0 ? 1 : 0.5) }
        for row in 0..<300 { features[row, 4] = size }
        let settings = LogisticSettings(penalties: [0.1, 10], maximumIterations: 300, tolerance: 1e-4)
        let regularization = RegularizationPath(features, labels: labels, classes: 3, settings: settings, on: path)
        for penalty in settings.penalties {
            let fit = regularization.fit(penalty: penalty)
            #expect(fit.isFinite)
            #expect(fit.objective < 1.05, "log 3 = 1.0986 is what no feature at all gives")
        }
    }

    @Test("Features that are infinite or not numbers end the fit, which says so", arguments: [Float.infinity, .nan])
    func notFinite(_ value: Float) {
        let (features, labels) = samples(60, width: 4, classes: 3)
        features[7, 1] = value
        let settings = LogisticSettings(penalties: [1], maximumIterations: 100, tolerance: 1e-4)
        let fit = RegularizationPath(features, labels: labels, classes: 3, settings: settings, on: .portable)
            .fit(penalty: 1)
        #expect(!fit.isFinite)
    }

    @Test("A search along a line can be interrupted before each of its evaluations")
    func interrupted() {
        var evaluations = 0
        let solver = LimitedMemoryBFGS(maximumIterations: 100, tolerance: 0)
        var history = CurvatureHistory(capacity: 5)
        let function = { (x: [Double], gradient: inout [Double]) -> Double in
            evaluations += 1
            gradient[0] = -1
            return -x[0]
        }
        let start = LimitedMemoryBFGS.evaluate([0], function)
        // The function falls for ever, so that one search alone would take all of its evaluations.
        let minimum = solver.minimize(
            from: start, history: &history, isInterrupted: { evaluations >= 4 }, function)
        #expect(minimum.ending == .interrupted)
        #expect(evaluations == 4)
    }

    @Test("L-BFGS finds the minimum of the Rosenbrock function", arguments: [[-1.2, 1], [0, 0], [3, -4], [-5, 9]])
    func rosenbrock(_ start: [Double]) {
        let solver = LimitedMemoryBFGS(maximumIterations: 500, tolerance: 1e-10)
        let minimum = solver.minimum(from: start) { x, gradient in
            let (a, b) = (1 - x[0], x[1] - x[0] * x[0])
            gradient[0] = -2 * a - 400 * x[0] * b
            gradient[1] = 200 * b
            return a * a + 100 * b * b
        }
        #expect(minimum.ending != .exhausted)
        #expect(abs(minimum.evaluation.point[0] - 1) < 1e-6 && abs(minimum.evaluation.point[1] - 1) < 1e-6)
    }

    @Test("A search that runs out of iterations reports it")
    func exhaustion() {
        let minimum = LimitedMemoryBFGS(maximumIterations: 1, tolerance: 1e-12).minimum(from: [9, -7]) { x, gradient in
            gradient = [2 * x[0], 20 * x[1]]
            return x[0] * x[0] + 10 * x[1] * x[1]
        }
        #expect(minimum.ending == .exhausted)
        #expect(minimum.iterations == 1)
    }
}

extension LimitedMemoryBFGS {
    /// Where a search ends that knows nothing of the function yet.
    fileprivate func minimum(from start: [Double], _ function: Function) -> Minimum {
        var history = CurvatureHistory(capacity: memory)
        return minimize(from: Self.evaluate(start, function), history: &history, function)
    }
}
