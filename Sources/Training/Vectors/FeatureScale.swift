import Numerics

/// Where the features of some rows lie and how far they spread: x̄ `[D]` and s = (1/(n·D)) Σ_i ‖x_i − x̄‖², their mean
/// square per dimension.
///
/// Penalties in units of s mean the same whatever the unit of the features is, and on standardised features, where s is
/// 1, what scikit-learn means by them. s is 1 where all rows are equal.
struct FeatureScale {
    let means: [Double]
    /// s.
    let meanSquare: Double

    /// - Parameter features: `[n, D]`, of the rows that train.
    init(_ features: Matrix<Float>) {
        let (rows, width) = (features.rows, features.columns)
        var means = [Double](repeating: 0, count: width)
        for row in 0..<rows {
            for (column, value) in features.row(row).enumerated() { means[column] += Double(value) }
        }
        for column in 0..<width { means[column] /= Double(max(1, rows)) }
        var squares = 0.0
        for row in 0..<rows {
            for (column, value) in features.row(row).enumerated() {
                let centred = Double(value) - means[column]
                squares += centred * centred
            }
        }
        self.init(means: means, sumOfSquares: squares, rows: rows)
    }

    /// - Parameter sumOfSquares: Σ_i ‖x_i − x̄‖².
    init(means: [Double], sumOfSquares: Double, rows: Int) {
        self.means = means
        let meanSquare = sumOfSquares / Double(max(1, rows * means.count))
        self.meanSquare = meanSquare > 0 ? meanSquare : 1
    }

    /// x ← (x − x̄)/√s.
    @specialized(where S == Float)
    @specialized(where S == Double)
    func apply<S: Scalar>(to features: Matrix<S>) {
        let factor = 1 / meanSquare.squareRoot()
        for row in 0..<features.rows {
            let values = features.row(row)
            for column in values.indices { values[column] = S((Double(values[column]) - means[column]) * factor) }
        }
    }

    /// W and b for features as they are, of those for scaled ones: W/√s and b − W·x̄/√s.
    func unscaled(_ parameters: [Double], outputs: Int) -> [Double] {
        moved(parameters, outputs: outputs, factor: 1 / meanSquare.squareRoot(), weightsAreScaled: true)
    }

    /// The inverse of `unscaled`.
    func scaled(_ parameters: [Double], outputs: Int) -> [Double] {
        moved(parameters, outputs: outputs, factor: meanSquare.squareRoot(), weightsAreScaled: false)
    }

    /// W·factor, and b moved by W·x̄, W being the weights of features as they are.
    private func moved(_ parameters: [Double], outputs: Int, factor: Double, weightsAreScaled: Bool) -> [Double] {
        var moved = parameters
        let width = means.count
        for output in 0..<outputs {
            var shift = 0.0
            for column in 0..<width {
                let index = output * width + column
                moved[index] *= factor
                shift += (weightsAreScaled ? moved[index] : parameters[index]) * means[column]
            }
            moved[outputs * width + output] += weightsAreScaled ? -shift : shift
        }
        return moved
    }
}
