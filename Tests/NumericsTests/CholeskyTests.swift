import Numerics
import Testing

@Suite("Cholesky decomposition")
struct CholeskyTests {
    /// XᵀX + I of random X.
    private func positive(_ size: Int) -> Matrix<Double> {
        let random = CounterGenerator(key: 7, stream: UInt64(size))
        let factor = Matrix<Double>(rows: size + 3, columns: size)
        for index in 0..<factor.rows * size { factor.elements[index] = random.uniform(at: UInt64(index)) - 0.5 }
        let matrix = Matrix<Double>(rows: size, columns: size)
        multiply(factor.view, transposed: true, factor.view, into: matrix.view, on: .portable)
        for index in 0..<size { matrix[index, index] += 1 }
        return matrix
    }

    @Test("Solutions satisfy the equations", arguments: [1, 2, 47, 48, 49, 131, 200], KernelPath.available)
    func solves(_ size: Int, _ path: KernelPath) throws {
        let matrix = positive(size)
        let sides = Matrix<Double>(rows: 5, columns: size)
        for index in 0..<5 * size { sides.elements[index] = Double(index % 17) - 8 }
        let cholesky = try #require(Cholesky(matrix.copy(), on: path))
        let solutions = sides.copy()
        cholesky.solve(solutions.view)
        let product = Matrix<Double>(rows: 5, columns: size)
        multiply(solutions.view, matrix.view, into: product.view, on: .portable)
        for index in 0..<5 * size { #expect(abs(product.elements[index] - sides.elements[index]) < 1e-9) }
    }

    @Test("A matrix that is not positive definite has no decomposition")
    func indefinite() {
        let matrix = positive(60)
        matrix[55, 55] = -1
        #expect(Cholesky(matrix, on: .portable) == nil)
        #expect(Cholesky(Matrix<Double>(rows: 2, columns: 2), on: .portable) == nil)
    }
}
