import Testing

@testable import Numerics

@Suite("Products of matrices")
struct MultiplyTests {
    struct Shape: CustomTestStringConvertible {
        let m, n, k: Int
        var testDescription: String { "\(m)×\(n)×\(k)" }
    }

    static let shapes = [
        Shape(m: 1, n: 1, k: 1), Shape(m: 3, n: 11, k: 384), Shape(m: 17, n: 48, k: 50), Shape(m: 100, n: 49, k: 129),
        Shape(m: 8, n: 24, k: 768), Shape(m: 5, n: 500, k: 7), Shape(m: 33, n: 3, k: 400), Shape(m: 2, n: 2, k: 0),
        Shape(m: 130, n: 16, k: 33), Shape(m: 40, n: 600, k: 390),
    ]

    @Test("Float products match a plain double sum", arguments: KernelPath.tested, shapes)
    func float(path: KernelPath, shape: Shape) {
        check(Float.self, path: path, shape: shape, tolerance: 2e-6)
    }

    @Test(
        "Products of inputs rounded to bfloat16 are within the rounding error", .needsRoundingPath,
        arguments: KernelPath.rounding, shapes)
    func rounded(path: KernelPath, shape: Shape) {
        check(Float.self, path: path, shape: shape, tolerance: 8e-3, roundingInputs: true)
    }

    @Test("Paths without bfloat16 products do not round")
    func unrounded() {
        for path in KernelPath.tested where !path.hasBfloat16Products {
            check(Float.self, path: path, shape: Self.shapes[1], tolerance: 2e-6, roundingInputs: true)
        }
    }

    @Test(
        "Products of inputs rounded to bfloat16 that would be subnormal are flushed to zero", .needsRoundingPath,
        arguments: KernelPath.rounding)
    func denormal(path: KernelPath) {
        let a = Matrix<Float>([[0x1p-70, 1, 0x1p-130]]), b = Matrix<Float>([[0x1p-70], [0x1p-100], [0x1p100]])
        let c = Matrix<Float>(rows: 1, columns: 1)
        multiply(a.view, b.view, into: c.view, on: path)
        #expect(c[0, 0] == 0x1p-100)
        multiply(a.view.columns(0..<1), b.view.rows(0..<1), into: c.view, on: path)
        #expect(c[0, 0] == 0)
    }

    @Test("Double products match a plain double sum", arguments: KernelPath.tested, shapes)
    func double(path: KernelPath, shape: Shape) {
        check(Double.self, path: path, shape: shape, tolerance: 1e-14)
    }

    private func check<S: Scalar>(
        _: S.Type, path: KernelPath, shape: Shape, tolerance: Double, roundingInputs: Bool = false
    ) {
        for (left, right) in [(false, false), (false, true), (true, false), (true, true)] {
            let a: Matrix<S> = normalMatrix(left ? shape.k : shape.m, left ? shape.m : shape.k, seed: 1)
            let b: Matrix<S> = normalMatrix(right ? shape.n : shape.k, right ? shape.k : shape.n, seed: 2)
            let c: Matrix<S> = normalMatrix(shape.m, shape.n, seed: 3)
            let start = c.values.map { Double($0) }
            var product = [Double](repeating: 0, count: shape.m * shape.n)
            for i in 0..<shape.m {
                for j in 0..<shape.n {
                    for l in 0..<shape.k {
                        product[i * shape.n + j] +=
                            Double(left ? a[l, i] : a[i, l]) * Double(right ? b[j, l] : b[l, j])
                    }
                }
            }
            multiply(
                a.view, transposed: left, b.view, transposed: right, into: c.view, alpha: 0.5, accumulate: true,
                roundingInputs: roundingInputs, on: path)
            #expect(relativeError(c.values, zip(start, product).map { $0 + 0.5 * $1 }) < tolerance)
            multiply(
                a.view, transposed: left, b.view, transposed: right, into: c.view, roundingInputs: roundingInputs,
                on: path)
            #expect(relativeError(c.values, product) < tolerance)
        }
    }

    @Test(
        "A part of a product has the same bits as the whole", arguments: KernelPath.tested,
        [(false, false), (false, true), (true, false)])
    func position(path: KernelPath, transposed: (Bool, Bool)) {
        for rounding in [false, true] { checkPosition(path, transposed, rounding) }
    }

    private func checkPosition(_ path: KernelPath, _ transposed: (Bool, Bool), _ rounding: Bool) {
        let (m, n, k) = (37, 107, 900)
        let a: Matrix<Float> = normalMatrix(transposed.0 ? k : m, transposed.0 ? m : k, seed: 4)
        let b: Matrix<Float> = normalMatrix(transposed.1 ? n : k, transposed.1 ? k : n, seed: 5)
        let whole = Matrix<Float>(rows: m, columns: n)
        multiply(
            a.view, transposed: transposed.0, b.view, transposed: transposed.1, into: whole.view,
            roundingInputs: rounding, on: path)
        for (rows, columns) in [(0..<1, 0..<107), (3..<30, 13..<14), (11..<37, 50..<107), (36..<37, 106..<107)] {
            let part = Matrix<Float>(rows: rows.count, columns: columns.count)
            multiply(
                transposed.0 ? a.view.columns(rows) : a.view.rows(rows), transposed: transposed.0,
                transposed.1 ? b.view.rows(columns) : b.view.columns(columns), transposed: transposed.1,
                into: part.view, roundingInputs: rounding, on: path)
            for (i, row) in rows.enumerated() {
                for (j, column) in columns.enumerated() {
                    #expect(part[i, j].bitPattern == whole[row, column].bitPattern)
                }
            }
        }
    }

    @Test("Nothing is written outside the target", arguments: KernelPath.tested)
    func borders(path: KernelPath) {
        let a: Matrix<Float> = normalMatrix(5, 20, seed: 6), b: Matrix<Float> = normalMatrix(20, 7, seed: 7)
        let field = Matrix<Float>(rows: 9, columns: 31)
        field.fill(9)
        multiply(a.view, b.view, into: field.view.rows(2..<7).columns(11..<18), on: path)
        for row in 0..<9 {
            for column in 0..<31 where !(2..<7).contains(row) || !(11..<18).contains(column) {
                #expect(field[row, column] == 9)
            }
        }
    }
}
