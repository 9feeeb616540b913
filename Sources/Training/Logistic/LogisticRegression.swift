import Numerics
import Probes

/// Multinomial logistic regression with an L2 penalty on the weights and none on the intercepts:
///
/// minimise (1/n) Σ_i CE_i + (1/(2·C·n)) ‖W‖², logits = W x + b, full softmax over all classes.
///
/// This is the objective of scikit-learn's `LogisticRegression` (lbfgs) for three and more classes, on raw features:
/// nothing is standardised. For two classes scikit-learn penalises one weight vector where this penalises two.
///
/// Products run in the precision of the features, everything else in double precision.
struct LogisticRegression<S: Scalar> {
    /// `[n, D]`.
    let features: MatrixView<S>
    /// `[n]`, each in 0 ..< classes; unused where another loss is given.
    let labels: [Int32]
    let classes: Int
    let path: KernelPath
    /// Replaces logits by the gradient of another loss than the softmax cross-entropy of the labels, and gives its
    /// value.
    var differentiate: ((MatrixView<S>) -> Double)?

    /// - Parameters:
    ///   - penalty: C, the inverse of the penalty's strength.
    ///   - start: Where to begin, the origin by default.
    ///   - isInterrupted: Asked before every iteration; the fit then ends where it is.
    func fit(
        penalty: Double, solver: LimitedMemoryBFGS, from start: [Double]? = nil, isInterrupted: () -> Bool = { false }
    ) -> LogisticFit {
        let (rows, width) = (features.rows, features.columns)
        let strength = 1 / (penalty * Double(rows))
        let weights = Matrix<S>(rows: classes, columns: width)
        let slopes = Matrix<S>(rows: classes, columns: width)
        let logits = Matrix<S>(rows: rows, columns: classes)
        let origin = start ?? [Double](repeating: 0, count: classes * (width + 1))
        let minimum = solver.minimize(from: origin, isInterrupted: isInterrupted) { parameters, gradient in
            evaluate(
                parameters, &gradient, strength: strength, weights: weights.view, slopes: slopes.view,
                logits: logits.view)
        }
        withExtendedLifetime((weights, slopes, logits)) {}
        return LogisticFit(
            parameters: minimum.point, objective: minimum.value, iterations: minimum.iterations,
            evaluations: minimum.evaluations, ending: minimum.ending)
    }

    private func evaluate(
        _ parameters: [Double], _ gradient: inout [Double], strength: Double, weights: MatrixView<S>,
        slopes: MatrixView<S>, logits: MatrixView<S>
    ) -> Double {
        let count = weights.rows * weights.columns
        load(parameters, weights, logits)
        multiply(
            features, transposed: false, weights, transposed: true, into: logits, accumulate: true, roundingInputs: false,
            on: path)
        let loss = differentiate?(logits) ?? labels.withUnsafeBufferPointer {
            guard let labels = $0.baseAddress else { return 0 }
            return softmaxCrossEntropy(logits, labels: labels, gradient: logits, on: path)
        }
        multiply(logits, transposed: true, features, into: slopes, roundingInputs: false, on: path)
        var squares = 0.0
        gradient.withUnsafeMutableBufferPointer { gradient in
            for index in 0..<count {
                squares += parameters[index] * parameters[index]
                gradient[index] = Double(slopes.pointer[index]) + strength * parameters[index]
            }
            // Over all rows in double precision: so many small terms would lose half of single precision's digits.
            for label in 0..<classes { gradient[count + label] = 0 }
            for row in 0..<logits.rows {
                let slope = logits.pointer + row * logits.stride
                for label in 0..<classes { gradient[count + label] += Double(slope[label]) }
            }
        }
        return loss + 0.5 * strength * squares
    }

    /// W in the precision of the products, and b in every row of logits.
    private func load(_ parameters: [Double], _ weights: MatrixView<S>, _ logits: MatrixView<S>) {
        let count = weights.rows * weights.columns
        for index in 0..<count { weights.pointer[index] = S(parameters[index]) }
        let intercepts = parameters[count...].map { S($0) }
        for row in 0..<logits.rows { (logits.pointer + row * logits.stride).update(from: intercepts, count: classes) }
    }

    /// Logits `[rows, classes]` of other features.
    static func predict(_ parameters: [Double], features: MatrixView<S>, classes: Int, on path: KernelPath) -> [Float] {
        let weights = Matrix<S>(rows: classes, columns: features.columns)
        let logits = Matrix<S>(rows: features.rows, columns: classes)
        let count = classes * features.columns
        for index in 0..<count { weights.elements[index] = S(parameters[index]) }
        multiply(
            features, transposed: false, weights.view, transposed: true, into: logits.view, roundingInputs: false, on: path)
        var values = [Float](repeating: 0, count: features.rows * classes)
        for index in values.indices {
            values[index] = Float(logits.elements[index] + S(parameters[count + index % classes]))
        }
        withExtendedLifetime((weights, logits)) {}
        return values
    }
}

/// The solution for one penalty.
struct LogisticFit {
    /// W `[classes, D]`, row-major, then b `[classes]`.
    var parameters: [Double]
    var objective: Double
    var iterations: Int
    var evaluations: Int
    var ending: LimitedMemoryBFGS.Ending
}
