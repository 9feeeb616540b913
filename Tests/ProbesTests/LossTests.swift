import Foundation
import Numerics
import Probes
import Testing

@Suite("Losses")
struct LossTests {
    private static func draws(_ count: Int, _ seed: UInt64) -> [Double] {
        let random = CounterGenerator(key: seed, stream: 9)
        return (0..<count).map { 3 * random.normal(at: UInt64($0)) }
    }

    /// The loss and its gradient at some logits, in a precision.
    private static func evaluate<S: Scalar>(
        _ logits: [S], columns: Int, _ objective: BatchObjective, path: KernelPath
    ) -> (loss: Double, gradient: [S]) {
        let matrix = Matrix<S>(rows: logits.count / columns, columns: columns)
        for (index, logit) in logits.enumerated() { matrix.elements[index] = logit }
        let loss = objective.differentiate(matrix.view, on: path)
        let gradient = (0..<logits.count).map { matrix.elements[$0] }
        withExtendedLifetime(matrix) {}
        return (loss, gradient)
    }

    /// One batch under each loss.
    enum Example: String, CaseIterable {
        case weightedSoftmax, sigmoid, weightedSigmoid, squared, pairwise, groupedPairwise

        var columns: Int {
            switch self {
            case .weightedSoftmax, .sigmoid, .weightedSigmoid: 4
            case .squared, .pairwise, .groupedPairwise: 1
            }
        }

        static let labels: [Int32] = [2, 0, 3, 3, 1, 2]
        static let indicators: [UInt8] = (0..<24).map { $0 * 5 % 7 < 3 ? 1 : 0 }
        static let weights: [Float] = [0.5, 2, 1, 3.25]
        static let numbers: [Float] = [1.5, -2, 1.5, 0, 7, -2]
        static let groups: [Int] = [0, 1, 0, 1, 0, 0]

        /// Pairs by definition: (above, below).
        var pairs: [(Int, Int)] {
            let rows = Self.numbers.indices
            return rows.flatMap { i in
                rows.filter { j in
                    Self.numbers[i] > Self.numbers[j] && (self == .pairwise || Self.groups[i] == Self.groups[j])
                }.map { (i, $0) }
            }
        }

        func use<Result>(_ body: (BatchObjective) -> Result) -> Result {
            switch self {
            case .weightedSoftmax: body(.softmax(labels: Self.labels.copy, weights: Self.weights.copy))
            case .sigmoid: body(.sigmoid(indicators: Self.indicators.copy, weights: nil))
            case .weightedSigmoid: body(.sigmoid(indicators: Self.indicators.copy, weights: Self.weights.copy))
            case .squared: body(.squared(targets: Self.numbers.copy))
            case .pairwise:
                body(
                    .pairwise(
                        Self.ranked(
                            order: [4, 0, 2, 3, 1, 5], lower: [1, 3, 3, 4, 6, 6], end: [6, 6, 6, 6, 6, 6])))
            case .groupedPairwise:
                body(
                    .pairwise(
                        Self.ranked(
                            order: [4, 0, 2, 5, 3, 1], lower: [1, 3, 3, 4, 5, 6], end: [4, 4, 4, 4, 6, 6])))
            }
        }

        private static func ranked(order: [Int32], lower: [Int32], end: [Int32]) -> RankedPairs {
            RankedPairs(count: order.count, order: order.copy, lower: lower.copy, end: end.copy)
        }

        /// The loss by its definition.
        func reference(_ logits: [Double]) -> Double {
            func softplus(_ x: Double) -> Double { log(1 + exp(x)) }
            switch self {
            case .weightedSoftmax:
                let rows = Self.labels.indices.map { row -> (weight: Double, loss: Double) in
                    let scores = logits[row * 4..<row * 4 + 4].map { $0 }
                    let label = Int(Self.labels[row])
                    return (Double(Self.weights[label]), log(scores.reduce(0) { $0 + exp($1) }) - scores[label])
                }
                return rows.reduce(0) { $0 + $1.weight * $1.loss } / rows.reduce(0) { $0 + $1.weight }
            case .sigmoid, .weightedSigmoid:
                return logits.indices.reduce(0) { sum, index in
                    let weight = self == .sigmoid ? 1 : Double(Self.weights[index % 4])
                    return sum
                        + (Self.indicators[index] == 1 ? weight * softplus(-logits[index]) : softplus(logits[index]))
                } / 6
            case .squared:
                return zip(logits, Self.numbers).reduce(0) { $0 + ($1.0 - Double($1.1)) * ($1.0 - Double($1.1)) } / 6
            case .pairwise, .groupedPairwise:
                return pairs.reduce(0) { $0 + softplus(logits[$1.1] - logits[$1.0]) } / Double(pairs.count)
            }
        }
    }

    @Test("match their equations", arguments: Example.allCases, KernelPath.available)
    func definition(_ example: Example, path: KernelPath) {
        for seed in 1...3 as ClosedRange<UInt64> {
            let logits = Self.draws(6 * example.columns, seed)
            let (loss, _) = example.use { Self.evaluate(logits, columns: example.columns, $0, path: path) }
            let reference = example.reference(logits)
            #expect(abs(loss - reference) < 1e-9 * max(1, reference))
            let floats = logits.map(Float.init)
            let single = example.use { Self.evaluate(floats, columns: example.columns, $0, path: path) }.loss
            #expect(abs(single - reference) < 1e-5 * max(1, reference))
        }
    }

    @Test("have gradients that match finite differences", arguments: Example.allCases, KernelPath.available)
    func finiteDifferences(_ example: Example, path: KernelPath) {
        for seed in 1...2 as ClosedRange<UInt64> {
            let logits = Self.draws(6 * example.columns, seed)
            let analytic = example.use { Self.evaluate(logits, columns: example.columns, $0, path: path) }.gradient
            for index in logits.indices {
                var (above, below) = (logits, logits)
                above[index] += 1e-5
                below[index] -= 1e-5
                let slope = (example.reference(above) - example.reference(below)) / 2e-5
                #expect(abs(slope - analytic[index]) < 1e-8, "\(example) [\(index)]")
            }
        }
    }

    @Test("are not finite if a logit is not", arguments: Example.allCases, KernelPath.available)
    func broken(_ example: Example, path: KernelPath) {
        var logits = Self.draws(6 * example.columns, 1).map(Float.init)
        logits[3 * example.columns] = .nan
        #expect(!example.use { Self.evaluate(logits, columns: example.columns, $0, path: path) }.loss.isFinite)
    }

    @Test("are finite for extreme scores", arguments: Example.allCases, KernelPath.available)
    func extremes(_ example: Example, path: KernelPath) {
        let logits = (0..<6 * example.columns).map { Float($0 % 2 == 0 ? 5000 : -5000) }
        let (loss, gradient) = example.use { Self.evaluate(logits, columns: example.columns, $0, path: path) }
        #expect(loss.isFinite && gradient.allSatisfy(\.isFinite))
    }

    @Test("A batch without a pair has no loss and no gradient", arguments: KernelPath.available)
    func noPairs(path: KernelPath) {
        let none: [Int32] = [0, 1, 2]
        let ends: [Int32] = [1, 2, 3]
        let pairs = RankedPairs(count: 3, order: none.copy, lower: ends.copy, end: ends.copy)
        let (loss, gradient) = Self.evaluate([1.0, 2, 3], columns: 1, .pairwise(pairs), path: path)
        #expect(loss == 0 && gradient == [0, 0, 0])
    }
}

extension Array {
    /// Memory that outlives the test, which ends soon enough.
    fileprivate var copy: UnsafePointer<Element> {
        let memory = UnsafeMutablePointer<Element>.allocate(capacity: count)
        memory.initialize(from: self, count: count)
        return UnsafePointer(memory)
    }
}
