import Testing

@testable import Numerics

@Suite("Factorisations")
struct FactorizationTests {
    /// X·Xᵀ of a random X `[n, rank]`.
    private func semidefinite(_ n: Int, rank: Int, on path: KernelPath) -> (x: Matrix<Double>, a: Matrix<Double>) {
        let x: Matrix<Double> = normalMatrix(n, rank, seed: UInt64(n + rank))
        let a = Matrix<Double>(rows: n, columns: n)
        multiply(x.view, x.view, transposed: true, into: a.view, on: path)
        return (x, a)
    }

    @Test("A·A⁻¹·B is B", arguments: KernelPath.available, [1, 5, 64, 65, 200, 330])
    func solve(_ path: KernelPath, _ n: Int) throws {
        let (_, a) = semidefinite(n, rank: n + 20, on: path)
        let b: Matrix<Double> = normalMatrix(n, 7, seed: 3)
        let (solution, product) = (b.copy(), Matrix<Double>(rows: n, columns: 7))
        try #require(CholeskyFactor(a.view, on: path)).solve(solution.view)
        multiply(a.view, solution.view, into: product.view, on: path)
        for index in 0..<n * 7 { #expect(abs(product.elements[index] - b.elements[index]) < 1e-8) }
    }

    @Test("A matrix without full rank has no Cholesky factor, and A·A⁺·A is A", arguments: KernelPath.available)
    func singular(_ path: KernelPath) {
        for (n, rank) in [(1, 0), (6, 2), (100, 99), (150, 40)] {
            let (_, a) = semidefinite(n, rank: rank, on: path)
            #expect(CholeskyFactor(a.view, on: path) == nil)
            let (inverted, product) = (a.copy(), Matrix<Double>(rows: n, columns: n))
            solveSemidefinite(a.view, inverted.view, on: path)
            multiply(a.view, inverted.view, into: product.view, on: path)
            for index in 0..<n * n { #expect(abs(product.elements[index] - a.elements[index]) < 1e-7) }
        }
    }
}
