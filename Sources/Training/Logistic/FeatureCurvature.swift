import Numerics

/// How strongly losses of linear heads are bent along features: the mean of (x, 1)(x, 1)ᵀ, times a mean p·(1 − p), plus
/// the penalty, which spares the intercept.
///
/// It stands for the Hessian of every class alike, and L-BFGS learns the rest: features of unlike spread then cost no
/// iterations.
struct FeatureCurvature {
    /// `[D + 1, D + 1]`.
    private let moments: Matrix<Double>
    /// Whether features differ so much that each needs a ridge of its own.
    private let isWide: Bool
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
        moments = Matrix(rows: width + 1, columns: width + 1)
        isWide = !Self.addProducts(of: rows, to: moments, on: path)
        if isWide { Self.addWideProducts(of: rows, to: moments, on: path) }
        let means = moments.elements + width * (width + 1)
        for row in 0..<count {
            let values = rows.pointer + row * rows.stride
            for column in 0..<width { means[column] += Double(values[column]) / Double(count) }
        }
        means[width] = 1
    }

    /// The mean of x·xᵀ, in single precision; false, and nothing, where that is too large for it: from features of about
    /// 1e19 on.
    private static func addProducts(
        of rows: MatrixView<Float>, to moments: Matrix<Double>, on path: KernelPath
    ) -> Bool {
        let width = rows.columns
        let products = Matrix<Float>(rows: width, columns: width)
        multiply(
            rows, transposed: true, rows, into: products.view, alpha: 1 / Float(rows.rows), roundingInputs: false,
            on: path)
        // No product of two features is greater than the greater of their squares.
        guard (0..<width).allSatisfy({ products[$0, $0].isFinite }) else { return false }
        for row in 0..<width {
            for column in 0..<width { moments.elements[row * (width + 1) + column] = Double(products[row, column]) }
        }
        return true
    }

    /// The same in double precision, which holds the squares of all numbers of single precision.
    private static func addWideProducts(
        of rows: MatrixView<Float>, to moments: Matrix<Double>, on path: KernelPath
    ) {
        let width = rows.columns
        let wide = Matrix<Double>(rows: rows.rows, columns: width)
        let products = Matrix<Double>(rows: width, columns: width)
        for row in 0..<rows.rows {
            for column in 0..<width { wide.elements[row * width + column] = Double(rows[row, column]) }
        }
        multiply(wide.view, transposed: true, wide.view, into: products.view, on: path)
        for row in 0..<width {
            for column in 0..<width {
                moments.elements[row * (width + 1) + column] = products[row, column] / Double(rows.rows)
            }
        }
        withExtendedLifetime(wide) {}
    }

    /// Decompositions that are tried, each with ridges a hundred times the ones before: from a thousand-millionth of
    /// features' mean squares to a thousand million times them, where rounding is nothing beside them.
    private static let trials = 10

    /// The inverse of the penalised Hessian that it stands for. Where that cannot be decomposed, because features are
    /// infinite or not numbers, the identity, which a search may start from as well.
    ///
    /// - Parameters:
    ///   - curvature: Mean of p·(1 − p).
    ///   - strength: Of the penalty.
    func inverse(curvature: Double, strength: Double) -> Inverse {
        let last = moments.rows - 1
        var ridges = leastRidges
        for _ in 0..<Self.trials {
            let hessian = moments.copy()
            for index in 0...last {
                for column in 0...index { hessian[index, column] *= curvature }
                hessian[index, index] += curvature * ridges[index] + (index < last ? strength : 0)
            }
            if let cholesky = Cholesky(hessian, on: path) { return Inverse(cholesky: cholesky, width: last) }
            ridges = ridges.map { $0 > 0 ? 100 * $0 : 1e-9 }
        }
        return Inverse(cholesky: nil, width: last)
    }

    /// What is added to the diagonal. Otherwise directions in which features hardly vary would be trusted far too much.
    private var leastRidges: [Double] {
        let last = moments.rows - 1
        if isWide { return (0...last).map { 1e-9 * moments[$0, $0] } }
        let trace = (0..<last).reduce(0) { $0 + moments[$1, $1] }
        return Array(repeating: 1e-9 * trace / Double(max(1, last)), count: last + 1)
    }

    /// Applies to W `[classes, D]`, row-major, and b `[classes]` in one vector.
    struct Inverse {
        /// Nil for the identity.
        fileprivate let cholesky: Cholesky?
        fileprivate let width: Int

        func apply(_ vector: inout [Double]) {
            guard let cholesky else { return }
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
