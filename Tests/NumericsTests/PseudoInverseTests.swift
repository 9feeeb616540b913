import Testing

@testable import Numerics

@Suite("Pseudo-inverse")
struct PseudoInverseTests {
    @Test("A·A⁺·A is A, and such a matrix has no Cholesky factor above the cut-off", arguments: KernelPath.available)
    func singular(_ path: KernelPath) {
        for (n, rank) in [(1, 0), (6, 2), (100, 99), (150, 40)] {
            let x: Matrix<Double> = normalMatrix(n, rank, seed: UInt64(n + rank))
            let a = Matrix<Double>(rows: n, columns: n)
            multiply(x.view, x.view, transposed: true, into: a.view, on: path)
            let cutOff = 100 * Double(n) * Double.ulpOfOne
            #expect(Cholesky(a.copy(), cutOff: cutOff, on: path) == nil)
            let (inverted, product) = (a.copy(), Matrix<Double>(rows: n, columns: n))
            solveSemidefinite(a.view, inverted.view, cutOff: cutOff, on: path)
            multiply(a.view, inverted.view, into: product.view, on: path)
            for index in 0..<n * n { #expect(abs(product.elements[index] - a.elements[index]) < 1e-7) }
            withExtendedLifetime(x) {}
        }
    }

    @Test(
        "It ends for every matrix and cut-off: dependent columns, infinities, numbers that are none",
        arguments: [0, 1e-300, 1, Double.infinity, .nan], [0, 1e-14, 1])
    func ends(_ value: Double, _ cutOff: Double) {
        let (a, sides) = (Matrix<Double>(rows: 3, columns: 3), Matrix<Double>(rows: 1, columns: 3))
        for index in 0..<9 { a.elements[index] = value }
        sides.fill(1)
        solveSemidefinite(a.view, sides.view, cutOff: cutOff, on: .portable)
        if value == 1, cutOff < 1 { #expect((0..<3).allSatisfy { abs(sides.elements[$0] - 1.0 / 3) < 1e-9 }) }
        withExtendedLifetime(a) {}
    }
}
