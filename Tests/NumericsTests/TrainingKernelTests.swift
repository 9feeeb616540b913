import Foundation
import Testing

@testable import Numerics

/// Shapes below a vector, at its edges, and of several blocks.
private let shapes = [(1, 1), (5, 3), (64, 16), (200, 33), (7, 1000)]

@Suite("Training kernels against double-precision sums")
struct TrainingKernelTests {
    private func tolerance<S: Scalar>(_: S.Type) -> Double { S.self == Float.self ? 3e-6 : 1e-13 }

    private func columns<S: Scalar>(_ x: Matrix<S>) -> [[Double]] {
        (0..<x.columns).map { column in (0..<x.rows).map { Double(x[$0, column]) } }
    }

    private func mean(_ values: [Double]) -> Double { values.reduce(0, +) / Double(values.count) }

    @Test("Batch norm is correct forward and backward", arguments: KernelPath.tested, shapes)
    func batchNorm(path: KernelPath, shape: (Int, Int)) {
        checkBatchNorm(Float.self, path, shape)
        checkBatchNorm(Double.self, path, shape)
    }

    private func checkBatchNorm<S: Scalar>(_: S.Type, _ path: KernelPath, _ shape: (Int, Int)) {
        let x: Matrix<S> = normalMatrix(shape.0, shape.1, seed: 1)
        let gradient: Matrix<S> = normalMatrix(shape.0, shape.1, seed: 2)
        let statistics = Matrix<S>(rows: 2, columns: shape.1)
        let (means, variances) = (statistics.elements, statistics.elements + shape.1)
        let y = Matrix<S>(rows: shape.0, columns: shape.1)
        let epsilon = 0.1
        BatchNorm.statistics(of: x.view, mean: means, variance: variances, on: path)
        BatchNorm.normalise(x.view, mean: means, variance: variances, epsilon: epsilon, into: y.view, on: path)
        BatchNorm.backward(
            gradient: gradient.view, normalised: y.view, variance: variances, epsilon: epsilon, into: gradient.view,
            on: path)
        let upstream: Matrix<S> = normalMatrix(shape.0, shape.1, seed: 2)
        for (column, (values, slopes)) in zip(columns(x), columns(upstream)).enumerated() {
            let centre = mean(values), variance = mean(values.map { ($0 - centre) * ($0 - centre) })
            let root = (variance + epsilon).squareRoot()
            let normal = values.map { ($0 - centre) / root }
            let correlation = mean(zip(slopes, normal).map { $0 * $1 })
            let wanted = zip(slopes, normal).map { ($0 - mean(slopes) - $1 * correlation) / root }
            #expect(abs(Double(statistics[0, column]) - centre) < tolerance(S.self))
            #expect(abs(Double(statistics[1, column]) - variance) < 3 * tolerance(S.self))
            for row in 0..<shape.0 {
                #expect(abs(Double(y[row, column]) - normal[row]) < 4 * tolerance(S.self))
                #expect(abs(Double(gradient[row, column]) - wanted[row]) < 8 * tolerance(S.self))
            }
        }
    }

    @Test("Softmax cross-entropy and its gradient are correct", arguments: KernelPath.tested, shapes)
    func crossEntropy(path: KernelPath, shape: (Int, Int)) {
        checkCrossEntropy(Float.self, path, shape)
        checkCrossEntropy(Double.self, path, shape)
    }

    private func checkCrossEntropy<S: Scalar>(_: S.Type, _ path: KernelPath, _ shape: (Int, Int)) {
        let logits: Matrix<S> = normalMatrix(shape.0, shape.1, seed: 3, scale: 5)
        let gradient = Matrix<S>(rows: shape.0, columns: shape.1)
        let labels = (0..<shape.0).map { Int32($0 * 7 % shape.1) }
        let loss = softmaxCrossEntropy(logits.view, labels: labels, gradient: gradient.view, on: path)
        var wanted = 0.0
        for row in 0..<shape.0 {
            let values = logits.row(row).map { exp(Double($0)) }, total = values.reduce(0, +)
            wanted -= log(values[Int(labels[row])] / total) / Double(shape.0)
            for column in 0..<shape.1 {
                let hit = column == Int(labels[row]) ? 1.0 : 0.0
                let slope = (values[column] / total - hit) / Double(shape.0)
                #expect(abs(Double(gradient[row, column]) - slope) < tolerance(S.self))
            }
        }
        #expect(abs(loss - wanted) < tolerance(S.self) * max(1, wanted))
    }

    @Test("Column sums and row addition are correct", arguments: KernelPath.tested, shapes)
    func sums(path: KernelPath, shape: (Int, Int)) {
        let x: Matrix<Float> = normalMatrix(shape.0, shape.1, seed: 4)
        let row: Matrix<Float> = normalMatrix(1, shape.1, seed: 5)
        let total = Matrix<Float>(rows: 1, columns: shape.1)
        columnSums(x.view, into: total.elements, on: path)
        columnSums(x.view, into: total.elements, accumulate: true, on: path)
        for (column, values) in columns(x).enumerated() {
            #expect(abs(Double(total[0, column]) - 2 * values.reduce(0, +)) < 1e-4)
        }
        let moved = x.copy()
        addRow(row.elements, to: moved.view, on: path)
        for index in 0..<shape.0 {
            for column in 0..<shape.1 { #expect(moved[index, column] == x[index, column] + row[0, column]) }
        }
    }

    /// Golden numbers of the literature's own optimiser (probing_methods B.1).
    @Test("LARS takes the reference's two steps", arguments: KernelPath.tested)
    func lars(path: KernelPath) {
        var weights: [Double] = [1, 2, 3, 4], bias: [Double] = [0.5, -0.5], queries: [Double] = [0, 0]
        var moments = ([Double](repeating: 0, count: 4), [0.0, 0.0], [0.0, 0.0])
        let gradients: [([Double], [Double], [Double])] = [
            ([0.1, 0.2, 0.3, 0.4], [0.1, 0.1], [0.5, 0.5]), ([-0.1, 0, 0.2, 0.1], [0, 0.2], [0.1, -0.3]),
        ]
        for gradient in gradients {
            stepLARS(
                parameters: &weights, gradient: gradient.0, momentum: &moments.0, count: 4, rate: 1.6, decay: 0,
                on: path)
            stepSGD(parameters: &bias, gradient: gradient.1, momentum: &moments.1, count: 2, rate: 1.6, on: path)
            stepLARS(
                parameters: &queries, gradient: gradient.2, momentum: &moments.2, count: 2, rate: 1.6, decay: 0,
                on: path)
        }
        #expect(relativeError(weights, [1.00053198, 1.99392, 2.98373603, 3.98426802]) < 1e-8)
        #expect(relativeError(bias, [0.196, -1.124]) < 1e-12)
        #expect(relativeError(queries, [-1.52057243, -1.51828270]) < 1e-8)
    }

    @Test(
        "Weight decay is added before the norm in LARS and before the momentum in SGD", arguments: KernelPath.tested,
        [1, 40, 9000])
    func decay(path: KernelPath, count: Int) {
        let start: Matrix<Double> = normalMatrix(1, count, seed: 6)
        let slope: Matrix<Double> = normalMatrix(1, count, seed: 7)
        let (adaptive, plain) = (start.copy(), start.copy())
        let (first, second) = (Matrix<Double>(rows: 1, columns: count), Matrix<Double>(rows: 1, columns: count))
        stepLARS(
            parameters: adaptive.elements, gradient: slope.elements, momentum: first.elements, count: count, rate: 0.5,
            decay: 0.01, on: path)
        stepSGD(
            parameters: plain.elements, gradient: slope.elements, momentum: second.elements, count: count, rate: 0.5,
            decay: 0.01, on: path)
        let decayed = zip(start.values, slope.values).map { $1 + 0.01 * $0 }
        func norm(_ x: [Double]) -> Double { x.reduce(0) { $0 + $1 * $1 }.squareRoot() }
        let local = 0.001 * norm(start.values) / norm(decayed)
        #expect(relativeError(adaptive.values, zip(start.values, decayed).map { $0 - 0.5 * local * $1 }) < 1e-12)
        #expect(relativeError(plain.values, zip(start.values, decayed).map { $0 - 0.5 * $1 }) < 1e-12)
    }

    @Test("AdamW follows its equations for three steps", arguments: KernelPath.tested, [1, 37])
    func adam(path: KernelPath, count: Int) {
        let parameters: Matrix<Double> = normalMatrix(1, count, seed: 8)
        let (mean, square) = (Matrix<Double>(rows: 1, columns: count), Matrix<Double>(rows: 1, columns: count))
        var wanted = parameters.values, m = wanted.map { _ in 0.0 }, v = m
        for step in 1...3 {
            let gradient: Matrix<Double> = normalMatrix(1, count, seed: UInt64(90 + step))
            stepAdamW(
                parameters: parameters.elements, gradient: gradient.elements, mean: mean.elements,
                square: square.elements, count: count, rate: 0.01, decay: 0.1, step: step, on: path)
            for index in 0..<count {
                let slope = gradient[0, index]
                m[index] = 0.9 * m[index] + 0.1 * slope
                v[index] = 0.999 * v[index] + 0.001 * slope * slope
                let unbiased = (m[index] / (1 - pow(0.9, Double(step))), v[index] / (1 - pow(0.999, Double(step))))
                wanted[index] = wanted[index] * (1 - 0.001) - 0.01 * unbiased.0 / (unbiased.1.squareRoot() + 1e-8)
            }
        }
        #expect(relativeError(parameters.values, wanted) < 1e-12)
    }

    @Test("GELU and its derivative are correct over the relevant range", arguments: KernelPath.tested)
    func gelu(path: KernelPath) {
        let points = (-400...400).map { Double($0) / 40 }
        let wanted = points.map { 0.5 * $0 * erfc(-$0 / 2.0.squareRoot()) }
        let slopes = points.map {
            0.5 * erfc(-$0 / 2.0.squareRoot()) + $0 * exp(-$0 * $0 / 2) / (2 * Double.pi).squareRoot()
        }
        var double = [Double](repeating: 0, count: points.count), single = [Float](repeating: 0, count: points.count)
        Numerics.gelu(points, count: points.count, into: &double, on: path)
        Numerics.gelu(points.map { Float($0) }, count: points.count, into: &single, on: path)
        #expect(zip(double, wanted).allSatisfy { abs($0 - $1) < 1e-14 })
        #expect(zip(single, wanted).allSatisfy { abs(Double($0) - $1) < 1.5e-6 })
        let ones = points.map { _ in 1.0 }
        geluBackward(points, gradient: ones, count: points.count, into: &double, on: path)
        geluBackward(
            points.map { Float($0) }, gradient: ones.map { Float($0) }, count: points.count, into: &single, on: path)
        #expect(zip(double, slopes).allSatisfy { abs($0 - $1) < 1e-14 })
        #expect(zip(single, slopes).allSatisfy { abs(Double($0) - $1) < 1.5e-6 })
    }
}
