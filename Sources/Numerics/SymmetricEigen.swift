/// Eigenvalues and eigenvectors of a symmetric matrix, A = Σ_i λ_i v_i v_iᵀ, in double precision.
///
/// Householder reflections make A tridiagonal, implicit QL rotations make that diagonal. No bit depends on the number of
/// threads or on the kernel path: only sums and products in a fixed order are used. Source: Golub and Van Loan, "Matrix
/// computations" (2013), §8.3.1 and §8.3.3; the shift and the order of rotations are those of EISPACK's tql2.
package struct SymmetricEigen {
    /// λ, falling.
    package let values: [Double]
    /// `[n, n]`, one eigenvector a row, in the order of the values: orthonormal, and each with the sign that makes its
    /// component of largest magnitude positive, of equals the first.
    package let vectors: Matrix<Double>

    /// Consumes A.
    ///
    /// Nil if an element is not finite, or the rotations do not converge within their bound.
    package init?(_ matrix: Matrix<Double>) {
        let count = matrix.rows
        precondition(count == matrix.columns, "a matrix of \(count) × \(matrix.columns) is not symmetric")
        guard (0..<count * count).allSatisfy({ matrix.elements[$0].isFinite }) else { return nil }
        var form = Tridiagonal(matrix)
        let basis = form.basis(matrix)
        guard form.diagonalize(basis) else { return nil }
        let diagonal = form.diagonal
        let order = (0..<count).sorted { (-diagonal[$0], $0) < (-diagonal[$1], $1) }
        values = order.map { diagonal[$0] }
        vectors = Matrix(rows: count, columns: count)
        for (place, index) in order.enumerated() {
            let source = basis.row(index)
            let sign = Self.sign(of: source)
            for (column, value) in source.enumerated() { vectors.elements[place * count + column] = sign * value }
        }
    }

    private static func sign(of vector: UnsafeMutableBufferPointer<Double>) -> Double {
        var largest = 0.0
        for value in vector where abs(value) > abs(largest) { largest = value }
        return largest < 0 ? -1 : 1
    }
}

/// A = Q·T·Qᵀ with a tridiagonal T.
private struct Tridiagonal {
    private(set) var diagonal: [Double]
    /// Beside the diagonal; the last element is 0.
    private var beside: [Double]
    /// 2/vᵀv of each reflection's vector v, 0 where nothing was to be reflected.
    private var factors: [Double]

    /// The most rotations' sweeps for one eigenvalue. Two are usual.
    private static let sweeps = 80

    /// Leaves the vector of reflection k in row k of the matrix, behind the diagonal.
    init(_ matrix: Matrix<Double>) {
        let count = matrix.rows
        diagonal = [Double](repeating: 0, count: count)
        beside = diagonal
        factors = diagonal
        var product = diagonal
        for step in 0..<max(0, count - 1) {
            let row = matrix.elements + step * count
            diagonal[step] = row[step]
            let rest = count - step - 1
            (beside[step], factors[step]) = Self.reflect(row + step + 1, count: rest)
            guard factors[step] > 0 else { continue }
            Self.update(matrix, from: step + 1, by: row + step + 1, factor: factors[step], &product)
        }
        if count > 0 { diagonal[count - 1] = matrix.elements[count * count - 1] }
    }

    /// Replaces x by v = x − αe_1 with α = −sign(x_1)·‖x‖, scaled so that its largest component is of the order of 1.
    ///
    /// - Returns: α, and 2/vᵀv; x_1 and 0 where the rest of x is zero.
    private static func reflect(
        _ vector: UnsafeMutablePointer<Double>, count: Int
    ) -> (alpha: Double, factor: Double) {
        var largest = 0.0
        for index in 0..<count { largest = max(largest, abs(vector[index])) }
        var tail = 0.0
        for index in 1..<max(1, count) {
            let scaled = vector[index] / largest
            tail += scaled * scaled
        }
        guard largest > 0, tail > 0 else { return (vector[0], 0) }
        for index in 0..<count { vector[index] /= largest }
        let length = (vector[0] * vector[0] + tail).squareRoot()
        let alpha = vector[0] > 0 ? -length : length
        vector[0] -= alpha
        return (alpha * largest, 2 / (vector[0] * vector[0] + tail))
    }

    /// A' ← H·A'·H for the rows and columns from one on, with H = I − factor·v·vᵀ: A' − v·wᵀ − w·vᵀ, where
    /// p = factor·A'·v and w = p − (factor/2)·(pᵀv)·v.
    private static func update(
        _ matrix: Matrix<Double>, from start: Int, by vector: UnsafeMutablePointer<Double>, factor: Double,
        _ product: inout [Double]
    ) {
        let (columns, count) = (matrix.columns, matrix.rows - start)
        product.withUnsafeMutableBufferPointer { buffer in
            guard let product = buffer.baseAddress else { return }
            product.update(repeating: 0, count: count)
            for row in 0..<count {
                addMultiple(vector[row], matrix.elements + (start + row) * columns + start, to: product, count)
            }
            var inner = 0.0
            for index in 0..<count {
                product[index] *= factor
                inner += product[index] * vector[index]
            }
            addMultiple(-0.5 * factor * inner, vector, to: product, count)
            for row in 0..<count {
                let target = matrix.elements + (start + row) * columns + start
                let (left, right) = (vector[row], product[row])
                for column in 0..<count { target[column] -= left * product[column] + right * vector[column] }
            }
        }
    }

    private static func addMultiple(
        _ factor: Double, _ source: UnsafePointer<Double>, to target: UnsafeMutablePointer<Double>, _ count: Int
    ) {
        for index in 0..<count { target[index] += factor * source[index] }
    }

    /// Qᵀ: Q = H_0·H_1·…, from the reflections that `init` left.
    func basis(_ matrix: Matrix<Double>) -> Matrix<Double> {
        let count = matrix.rows
        let product = Matrix<Double>(rows: count, columns: count)
        for index in 0..<count { product.elements[index * count + index] = 1 }
        let sums = Matrix<Double>(rows: 1, columns: count)
        for step in (0..<max(0, count - 1)).reversed() where factors[step] > 0 {
            let (start, rest) = (step + 1, count - step - 1)
            let vector = matrix.elements + step * count + start
            sums.fill(0)
            for row in 0..<rest {
                Self.addMultiple(vector[row], product.elements + (start + row) * count + start, to: sums.elements, rest)
            }
            for row in 0..<rest {
                Self.addMultiple(
                    -factors[step] * vector[row], sums.elements,
                    to: product.elements + (start + row) * count + start, rest)
            }
        }
        let transposed = Matrix<Double>(rows: count, columns: count)
        for row in 0..<count {
            for column in 0..<count {
                transposed.elements[column * count + row] = product.elements[row * count + column]
            }
        }
        return transposed
    }

    /// Makes T diagonal, and applies the rotations to the rows of the basis.
    ///
    /// - Returns: False where an eigenvalue takes too many sweeps.
    mutating func diagonalize(_ basis: Matrix<Double>) -> Bool {
        let count = diagonal.count
        let largest = (0..<count).reduce(0) { max($0, abs(diagonal[$1]) + abs(beside[$1])) }
        let negligible = Double.ulpOfOne * largest
        for first in 0..<count {
            var sweeps = 0
            while true {
                var last = first
                while last < count - 1, abs(beside[last]) > negligible { last += 1 }
                if last == first { break }
                sweeps += 1
                if sweeps > Self.sweeps { return false }
                sweep(first, last, basis)
            }
        }
        return true
    }

    /// One QL sweep with Wilkinson's shift over the rows from `first` to `last`.
    private mutating func sweep(_ first: Int, _ last: Int, _ basis: Matrix<Double>) {
        let columns = basis.columns
        let quotient = (diagonal[first + 1] - diagonal[first]) / (2 * beside[first])
        let root = Self.hypotenuse(quotient, 1)
        var bulge = diagonal[last] - diagonal[first] + beside[first] / (quotient + (quotient < 0 ? -root : root))
        var (sine, cosine, moved) = (1.0, 1.0, 0.0)
        for index in (first..<last).reversed() {
            let (across, along) = (sine * beside[index], cosine * beside[index])
            let length = Self.hypotenuse(across, bulge)
            beside[index + 1] = length
            if length == 0 {
                diagonal[index + 1] -= moved
                beside[last] = 0
                return
            }
            (sine, cosine) = (across / length, bulge / length)
            bulge = diagonal[index + 1] - moved
            let change = (diagonal[index] - bulge) * sine + 2 * cosine * along
            moved = sine * change
            diagonal[index + 1] = bulge + moved
            bulge = cosine * change - along
            Self.rotate(
                basis.elements + index * columns, basis.elements + (index + 1) * columns, columns, sine, cosine)
        }
        diagonal[first] -= moved
        beside[first] = bulge
        beside[last] = 0
    }

    private static func rotate(
        _ first: UnsafeMutablePointer<Double>, _ second: UnsafeMutablePointer<Double>, _ count: Int, _ sine: Double,
        _ cosine: Double
    ) {
        for index in 0..<count {
            let (upper, lower) = (first[index], second[index])
            second[index] = sine * upper + cosine * lower
            first[index] = cosine * upper - sine * lower
        }
    }

    /// √(a² + b²) without overflow.
    private static func hypotenuse(_ a: Double, _ b: Double) -> Double {
        let (large, small) = (max(abs(a), abs(b)), min(abs(a), abs(b)))
        guard large > 0 else { return 0 }
        let ratio = small / large
        return large * (1 + ratio * ratio).squareRoot()
    }
}
