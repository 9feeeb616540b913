import Numerics

/// Ridge regression on centred sums: minimise ‖Y − XW − 1bᵀ‖² + α‖W‖², intercepts free. This is the objective of scikit-learn's
/// `Ridge`, and with Y = ±1 of its `RidgeClassifier`. α = 0 is least squares; where it has many solutions, W is the shortest.
///
/// (XᵀX − n·x̄x̄ᵀ + αI) W = XᵀY − n·x̄ȳᵀ, b = ȳ − Wᵀx̄.
struct RidgeRegression {
    private let gram: Matrix<Double>
    private let products: Matrix<Double>
    private let featureMeans: [Double]
    private let targetMeans: [Double]
    private let path: KernelPath

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
            for output in 0..<products.columns {
                products.elements[row * products.columns + output] -= count * means[row] * targetMeans[output]
            }
        }
    }

    func fit(penalty: Double) -> LinearParameters {
        let (width, outputs) = (gram.rows, products.columns)
        let (matrix, weights) = (gram.copy(), products.copy())
        for index in 0..<width { matrix.elements[index * width + index] += penalty }
        if let factor = CholeskyFactor(matrix.view, on: path) {
            factor.solve(weights.view)
        } else {
            solveSemidefinite(matrix.view, weights.view, on: path)
        }
        var values = [Double](repeating: 0, count: outputs * (width + 1))
        for output in 0..<outputs {
            var intercept = targetMeans[output]
            for index in 0..<width {
                let weight = weights.elements[index * outputs + output]
                values[output * width + index] = weight
                intercept -= weight * featureMeans[index]
            }
            values[outputs * width + output] = intercept
        }
        return LinearParameters(values: values, outputs: outputs, width: width)
    }
}
