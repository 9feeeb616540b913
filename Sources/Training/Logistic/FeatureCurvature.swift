import Numerics

/// How strongly losses of linear heads are bent along features: the mean of (x, 1)(x, 1)ᵀ, times a mean p·(1 − p), plus
/// the penalty, which spares the intercept.
///
/// It stands for the Hessian of every class alike, and L-BFGS learns the rest: features of unlike spread then cost no
/// iterations.
struct FeatureCurvature {
    /// `[D + 1, D + 1]`.
    private let moments: Matrix<Double>
    private let path: KernelPath

    /// Rows for each dimension that are looked at: more would cost more than they tell.
    private static let rowsPerDimension = 16

    init(_ features: MatrixView<Float>, on path: KernelPath) {
        self.path = path
        let width = features.columns
        let step = max(1, features.rows / (Self.rowsPerDimension * (width + 1)))
        let count = features.rows / step
        // Strided, so that sorted rows are sampled evenly.
        let rows = MatrixView(pointer: features.pointer, rows: count, columns: width, stride: features.stride * step)
        let products = Matrix<Float>(rows: width, columns: width)
        multiply(
            rows, transposed: true, rows, into: products.view, alpha: 1 / Float(count), roundingInputs: false, on: path)
        moments = Matrix(rows: width + 1, columns: width + 1)
        for row in 0..<width {
            for column in 0..<width { moments.elements[row * (width + 1) + column] = Double(products[row, column]) }
        }
        let means = moments.elements + width * (width + 1)
        for row in 0..<count {
            let values = rows.pointer + row * rows.stride
            for column in 0..<width { means[column] += Double(values[column]) / Double(count) }
        }
        means[width] = 1
    }

    /// The inverse of the penalised Hessian that it stands for.
    ///
    /// - Parameters:
    ///   - curvature: Mean of p·(1 − p).
    ///   - strength: Of the penalty.
    func inverse(curvature: Double, strength: Double) -> Inverse {
        let last = moments.rows - 1
        // Otherwise directions in which features hardly vary would be trusted far too much.
        let trace = (0..<last).reduce(0) { $0 + moments[$1, $1] }
        var ridge = 1e-9 * trace / Double(max(1, last))
        while true {
            let hessian = moments.copy()
            for index in 0...last {
                for column in 0...index { hessian[index, column] *= curvature }
                hessian[index, index] += curvature * ridge + (index < last ? strength : 0)
            }
            if let cholesky = Cholesky(hessian, on: path) { return Inverse(cholesky: cholesky, width: last) }
            ridge = ridge > 0 ? 100 * ridge : 1e-9
        }
    }

    /// Applies to W `[classes, D]`, row-major, and b `[classes]` in one vector.
    struct Inverse {
        fileprivate let cholesky: Cholesky
        fileprivate let width: Int

        func apply(_ vector: inout [Double]) {
            let classes = vector.count / (width + 1)
            let sides = Matrix<Double>(rows: classes, columns: width + 1)
            vector.withUnsafeMutableBufferPointer { vector in
                guard let start = vector.baseAddress else { return }
                for row in 0..<classes {
                    let side = sides.elements + row * (width + 1)
                    side.update(from: start + row * width, count: width)
                    side[width] = start[classes * width + row]
                }
                cholesky.solve(sides.view)
                for row in 0..<classes {
                    let side = sides.elements + row * (width + 1)
                    (start + row * width).update(from: side, count: width)
                    start[classes * width + row] = side[width]
                }
            }
        }
    }
}
