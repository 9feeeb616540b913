import Foundation
import Numerics
import Testing

/// Tests/Fixtures/numerics/eigen.json, by make_eigen.py beside it.
private struct EigenFixture: Decodable {
    struct Case: Decodable {
        var matrix: [[Double]]
        var values: [Double]
    }

    var symmetric: [Case]

    static func read(file: String = #filePath) throws -> EigenFixture {
        let tests = URL(filePath: file).deletingLastPathComponent().deletingLastPathComponent()
        let data = try Data(contentsOf: tests.appending(path: "Fixtures/numerics/eigen.json"))
        return try JSONDecoder().decode(EigenFixture.self, from: data)
    }
}

@Suite("Symmetric eigenproblem")
struct SymmetricEigenTests {
    private func random(_ size: Int) -> Matrix<Double> {
        let random = CounterGenerator(key: 15, stream: UInt64(size))
        let matrix = Matrix<Double>(rows: size, columns: size)
        for row in 0..<size {
            for column in 0...row {
                matrix[row, column] = random.uniform(at: UInt64(row * size + column)) - 0.5
                matrix[column, row] = matrix[row, column]
            }
        }
        return matrix
    }

    /// The largest |A·v_i − λ_i·v_i| and |v_iᵀv_j − δ_ij|.
    private func errors(_ eigen: SymmetricEigen, of matrix: Matrix<Double>) -> (residual: Double, angle: Double) {
        let size = matrix.rows
        let (products, angles) = (
            Matrix<Double>(rows: size, columns: size), Matrix<Double>(rows: size, columns: size)
        )
        multiply(eigen.vectors.view, matrix.view, into: products.view, on: .portable)
        multiply(eigen.vectors.view, eigen.vectors.view, transposed: true, into: angles.view, on: .portable)
        var (residual, angle) = (0.0, 0.0)
        for row in 0..<size {
            for column in 0..<size {
                residual = max(
                    residual, abs(products[row, column] - eigen.values[row] * eigen.vectors[row, column]))
                angle = max(angle, abs(angles[row, column] - (row == column ? 1 : 0)))
            }
        }
        return (residual, angle)
    }

    @Test("Eigenvalues are LAPACK's, of singular matrices as well")
    func lapack() throws {
        for golden in try EigenFixture.read().symmetric {
            let matrix = Matrix<Double>(golden.matrix)
            let eigen = try #require(SymmetricEigen(matrix.copy()))
            let scale = max(1, golden.values.reduce(0) { max($0, abs($1)) })
            #expect(zip(eigen.values, golden.values).allSatisfy { abs($0 - $1) <= 1e-13 * scale })
            let errors = errors(eigen, of: matrix)
            #expect(errors.residual <= 1e-13 * scale && errors.angle <= 1e-13)
        }
    }

    @Test("Vectors are orthonormal and belong to their values, the values falling", arguments: [1, 2, 5, 33, 90])
    func vectors(_ size: Int) throws {
        let matrix = random(size)
        let eigen = try #require(SymmetricEigen(matrix.copy()))
        let errors = errors(eigen, of: matrix)
        #expect(errors.residual <= 1e-13 * Double(size) && errors.angle <= 1e-13 * Double(size))
        #expect(zip(eigen.values, eigen.values.dropFirst()).allSatisfy { $0 >= $1 })
    }

    @Test("The component of largest magnitude of every vector is positive")
    func signs() throws {
        let eigen = try #require(SymmetricEigen(random(20)))
        for index in 0..<20 {
            let largest = eigen.vectors.row(index).reduce(0) { abs($1) > abs($0) ? $1 : $0 }
            #expect(largest > 0)
        }
    }

    @Test("Units of the matrix only scale the values", arguments: [1e-150, 1e150])
    func scale(_ factor: Double) throws {
        let (matrix, scaled) = (random(12), random(12))
        for index in 0..<144 { scaled.elements[index] *= factor }
        let (eigen, other) = (try #require(SymmetricEigen(matrix)), try #require(SymmetricEigen(scaled)))
        #expect(zip(eigen.values, other.values).allSatisfy { abs($0 * factor - $1) <= 1e-12 * factor })
    }

    @Test("Diagonal, zero and equal values take no rotations, and nothing has no vectors")
    func degenerate() throws {
        let zero = try #require(SymmetricEigen(Matrix(rows: 4, columns: 4)))
        #expect(zero.values == [0, 0, 0, 0])
        let diagonal = try #require(SymmetricEigen(Matrix<Double>([[1, 0, 0], [0, 3, 0], [0, 0, 3]])))
        #expect(diagonal.values == [3, 3, 1])
        #expect(Array(diagonal.vectors.row(2)) == [1, 0, 0])
        #expect(try #require(SymmetricEigen(Matrix(rows: 0, columns: 0))).values.isEmpty)
    }

    @Test("A matrix with an element that is no number has no decomposition", arguments: [Double.nan, .infinity])
    func notFinite(_ value: Double) {
        let matrix = random(6)
        matrix[2, 3] = value
        #expect(SymmetricEigen(matrix) == nil)
    }
}
