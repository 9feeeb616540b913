import Numerics

/// Ridge regression on centred sums: minimise ‖Y − XW − 1bᵀ‖² + α‖W‖², intercepts free. This is the objective of
/// scikit-learn's `Ridge`, and with Y = ±1 of its `RidgeClassifier`. α = 0 is least squares; where it has many
/// solutions, W is the shortest.
///
/// (XᵀX − n·x̄x̄ᵀ + αI) W = XᵀY − n·x̄ȳᵀ, b = ȳ − Wᵀx̄. A pivot of at most 100·D·2⁻⁵² of the largest diagonal entry of
/// that matrix counts as none.
struct RidgeRegression {
    private let gram: Matrix<Double>
    private let products: Matrix<Double>
    private let featureMeans: [Double]
    private let targetMeans: [Double]
    private let path: KernelPath
    /// s of the rows that are trained on.
    let scale: FeatureScale

    /// - Parameter sums: Of X less `shift` and Y over the rows that are trained on.
    /// - Parameter shift: `[D]`, near the mean of X: sums of features far from zero would lose what they differ by.
    init(_ sums: CrossProducts, shift: [Double], on path: KernelPath) {
        self.path = path
        (gram, products) = (sums.gram, sums.products)
        targetMeans = sums.targetMeans
        let (means, count) = (sums.featureMeans, Double(sums.count))
        featureMeans = zip(means, shift).map { $0 + $1 }
        for row in 0..<gram.rows {
            for column in 0..<gram.columns {
                gram.elements[row * gram.columns + column] -= count * (means[row] * means[column])
            }
        }
        for output in 0..<products.rows {
            for column in 0..<products.columns {
                products.elements[output * products.columns + column] -= count * (targetMeans[output] * means[column])
            }
        }
        let gram = gram
        scale = FeatureScale(
            means: featureMeans,
            sumOfSquares: (0..<gram.rows).reduce(0) { $0 + gram.elements[$1 * (gram.columns + 1)] },
            rows: sums.count)
    }

    func fit(penalty: Double) -> LinearParameters {
        let (width, outputs) = (gram.rows, products.rows)
        let (matrix, weights) = (penalized(penalty), products.copy())
        let cutOff = 100 * Double(width) * Double.ulpOfOne
        if let factor = Cholesky(matrix, cutOff: cutOff, on: path) {
            factor.solve(weights.view)
        } else {
            let singular = penalized(penalty)
            solveSemidefinite(singular.view, weights.view, cutOff: cutOff, on: path)
            withExtendedLifetime(singular) {}
        }
        var values = (0..<outputs).flatMap { Array(weights.row($0)) }
        for output in 0..<outputs {
            values.append(zip(weights.row(output), featureMeans).reduce(targetMeans[output]) { $0 - $1.0 * $1.1 })
        }
        return LinearParameters(values: values, outputs: outputs, width: width)
    }

    private func penalized(_ penalty: Double) -> Matrix<Double> {
        let matrix = gram.copy()
        for index in 0..<gram.rows { matrix.elements[index * gram.columns + index] += penalty }
        return matrix
    }
}
